"""Time constants against librosa's formula, there and back."""

import numpy as np
from tolerances import FLOAT64, FLOAT64_LONG

from kapre_like.filters.iir import smoothing_coefficient, time_constant


def test_it_is_the_published_formula():
    frames = 0.4 * 22050 / 512
    expected = (np.sqrt(1 + 4 * frames**2) - 1) / (2 * frames**2)
    np.testing.assert_allclose(smoothing_coefficient(0.4, 22050, 512), expected, rtol=FLOAT64)


def test_the_way_back_gives_the_seconds():
    seconds = np.array([1e-6, 0.01, 0.4, 60.0])
    there = smoothing_coefficient(seconds, 16000, 160)
    assert ((there > 0) & (there <= 1)).all()
    # A time constant of a hundredth of a frame is lost in `1 - b`, which holds 1e-16.
    np.testing.assert_allclose(
        time_constant(there, 16000, 160)[1:], seconds[1:], rtol=FLOAT64_LONG
    )
    np.testing.assert_allclose(time_constant(1.0, 16000, 160), 0.0)
