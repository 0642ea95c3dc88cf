"""Halving a sample rate: low-passes as wide as needed, and as matrices over blocks."""

import math

import numpy as np

# Filters have weak lobes beyond their edges: what they lose of these stays below 1e-4.
_LEAST, _ATTENUATION_DB = 0.7, 100.0
# soxr's "HQ", with which librosa halves a rate, as parts of the halved band: up to where it
# passes everything, where it has fallen to a half, and what this takes of a Kaiser window.
_FULL, _HALF, _LIKE_DB = 0.9235, 0.957, 80.0


def half_band(passed: float, cut: bool) -> np.ndarray:
    """Returns a symmetric low-pass of odd length, 1 at 0 Hz, for use before halving.

    Args:
        passed: Number > 0, the part of the halved band that must not change. Where it leaves
            room, what the filter folds back lies above that part; it never passes more of
            the band than soxr does.
        cut: Whether the clip is cut off where it ends, once it is halved. It then loses what
            the low-pass rings beside it, and to lose the same as in librosa the low-pass
            must be the same.
    """
    from scipy.signal import firwin, kaiserord

    like_soxr = cut or passed > _FULL - 0.1
    low, half = (_FULL, _HALF) if like_soxr else (max(passed, _LEAST), 1.0)
    taps, beta = kaiserord(_LIKE_DB if like_soxr else _ATTENUATION_DB, half - low)
    return firwin(taps | 1, half / 2.0, window=("kaiser", beta))


def halving_matrices(taps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns what two neighbouring blocks of a waveform are multiplied with to halve it.

    Of blocks of `2 * n` samples, `block[i] @ near + block[i + 1] @ far` are `n` samples of
    half the rate: low-passed by `taps`, of which the first stands on the first sample of
    block `i`. Both are `(2 * n, n)`.
    """
    n = max(32, 8 * math.ceil(len(taps) / 16))
    matrix = np.zeros((4 * n, n))
    for column in range(n):
        matrix[2 * column : 2 * column + len(taps), column] = taps
    return matrix[: 2 * n], matrix[2 * n :]
