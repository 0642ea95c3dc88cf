"""Factors that turn the squared magnitude of a spectrum into a one-sided power spectrum."""

import numpy as np

SCALINGS = (None, "psd", "spectrum")


def power_scale(scaling: str, sample_rate: float, window: np.ndarray) -> np.ndarray:
    """Returns one factor per bin for `|X[k]| ** 2`, float64 `(n_fft // 2 + 1,)`.

    Bins between 0 Hz and half the rate count twice, for their mirror image. The last bin of
    an even `n_fft` is half the rate and has none; that of an odd one lies below it and does.

    Args:
        scaling: `"psd"`: power per Hz, `1 / (sample_rate * sum(w ** 2))`; `"spectrum"`: power,
            `1 / sum(w) ** 2`, so that a sine of amplitude `a` on a bin has `a ** 2 / 2`.
        sample_rate: Number > 0, Hz.
        window: Array `(n_fft,)`.

    Source: scipy.signal `periodogram`, `ShortTimeFFT.scale_to`.
    """
    n_fft = len(window)
    total = sample_rate * np.sum(window**2) if scaling == "psd" else np.sum(window) ** 2
    twice = np.full(n_fft // 2 + 1, 2.0)
    twice[0] = 1.0
    if n_fft % 2 == 0:
        twice[-1] = 1.0
    return twice / total
