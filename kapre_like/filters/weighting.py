"""K-weighting of ITU-R BS.1770 for any sample rate."""

import math

import numpy as np

from kapre_like.filters.matched import same_response

WEIGHTINGS = ("cookbook", "itu")

# The analogue filters behind the standard's table of coefficients for 48 kHz.
_SHELF_HZ, _SHELF_Q, _SHELF_DB = 1681.9744509555319, 0.7071752369554193, 3.99984385397
_SHELF_MIDDLE = 0.499666774155
_PASS_HZ, _PASS_Q = 38.13547087613982, 0.5003270373253953
_STANDARD_HZ = 48000.0


def k_weighting(sample_rate: float, weighting: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns the two filters of K-weighting: a high shelf, then a high pass.

    Args:
        sample_rate: Number > 3400, Hz.
        weighting: `"itu"` gives the standard's coefficients at 48 kHz and the filters of the
            same response elsewhere, as the standard asks; `"cookbook"` a 4 dB shelf at 1500
            Hz and a high pass at 38 Hz by R. Bristow-Johnson's formulas, which pyloudnorm and
            torchaudio take: 0.04 dB less at 48 kHz, and bent towards half the rate.

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
