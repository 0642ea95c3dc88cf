"""Frequencies of FFT bins, and the octaves between which spectral contrast is taken."""

import itertools
from typing import NamedTuple

import numpy as np


class Octave(NamedTuple):
    """A band of whole bins.

    Attributes:
        low: Float, Hz, nominal lower edge.
        high: Float, Hz, nominal upper edge.
        first: Int, its first bin.
        stop: Int, the bin after its last.
        count: Int > 0, bins at either end of the sorted band that count as peak and valley.
    """

    low: float
    high: float
    first: int
    stop: int
    count: int


def bin_frequencies(sample_rate: float, n_fft: int) -> np.ndarray:
    """Returns `(n_fft // 2 + 1,)`, Hz."""
    return np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)


def contrast_octaves(
    sample_rate: float, n_fft: int, fmin: float, n_bands: int | None, quantile: float
) -> list[Octave]:
    """Returns the bands of spectral contrast: one up to `fmin`, then `n_bands` octaves.

    The last octave reaches up to half the rate.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size in samples.
        fmin: Number > 0, Hz, where the first octave begins.
        n_bands: Int > 0, octaves, the last beginning below half the rate. `None` takes as
            many as end there: no thin band stays at the top.
        quantile: Number in 0 .. 1, the share of a band that counts as peak, and as valley.

    Source: librosa 0.11 `feature.spectral_contrast`, its bins included.
    """
    nyquist = sample_rate / 2
    if n_bands is None:
        begins = list(itertools.takewhile(nyquist.__gt__, _doubled(fmin)))[:-1]
    else:
        begins = list(itertools.islice(_doubled(fmin), n_bands))
    hz = bin_frequencies(sample_rate, n_fft)
    spans = itertools.pairwise([0.0, *begins, nyquist])
    return [_octave(hz, low, high, nyquist, quantile) for low, high in spans]


def _doubled(fmin):
    return (fmin * 2.0**octave for octave in itertools.count())


def _octave(hz: np.ndarray, low: float, high: float, nyquist: float, quantile: float) -> Octave:
    """The bins of a band; as in librosa, one bin down from the octave's own."""
    first = int(np.searchsorted(hz, low)) - (low > 0)
    stop = int(np.searchsorted(hz, high, side="right"))
    count = max(1, round(quantile * (stop - first)))
    stop = max(first + 1, stop - (high < nyquist))
    return Octave(low, high, first, stop, min(count, stop - first))
