"""A digital filter at another sample rate, with the same response in Hz."""

import numpy as np
from scipy.signal import freqz

# Coefficients of the numerator beside the first, and frequencies at which it is fitted.
_ORDER, _POINTS = 4, 2048


def same_response(
    b: np.ndarray, a: np.ndarray, sample_rate: float, other_rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the filter for `other_rate` whose gain is that of `(b, a)` at every frequency.

    The bilinear transform would bend the response towards half the rate. Here the poles ring
    on as long as before in seconds, and the zeros are those of the numerator whose squared
    gain is nearest to what is left, relative to it. Where half of `other_rate` lies above
    half of `sample_rate`, the gain goes on as it ends there. The phase is the least possible.

    Args:
        b: Numerator, for `sample_rate`.
        a: Denominator; its roots lie inside the unit circle.
        sample_rate: Number > 0, Hz.
        other_rate: Number > 0, Hz.

    Source: M. Vicanek, Matched second order digital filters, 2016, which fits the numerator
        at three frequencies.
    """
    poles = np.roots(a).astype(complex) ** (sample_rate / other_rate)
    below = np.poly(poles).real
    turn = np.pi * (np.arange(_POINTS) + 0.5) / _POINTS
    hz = np.minimum(turn * (other_rate / (2 * np.pi)), 0.4999 * sample_rate)
    wanted = np.abs(freqz(b, a, hz, fs=sample_rate)[1] * freqz(below, 1, turn)[1]) ** 2
    waves = np.cos(turn[:, None] * np.arange(_ORDER + 1))
    squared = np.linalg.lstsq(waves / wanted[:, None], np.ones(_POINTS), rcond=None)[0]
    return _least_phase(squared), below


def _least_phase(squared: np.ndarray) -> np.ndarray:
    """The numerator whose squared gain is `sum_k squared[k] cos(k w)`, inside the circle."""
    twice = np.concatenate([squared[:0:-1] / 2, squared[:1], squared[1:] / 2])
    roots = np.roots(twice)
    inside = roots[np.argsort(np.abs(roots))[: len(squared) - 1]]
    numerator = np.poly(inside).real
    return numerator * np.sqrt(np.sum(squared)) / np.abs(np.sum(numerator))
