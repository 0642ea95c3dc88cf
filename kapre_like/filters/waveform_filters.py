"""Filters on the waveform before training: Gabor filters and band-pass sinc filters."""

import math

import numpy as np

from kapre_like.filters.mel import mel_frequencies

# A Gaussian of standard deviation 1 is half as high at this distance from its center.
HALF_HEIGHT = math.sqrt(2.0 * math.log(2.0))


def gabor_bands(
    sample_rate: float, n_filters: int, fmin: float, fmax: float, win_length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the centers (radians per sample) and widths (samples) of mel-spaced filters.

    The squared response of a filter approximates a triangle between the centers of its
    neighbors on the HTK mel scale. The response is therefore as wide at half its height as the
    triangle is at a quarter of its height. Widths are clipped to `width_limits`.

    Args:
        sample_rate: Number > 0, Hz.
        n_filters: Int > 0.
        fmin: Number >= 0, Hz, lower corner of the first triangle.
        fmax: Number > `fmin`, Hz, upper corner of the last.
        win_length: Int > 0, samples per filter.

    Source: N. Zeghidour et al., LEAF, 2021, section 3.1. It samples the triangles at 257 bins
        and counts their widths in bins.
    """
    corners = mel_frequencies(n_filters + 2, fmin, fmax, "htk")
    half_height_hz = 0.75 * (corners[2:] - corners[:-2])
    width = HALF_HEIGHT * sample_rate / (np.pi * half_height_hz)
    return 2.0 * np.pi * corners[1:-1] / sample_rate, np.clip(width, *width_limits(win_length))


def width_limits(win_length: int) -> tuple[float, float]:
    """Returns the minimum and maximum width of a Gabor filter, in samples.

    At the minimum the response at half height covers a quarter of all frequencies. At the
    maximum it covers two bins of a window of `win_length` samples.
    """
    low = 4.0 * HALF_HEIGHT / math.pi
    return low, max(low, win_length * HALF_HEIGHT / math.pi)


def half_height_hz(width: np.ndarray, sample_rate: float) -> np.ndarray:
    """Returns the full width in Hz, at half height, of a Gabor filter's response."""
    return HALF_HEIGHT * sample_rate / (np.pi * np.asarray(width, "float64"))


def sinc_bands(
    sample_rate: float,
    n_filters: int,
    fmin: float,
    fmax: float,
    min_low_hz: float,
    min_band_hz: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the lower cutoffs and bandwidths in Hz of mel-spaced sinc filters.

    The corners are evenly spaced on the HTK mel scale. Values below `min_low_hz` or
    `min_band_hz` are raised to it. A band that would then end above half the sample rate is
    moved down.

    Args:
        sample_rate: Number > 0, Hz.
        n_filters: Int > 0.
        fmin: Number >= 0, Hz, lower cutoff of the first filter.
        fmax: Number > `fmin`, Hz, upper cutoff of the last filter.
        min_low_hz: Number > 0, Hz, minimum lower cutoff.
        min_band_hz: Number > 0, Hz, minimum bandwidth.

    Source: M. Ravanelli, Y. Bengio, Speaker recognition from raw waveform with SincNet, 2018.
    """
    corners = mel_frequencies(n_filters + 1, fmin, fmax, "htk")
    band = np.maximum(np.diff(corners), min_band_hz)
    low = np.minimum(corners[:-1], sample_rate / 2 - band)
    return np.maximum(low, min_low_hz), band
