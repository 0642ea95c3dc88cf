"""The octaves of spectral contrast."""

import itertools
from typing import NamedTuple

import numpy as np

from kapre_like.filters.fourier import fft_frequencies


class Octave(NamedTuple):
    """A band of FFT bins.

    Attributes:
        low: Float, Hz, nominal lower edge.
        high: Float, Hz, nominal upper edge.
        first: Int, the first bin.
        stop: Int, the bin after the last.
        count: Int > 0, number of largest (smallest) bins whose mean is the peak (valley).
    """

    low: float
    high: float
    first: int
    stop: int
    count: int


def contrast_octaves(
    sample_rate: float, n_fft: int, fmin: float, n_bands: int | None, quantile: float
) -> list[Octave]:
    """Returns the bands of spectral contrast: one up to `fmin`, then `n_bands` octaves.

    The last octave ends at half the sample rate.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size in samples.
        fmin: Number > 0, Hz, where the first octave begins.
        n_bands: Int > 0, octaves. The last must begin below half the sample rate. `None`
            selects the largest number of whole octaves, so that no narrow band is at the top.
        quantile: Number in 0 .. 1, the share of a band that is its peak, and its valley.

    Source: librosa 0.11 `feature.spectral_contrast`, with the same bins.
    """
    nyquist = sample_rate / 2
    if n_bands is None:
        begins = list(itertools.takewhile(nyquist.__gt__, _doubled(fmin)))[:-1]
    else:
        begins = list(itertools.islice(_doubled(fmin), n_bands))
    hz = fft_frequencies(sample_rate, n_fft)
    spans = itertools.pairwise([0.0, *begins, nyquist])
    return [_octave(hz, low, high, nyquist, quantile) for low, high in spans]


def _doubled(fmin):
    return (fmin * 2.0**octave for octave in itertools.count())


def _octave(hz: np.ndarray, low: float, high: float, nyquist: float, quantile: float) -> Octave:
    """Returns a band. As in librosa, it begins and ends one bin below the octave."""
    first = int(np.searchsorted(hz, low)) - (low > 0)
    stop = int(np.searchsorted(hz, high, side="right"))
    count = max(1, round(quantile * (stop - first)))
    stop = max(first + 1, stop - (high < nyquist))
    return Octave(low, high, first, stop, min(count, stop - first))
