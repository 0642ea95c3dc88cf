"""Frequency scales: conversion between Hz and mel, Bark, ERB rate or octaves, and limits.

| scale | position of `f` Hz |
|---|---|
| `"hz"` | `f` |
| `"htk"` | `2595 log10(1 + f / 700)`, mel |
| `"kaldi"` | `1127 ln(1 + f / 700)`, mel |
| `"slaney"` | `3 f / 200` below 1 kHz, then 27 steps per factor 6.4, mel |
| `"bark"` | `26.81 f / (1960 + f) - 0.53`, corrected below 2 and above 20.1 Bark |
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

from kapre_like import _check

SCALES = ("bark", "erb", "htk", "hz", "kaldi", "octave", "slaney")
MEL_SCALES = ("htk", "kaldi", "slaney")

# The coefficients a and b of `a ln(1 + f / b)`.
LOGARITHMIC = {
    "htk": (2595.0 / math.log(10.0), 700.0),
    "kaldi": (1127.0, 700.0),
    "erb": (21.4 / math.log(10.0), 1.0 / 0.00437),
}
# The Slaney scale: linear up to 1 kHz (15 mels), then logarithmic.
LINEAR_HZ_PER_MEL = 200.0 / 3.0
CORNER_HZ = 1000.0
CORNER_MEL = CORNER_HZ / LINEAR_HZ_PER_MEL
LOG_STEP = math.log(6.4) / 27.0
# Replaces 0 Hz, whose logarithm is infinite. It is far below every band.
_LOWEST_HZ = 1e-20


def to_scale(hz: Any, scale: str) -> np.ndarray:
    """Converts frequencies in Hz to positions on one of `SCALES`, float64."""
    hz = np.asarray(hz, "float64")
    if scale in LOGARITHMIC:
        a, b = LOGARITHMIC[scale]
        return a * np.log1p(hz / b)
    if scale == "slaney":
        above = CORNER_MEL + np.log(np.maximum(hz, CORNER_HZ) / CORNER_HZ) / LOG_STEP
        return np.where(hz < CORNER_HZ, hz / LINEAR_HZ_PER_MEL, above)
    if scale == "bark":
        z = 26.81 * hz / (1960.0 + hz) - 0.53
        return z + 0.15 * np.maximum(2.0 - z, 0.0) + 0.22 * np.maximum(z - 20.1, 0.0)
    return np.log2(np.maximum(hz, _LOWEST_HZ)) if scale == "octave" else hz


def to_hz(position: Any, scale: str) -> np.ndarray:
    """Converts positions on one of `SCALES` to frequencies in Hz; the inverse of `to_scale`."""
    if scale in LOGARITHMIC:
        a, b = LOGARITHMIC[scale]
        return b * np.expm1(position / a)
    if scale == "slaney":
        steps = np.maximum(position, CORNER_MEL) - CORNER_MEL
        above = CORNER_HZ * np.exp(LOG_STEP * steps)
        return np.where(position < CORNER_MEL, position * LINEAR_HZ_PER_MEL, above)
    if scale == "bark":
        low = (position - 0.3) / 0.85
        high = (position + 0.22 * 20.1) / 1.22
        z = np.where(position < 2.0, low, np.where(position > 20.1, high, position))
        # The scale approaches 26.28 Bark at infinite frequency.
        z = np.minimum(z, 26.0)
        return 1960.0 * (z + 0.53) / (26.28 - z)
    return np.exp(position * math.log(2.0)) if scale == "octave" else position


def equivalent_bandwidth(hz: Any) -> np.ndarray:
    """Returns the bandwidth in Hz of the auditory filter at each frequency.

    `24.7 * (0.00437 * f + 1)`. Source: B. Glasberg, B. Moore, 1990.
    """
    return 24.7 * (0.00437 * np.asarray(hz, "float64") + 1.0)


def check_range(owner: str, *, sample_rate: Any, fmin: Any, fmax: Any) -> None:
    """Raises a `ValueError` unless `0 <= fmin < fmax <= sample_rate / 2`."""
    _check.non_negative(owner, fmin=fmin)
    nyquist = sample_rate / 2
    if fmax is not None:
        _check.positive(owner, fmax=fmax)
        if fmax > nyquist:
            rule = f"at most half of sample_rate={sample_rate}"
            _check.fail(owner, "fmax", rule, fmax, f"Use fmax={nyquist} or None.")
    top = nyquist if fmax is None else fmax
    if fmin >= top:
        source = f"half of sample_rate={sample_rate}" if fmax is None else f"{top} Hz"
        _check.fail(owner, "fmin", f"below fmax, here {source}", fmin)
