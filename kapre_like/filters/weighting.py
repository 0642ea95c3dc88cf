"""K-weighting of ITU-R BS.1770 for any sample rate, and filters at another sample rate."""

import math

import numpy as np
from scipy.signal import freqz

WEIGHTINGS = ("cookbook", "itu")

# The analog filters from which the standard's coefficients for 48 kHz follow.
_SHELF_HZ, _SHELF_Q, _SHELF_DB = 1681.9744509555319, 0.7071752369554193, 3.99984385397
_SHELF_MIDDLE = 0.499666774155
_PASS_HZ, _PASS_Q = 38.13547087613982, 0.5003270373253953
_STANDARD_HZ = 48000.0
# Order of the fitted numerator, and number of frequencies at which it is fitted.
_ORDER, _POINTS = 4, 2048


def k_weighting(sample_rate: float, weighting: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns the two filters of K-weighting: a high shelf, then a high pass.

    Args:
        sample_rate: Number > 3400, Hz.
        weighting: `"itu"`: the standard's coefficients at 48 kHz, and filters of the same
            response at other rates, as the standard requires. `"cookbook"`: a 4 dB shelf at
            1500 Hz and a high pass at 38 Hz by R. Bristow-Johnson's formulas, as in pyloudnorm
            and torchaudio. It is 0.04 dB lower at 48 kHz, and warped towards half the rate.

    Returns:
        Pairs `(b, a)` of coefficients.

    Source: ITU-R BS.1770-4, annex 1, tables 1 and 2; B. De Man, Evaluation of implementations
        of the EBU R128 loudness measurement, 2018; R. Bristow-Johnson, Audio EQ cookbook.
    """
    return _itu(sample_rate) if weighting == "itu" else _cookbook(sample_rate)


def _itu(sample_rate: float) -> list[tuple[np.ndarray, np.ndarray]]:
    shelf, below = _shelf(_STANDARD_HZ), _pass(_STANDARD_HZ)
    # The standard's high pass has the numerator 1, -2, 1 at 48 kHz, not scaled to gain 1.
    gain = below[0]
    if sample_rate != _STANDARD_HZ:
        shelf, below = same_response(*shelf, _STANDARD_HZ, sample_rate), _pass(sample_rate)
    return [shelf, (np.array([1.0, -2.0, 1.0]) * (gain / below[0]), below / below[0])]


def _shelf(sample_rate: float) -> tuple[np.ndarray, np.ndarray]:
    k = math.tan(math.pi * _SHELF_HZ / sample_rate)
    high = 10.0 ** (_SHELF_DB / 20.0)
    middle = high**_SHELF_MIDDLE
    slope = middle * k / _SHELF_Q
    shelf = np.array([high + slope + k * k, 2 * (k * k - high), high - slope + k * k])
    bottom = _bilinear(k, _SHELF_Q)
    return shelf / bottom[0], bottom / bottom[0]


def _pass(sample_rate: float) -> np.ndarray:
    return _bilinear(math.tan(math.pi * _PASS_HZ / sample_rate), _PASS_Q)


def _bilinear(k: float, q: float) -> np.ndarray:
    return np.array([1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k])


def _cookbook(sample_rate: float) -> list[tuple[np.ndarray, np.ndarray]]:
    angle = 2.0 * math.pi * 1500.0 / sample_rate
    cos, alpha = math.cos(angle), math.sin(angle) / math.sqrt(2.0)
    g = 10.0 ** (4.0 / 40.0)
    slope = 2.0 * math.sqrt(g) * alpha
    up, down = g + 1 + (g - 1) * cos, g + 1 - (g - 1) * cos
    top = np.array([up + slope, -2 * (g - 1 + (g + 1) * cos), up - slope])
    bottom = np.array([down + slope, 2 * (g - 1 - (g + 1) * cos), down - slope])
    angle = 2.0 * math.pi * 38.0 / sample_rate
    cos, alpha = math.cos(angle), math.sin(angle)
    below = np.array([1 + alpha, -2 * cos, 1 - alpha])
    above = np.array([0.5, -1.0, 0.5]) * (1 + cos)
    return [(g * top / bottom[0], bottom / bottom[0]), (above / below[0], below / below[0])]


def same_response(
    b: np.ndarray, a: np.ndarray, sample_rate: float, other_rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Returns a filter for `other_rate` with the gain of `(b, a)` at every frequency in Hz.

    The bilinear transform would warp the response towards half the rate. Here the poles decay
    in the same time in seconds. The numerator is fitted to the remaining squared gain by least
    squares of the relative error, and it has minimum phase. Above half of `sample_rate` the
    gain continues at its last value.

    Args:
        b: Numerator, for `sample_rate`.
        a: Denominator; its roots are inside the unit circle.
        sample_rate: Number > 0, Hz.
        other_rate: Number > 0, Hz.

    Source: M. Vicanek, Matched second order digital filters, 2016. There the numerator is
        fitted at three frequencies.
    """
    poles = np.roots(a).astype(complex) ** (sample_rate / other_rate)
    below = np.poly(poles).real
    turn = np.pi * (np.arange(_POINTS) + 0.5) / _POINTS
    hz = np.minimum(turn * (other_rate / (2 * np.pi)), 0.4999 * sample_rate)
    wanted = np.abs(freqz(b, a, hz, fs=sample_rate)[1] * freqz(below, 1, turn)[1]) ** 2
    waves = np.cos(turn[:, None] * np.arange(_ORDER + 1))
    squared = np.linalg.lstsq(waves / wanted[:, None], np.ones(_POINTS), rcond=None)[0]
    return _minimum_phase(squared), below


def _minimum_phase(squared: np.ndarray) -> np.ndarray:
    """Returns the numerator of squared gain `sum_k squared[k] cos(k w)` and minimum phase."""
    twice = np.concatenate([squared[:0:-1] / 2, squared[:1], squared[1:] / 2])
    roots = np.roots(twice)
    inside = roots[np.argsort(np.abs(roots))[: len(squared) - 1]]
    numerator = np.poly(inside).real
    return numerator * np.sqrt(np.sum(squared)) / np.abs(np.sum(numerator))
