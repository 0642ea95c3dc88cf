"""`features.cepstra` against SciPy and librosa, and parts on series with known means."""

import numpy as np
import pytest
import scipy.fft
from tolerances import FLOAT64

from kapre_like.features.cepstra import cepstra, deltas, parts

SERIES = np.random.default_rng(0).normal(size=(37, 40))


def test_cepstra_are_the_orthonormal_dct():
    expected = scipy.fft.dct(SERIES, norm="ortho", axis=1)[:, :20]
    np.testing.assert_allclose(cepstra(SERIES, 20), expected, atol=FLOAT64)


def test_deltas_match_librosa_inside():
    librosa = pytest.importorskip("librosa")
    expected = librosa.feature.delta(SERIES, width=5, axis=0, mode="nearest")
    np.testing.assert_allclose(deltas(SERIES), expected, atol=FLOAT64)


def test_the_slope_of_a_line_is_its_slope():
    line = 3.0 * np.arange(20)[:, None]
    np.testing.assert_allclose(deltas(line)[2:-2], 3.0)
    np.testing.assert_array_equal(deltas(line[:1]), 0.0)


def test_parts_of_even_length_are_plain_means():
    expected = SERIES[5:35].reshape(3, 10, 40).mean(axis=1)
    np.testing.assert_allclose(parts(SERIES, 5, 35, 3), expected, atol=FLOAT64)


def test_parts_may_cut_frames():
    series = np.array([[1.0], [2.0], [4.0]])
    # Edges at 0, 1.5, 3: the middle frame counts half on either side.
    np.testing.assert_allclose(parts(series, 0, 3, 2)[:, 0], [2 / 1.5, 5 / 1.5])
    np.testing.assert_allclose(parts(series, 1, 2, 5)[:, 0], 2.0)


def test_parts_average_to_the_mean_of_the_stretch():
    np.testing.assert_allclose(
        parts(SERIES, 3, 37, 5).mean(axis=0), SERIES[3:37].mean(axis=0), atol=FLOAT64
    )
