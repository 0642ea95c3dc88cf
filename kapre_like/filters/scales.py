"""Scales of frequency: Hz to mels, Bark, ERB rates and octaves, and back.

| scale | position of `f` Hz |
|---|---|
| `"hz"` | `f` |
| `"htk"` | `2595 log10(1 + f / 700)`, mel |
| `"kaldi"` | `1127 ln(1 + f / 700)`, mel |
| `"slaney"` | `3 f / 200` below 1 kHz, then 27 steps per factor 6.4, mel |
| `"bark"` | `26.81 f / (1960 + f) - 0.53`, with his corrections below 2 and above 20.1 Bark |
| `"erb"` | `21.4 log10(1 + 0.00437 f)`, ERBs below `f` |
| `"octave"` | `log2(f)`, octaves above 1 Hz |

Sources: S. Young et al., The HTK Book (htk); Kaldi `mel-computations.h` (kaldi); M. Slaney,
Auditory Toolbox, 1998 (slaney); H. Traunmueller, Analytical expressions for the tonotopic
sensory scale, 1990 (bark); B. Glasberg, B. Moore, Derivation of auditory filter shapes from
notched-noise data, 1990 (erb).
"""

import math
from typing import Any

import numpy as np

SCALES = ("bark", "erb", "htk", "hz", "kaldi", "octave", "slaney")

# `a ln(1 + f / b)`: a and b.
_LOGARITHMIC = {
    "htk": (2595.0 / math.log(10.0), 700.0),
    "kaldi": (1127.0, 700.0),
    "erb": (21.4 / math.log(10.0), 1.0 / 0.00437),
}
# The Slaney scale: linear up to 1 kHz (15 mels), then logarithmic.
_LINEAR_HZ_PER_MEL = 200.0 / 3.0
_CORNER_HZ = 1000.0
_CORNER_MEL = _CORNER_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = math.log(6.4) / 27.0
# The logarithm of 0 Hz is taken here, far below every band.
_NO_HZ = 1e-20


def to_scale(hz: Any, scale: str) -> np.ndarray:
    """Returns the positions of frequencies in Hz on one of `SCALES`, float64."""
    hz = np.asarray(hz, "float64")
    if scale in _LOGARITHMIC:
        a, b = _LOGARITHMIC[scale]
        return a * np.log1p(hz / b)
    if scale == "slaney":
        above = _CORNER_MEL + np.log(np.maximum(hz, _CORNER_HZ) / _CORNER_HZ) / _LOG_STEP
        return np.where(hz < _CORNER_HZ, hz / _LINEAR_HZ_PER_MEL, above)
    if scale == "bark":
        z = 26.81 * hz / (1960.0 + hz) - 0.53
        return z + 0.15 * np.maximum(2.0 - z, 0.0) + 0.22 * np.maximum(z - 20.1, 0.0)
    return np.log2(np.maximum(hz, _NO_HZ)) if scale == "octave" else hz


def to_hz(position: Any, scale: str, xp: Any = np) -> Any:
    """Returns the frequencies in Hz of positions on a scale; undoes `to_scale`.

    Args:
        position: Array, or a tensor of `xp`.
        scale: One of `SCALES`.
        xp: The namespace to compute with: `numpy`, or `keras.ops` for bands that learn.
    """
    if scale in _LOGARITHMIC:
        a, b = _LOGARITHMIC[scale]
        return b * xp.expm1(position / a)
    if scale == "slaney":
        steps = xp.maximum(position, _CORNER_MEL) - _CORNER_MEL
        above = _CORNER_HZ * xp.exp(_LOG_STEP * steps)
        return xp.where(position < _CORNER_MEL, position * _LINEAR_HZ_PER_MEL, above)
    if scale == "bark":
        low = (position - 0.3) / 0.85
        high = (position + 0.22 * 20.1) / 1.22
        z = xp.where(position < 2.0, low, xp.where(position > 20.1, high, position))
        # The scale ends at 26.28 Bark, which no frequency reaches.
        z = xp.minimum(z, 26.0)
        return 1960.0 * (z + 0.53) / (26.28 - z)
    return xp.exp(position * math.log(2.0)) if scale == "octave" else position


def hz_between(position: Any, step: Any, scale: str, xp: Any = np) -> Any:
    """Returns `to_hz(position + step) - to_hz(position)`, exact to a part of the difference.

    In float32 the difference of two near frequencies would keep few digits of a narrow band.

    Args:
        position: Array or tensor.
        step: The same, of any sign.
        scale: One of `SCALES`.
        xp: As in `to_hz`.
    """
    if scale in _LOGARITHMIC:
        a, b = _LOGARITHMIC[scale]
        return (to_hz(position, scale, xp) + b) * xp.expm1(step / a)
    if scale == "slaney":
        left = _CORNER_MEL - position  # to the corner; what lies on either side of it:
        below = xp.minimum(step, left) - xp.minimum(left, 0.0)
        above = xp.maximum(step, left) - xp.maximum(left, 0.0)
        base = _CORNER_HZ * xp.exp(_LOG_STEP * xp.maximum(-left, 0.0))
        return _LINEAR_HZ_PER_MEL * below + base * xp.expm1(_LOG_STEP * above)
    if scale == "octave":
        return to_hz(position, scale, xp) * xp.expm1(step * math.log(2.0))
    if scale == "bark":
        return to_hz(position + step, scale, xp) - to_hz(position, scale, xp)
    return step
