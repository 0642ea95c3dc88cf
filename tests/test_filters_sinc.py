"""Band-pass filters before training."""

import numpy as np
from tolerances import FLOAT64_LONG

from kapre_like.filters.waveform_filters import sinc_bands


def test_bands_lie_side_by_side_on_the_mel_scale():
    low, band = sinc_bands(16000, 3, 100.0, 4000.0, 50.0, 50.0)
    mel = 2595 * np.log10(1 + np.append(low, low[-1] + band[-1]) / 700)
    np.testing.assert_allclose(np.diff(mel, 2), 0, atol=FLOAT64_LONG)
    np.testing.assert_allclose(low[0], 100.0)
    np.testing.assert_allclose(low[1:], (low + band)[:-1])


def test_the_least_values_are_kept_below_half_the_rate():
    low, band = sinc_bands(8000, 40, 0.0, 4000.0, 50.0, 300.0)
    assert low.min() == 50.0
    assert band.min() == 300.0
    assert (low + band).max() <= 4000.0
