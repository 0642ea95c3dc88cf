"""Low-passes before a halving of the rate: what they pass, what they fold back."""

import numpy as np
import pytest
from tolerances import FLOAT64

from kapre_like.filters.octave_filters import half_band, halving_matrices


def gain(taps, parts):
    """At parts of the halved band."""
    time = np.arange(len(taps)) - len(taps) // 2
    return np.cos(np.pi / 2 * np.outer(parts, time)) @ taps


@pytest.mark.parametrize("cut", [True, False])
@pytest.mark.parametrize("passed", [0.2, 0.5, 0.75, 0.9, 0.99])
def test_it_passes_what_it_must_and_folds_nothing_back_onto_it(passed, cut):
    taps = half_band(passed, cut)
    assert len(taps) % 2 == 1
    # 2e-4: the design is for 80 dB, but Kaiser's formula is an estimate.
    below = np.linspace(0, min(passed, 0.92), 50)
    np.testing.assert_allclose(gain(taps, below), 1.0, atol=2e-4)
    np.testing.assert_allclose(gain(taps, 2.0 - below), 0.0, atol=2e-4)


def test_where_the_band_is_full_it_is_the_low_pass_that_librosa_halves_with():
    soxr = pytest.importorskip("soxr")
    taps = half_band(0.99, True)
    parts = np.linspace(0.5, 1.0, 21)
    time = np.arange(20000)
    for part, got in zip(parts, gain(taps, parts), strict=True):
        wave = soxr.resample(np.cos(np.pi / 2 * part * time + 0.3), 2, 1, quality="HQ")
        expected = np.cos(np.pi * part * np.arange(len(wave)) + 0.3)[3000:7000]
        ratio = np.dot(wave[3000:7000], expected) / np.dot(expected, expected)
        # 0.01: the steepest part of two different designs.
        np.testing.assert_allclose(got, ratio, atol=0.01)


def test_matrices_filter_and_halve_two_blocks_at_a_time():
    taps = half_band(0.5, True)
    near, far = halving_matrices(taps)
    block, half = near.shape
    assert far.shape == (block, half)
    assert block == 2 * half
    x = np.random.default_rng(0).standard_normal(2 * block)
    expected = np.convolve(x, taps, mode="valid")[: 2 * half : 2]
    np.testing.assert_allclose(x[:block] @ near + x[block:] @ far, expected, atol=FLOAT64)
