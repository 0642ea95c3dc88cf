"""Center and bandwidth of known responses."""

import numpy as np
from tolerances import FLOAT64_LONG

from kapre_like import filters
from kapre_like.filters.response import (
    center_and_bandwidth,
    kernel_center_and_bandwidth,
    window_bandwidth,
)


def test_rectangle_triangle_and_silence():
    hz = np.arange(0.0, 101.0)
    rectangle = ((hz >= 20) & (hz < 40)).astype("float64")
    triangle = np.maximum(0, 1 - np.abs(hz - 60) / 10)
    center, width = center_and_bandwidth(np.stack([rectangle, triangle, 0 * hz], 1), hz)
    np.testing.assert_allclose(center, [29.5, 60, 0], atol=FLOAT64_LONG)
    np.testing.assert_allclose(width, [20, 10, 0], atol=FLOAT64_LONG)


def test_fourier_kernels_lie_at_their_bins_and_are_as_wide_as_their_window():
    from scipy.signal import get_window

    for name, n_fft in (("hann", 64), ("blackman", 33)):
        window = get_window(name, n_fft)
        real, imag = (window[:, None] * kernel for kernel in filters.dft_kernels(n_fft))
        step = 8000 / n_fft
        center, width = kernel_center_and_bandwidth(real, imag, 8000, 4 * step)
        # 0 Hz and half the rate included: their lobes are taken whole.
        np.testing.assert_allclose(center, np.arange(n_fft // 2 + 1) * step, atol=1e-3 * step)
        expected = 8000 * (window**2).sum() / window.sum() ** 2
        np.testing.assert_allclose(width, expected, rtol=1e-3)
        np.testing.assert_allclose(window_bandwidth(window, 8000), expected, rtol=FLOAT64_LONG)


def test_silent_and_single_sample_kernels_are_measured_too():
    zero, one = np.zeros((1, 1)), np.ones((1, 1))
    np.testing.assert_array_equal(kernel_center_and_bandwidth(zero, zero, 8000, 100), 0)
    center, width = kernel_center_and_bandwidth(one, zero, 8000, 100)
    assert np.isfinite([center, width]).all()
    assert window_bandwidth(np.zeros(4), 8000) == 0
