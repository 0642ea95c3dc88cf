"""Where a filter lies and how wide it is, measured from its response."""

import numpy as np


def centre_and_bandwidth(response: np.ndarray, hz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the centre of gravity and the equivalent rectangular bandwidth, in Hz.

    `centre = sum(f r) / sum(r)`, `bandwidth = sum(r) df / max(r)`; both 0 for a response
    without a positive value.

    Args:
        response: Array `(freqs, filters)`; what is negative counts as 0.
        hz: Array `(freqs,)`, evenly spaced.

    Returns:
        Two arrays `(filters,)`.
    """
    response = np.maximum(np.asarray(response, "float64"), 0.0)
    total, peak = response.sum(axis=0), response.max(axis=0)
    some = total > 0
    safe = np.where(some, total, 1.0)
    step = hz[1] - hz[0]
    centre = np.where(some, hz @ response / safe, 0.0)
    return centre, np.where(some, total * step / np.where(some, peak, 1.0), 0.0)


def kernel_centre_and_bandwidth(
    real: np.ndarray, imag: np.ndarray, sample_rate: float, margin: float
) -> tuple[np.ndarray, np.ndarray]:
    """Returns centre and bandwidth in Hz of complex kernels, from their power responses.

    The response to `exp(2j pi f n / sample_rate)` is `sum_n (real + 1j imag)[n] exp(...)`. It
    is taken from `margin` below 0 Hz to `margin` above half the rate, so that the lobes of
    kernels at either end are whole.

    Args:
        real: Array `(n_fft, kernels)`.
        imag: Array of the same shape.
        sample_rate: Number > 0, Hz.
        margin: Number >= 0, Hz.

    Returns:
        Two arrays `(kernels,)`; centres in 0 Hz to half the rate.
    """
    # Twice as many points as samples hold the whole of a power response.
    points = 2 * max(len(real), 2)
    kernels = np.asarray(real, "float64") + 1j * np.asarray(imag, "float64")
    response = np.abs(np.fft.ifft(kernels, points, axis=0) * points) ** 2
    step = sample_rate / points
    beyond = min(int(np.ceil(margin / step)), points // 4)
    index = np.arange(-beyond, points // 2 + 1 + beyond)
    centre, bandwidth = centre_and_bandwidth(response[index % points], index * step)
    return np.clip(centre, 0.0, sample_rate / 2), bandwidth


def window_bandwidth(window: np.ndarray, sample_rate: float) -> float:
    """Returns the equivalent rectangular bandwidth in Hz of a window, from its response."""
    points = 2 * len(window)
    response = np.abs(np.fft.fft(np.asarray(window, "float64"), points)) ** 2
    hz = np.arange(points) * (sample_rate / points)
    return float(centre_and_bandwidth(response[:, None], hz)[1][0])
