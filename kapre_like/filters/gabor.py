"""Gabor filters: where they lie before training, and how far training may move them."""

import math

import numpy as np

from kapre_like.filters.mel import mel_frequencies

# A Gaussian of standard deviation 1 is half as high at this distance from its middle.
HALF_HEIGHT = math.sqrt(2.0 * math.log(2.0))


def gabor_bands(
    sample_rate: float, n_filters: int, fmin: float, fmax: float, win_length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns centres (radians per sample) and widths (samples) that follow the mel scale.

    A filter's squared response stands for a triangle between its neighbours' centres on the
    HTK mel scale, so the response is as wide at half its height as the triangle is at a
    quarter of its own. Widths are clipped to `width_limits`.

    Args:
        sample_rate: Number > 0, Hz.
        n_filters: Int > 0.
        fmin: Number >= 0, Hz, lower corner of the first triangle.
        fmax: Number > `fmin`, Hz, upper corner of the last.
        win_length: Int > 0, samples per filter.

    Source: N. Zeghidour et al., LEAF, 2021, section 3.1. There the triangles are sampled at
        257 bins and their widths counted in bins.
    """
    corners = mel_frequencies(n_filters + 2, fmin, fmax, "htk")
    half_height_hz = 0.75 * (corners[2:] - corners[:-2])
    width = HALF_HEIGHT * sample_rate / (np.pi * half_height_hz)
    return 2.0 * np.pi * corners[1:-1] / sample_rate, np.clip(width, *width_limits(win_length))


def width_limits(win_length: int) -> tuple[float, float]:
    """Returns the least and the greatest width of a filter, in samples.

    From a response of a quarter of all frequencies at half height to one of two bins of a
    window of `win_length` samples.
    """
    low = 4.0 * HALF_HEIGHT / math.pi
    return low, max(low, win_length * HALF_HEIGHT / math.pi)


def half_height_hz(width: np.ndarray, sample_rate: float) -> np.ndarray:
    """Returns how wide, in Hz, the response of a filter is at half its height."""
    return HALF_HEIGHT * sample_rate / (np.pi * np.asarray(width, "float64"))
