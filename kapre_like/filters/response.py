"""Center and bandwidth of a filter, measured from its response."""

import numpy as np


def center_and_bandwidth(response: np.ndarray, hz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the center of gravity and the equivalent rectangular bandwidth, in Hz.

    `center = sum(f r) / sum(r)` and `bandwidth = sum(r) df / max(r)`. Both are 0 if the
    response has no positive value.

    Args:
        response: Array `(freqs, filters)`. Negative values count as 0.
        hz: Array `(freqs,)`, evenly spaced.

    Returns:
        Two arrays `(filters,)`.
    """
    response = np.maximum(np.asarray(response, "float64"), 0.0)
    total, peak = response.sum(axis=0), response.max(axis=0)
    valid = total > 0
    center = np.where(valid, hz @ response / np.where(valid, total, 1.0), 0.0)
    width = total * (hz[1] - hz[0]) / np.where(valid, peak, 1.0)
    return center, np.where(valid, width, 0.0)


def kernel_center_and_bandwidth(
    real: np.ndarray, imag: np.ndarray, sample_rate: float, margin: float
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the center and bandwidth in Hz of complex kernels, from their power responses.

    The response to `exp(2j pi f n / sample_rate)` is `sum_n (real + 1j imag)[n] exp(...)`. Its
    range is from `margin` below 0 Hz to `margin` above half the sample rate, because the lobes
    of the first and last kernels extend beyond these limits.

    Args:
        real: Array `(n_fft, kernels)`.
        imag: Array of the same shape.
        sample_rate: Number > 0, Hz.
        margin: Number >= 0, Hz.

    Returns:
        Two arrays `(kernels,)`. Centers are from 0 Hz to half the sample rate.
    """
    # A power response is exact with twice as many points as samples.
    points = 2 * max(len(real), 2)
    kernels = np.asarray(real, "float64") + 1j * np.asarray(imag, "float64")
    response = np.abs(np.fft.ifft(kernels, points, axis=0) * points) ** 2
    step = sample_rate / points
    beyond = min(int(np.ceil(margin / step)), points // 4)
    index = np.arange(-beyond, points // 2 + 1 + beyond)
    center, bandwidth = center_and_bandwidth(response[index % points], index * step)
    return np.clip(center, 0.0, sample_rate / 2), bandwidth


def window_bandwidth(window: np.ndarray, sample_rate: float) -> float:
    """Returns the equivalent rectangular bandwidth in Hz of a window."""
    points = 2 * len(window)
    response = np.abs(np.fft.fft(np.asarray(window, "float64"), points)) ** 2
    hz = np.arange(points) * (sample_rate / points)
    return float(center_and_bandwidth(response[:, None], hz)[1][0])
