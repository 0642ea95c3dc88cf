"""Chroma matrices: librosa's numbers."""

import numpy as np
import pytest
from tolerances import FLOAT64

from kapre_like.filters.chroma import chroma_matrix, fold_matrix


@pytest.mark.parametrize("n_fft", [2048, 513])
@pytest.mark.parametrize("n_chroma", [12, 24, 7])
@pytest.mark.parametrize(
    ("tuning", "ctroct", "octwidth", "base_c"),
    [(0.0, 5.0, 2.0, True), (0.3, 4.0, 1.0, False), (-0.2, 5.0, None, True)],
)
def test_chroma_of_bins_is_librosas(n_fft, n_chroma, tuning, ctroct, octwidth, base_c):
    filters = pytest.importorskip("librosa").filters
    expected = filters.chroma(
        sr=16000, n_fft=n_fft, n_chroma=n_chroma, tuning=tuning, ctroct=ctroct,
        octwidth=octwidth, base_c=base_c, dtype="float64",
    ).T  # fmt: skip
    got = chroma_matrix(16000, n_fft, n_chroma, tuning, ctroct, octwidth, base_c)
    np.testing.assert_allclose(got, expected, atol=FLOAT64)


@pytest.mark.parametrize("bins_per_octave", [12, 36, 72])
@pytest.mark.parametrize("n_chroma", [12, 6, 1])
@pytest.mark.parametrize("fmin", [32.70319566, 30.0, 55.0, 440.0])
@pytest.mark.parametrize("base_c", [True, False])
def test_folding_of_constant_q_bins_is_librosas(bins_per_octave, n_chroma, fmin, base_c):
    filters = pytest.importorskip("librosa").filters
    expected = filters.cq_to_chroma(
        80, bins_per_octave=bins_per_octave, n_chroma=n_chroma, fmin=fmin, base_c=base_c
    ).T
    got = fold_matrix(80, bins_per_octave, n_chroma, fmin, base_c)
    np.testing.assert_array_equal(got, expected)


def test_an_a_is_an_a():
    matrix = chroma_matrix(16000, 16000, 12, 0.0, 5.0, 2.0, True)
    assert matrix[[110, 220, 440, 880]].argmax(axis=1).tolist() == [9] * 4
    assert fold_matrix(25, 12, 12, 110.0, True).argmax(axis=1)[[0, 12, 24]].tolist() == [9] * 3
