"""Decibel scaling, with one reference and one dynamic range per clip."""

import math

from keras import ops

from kapre_like.ops.masking import zero_invalid

# What counts as nothing where the floor above it is learned: float32 holds its logarithm.
SILENCE = 1e-30

# At the edge of a learned floor the level is 0.69 times this above it.
_SOFTNESS_DB = 0.01


def decibel(x, *, factor, ref, amin, top_db, mask):
    """Returns `factor * log10(max(x, amin) / ref)`, not lower than `top_db` below its peak.

    The floor is applied before the logarithm, which is the same and one pass less:
    `max(x, amin, peak * 10 ** (-top_db / factor))`.

    Args:
        x: Float tensor `(batch, time, ...)`, linear and >= 0.
        factor: Float > 0: 10 for power, 20 for amplitude.
        ref: Float > 0 that maps to 0 dB, or `"max"`: the peak of the clip.
        amin: Float > 0, floor under `x`, so that silence is finite.
        top_db: Float > 0 in dB, or `None` for no floor below the peak.
        mask: Boolean `(batch, time)`, or `None`. Peaks are taken where it is true.

    Returns:
        Float tensor in dB, shape and dtype of `x`.
    """
    scale = factor / math.log(10.0)
    floor, shift = amin, 0.0 if ref == "max" else factor * math.log10(ref)
    if top_db is not None or ref == "max":
        peak = _peak(x, mask)
    if top_db is not None:
        floor = ops.maximum(peak * 10.0 ** (-top_db / factor), amin)
    if ref == "max":
        shift = scale * ops.log(ops.maximum(peak, amin))
    return scale * ops.log(ops.maximum(x, floor)) - shift


def affine_decibel(x, *, factor, amin, slope, reference_db, floor_db, relative, top_db, mask):
    """Returns `slope * (level - reference)`, all three per band, which gradients flow into.

    `level = smooth_max(factor * log10(x), floor_db)`, not lower than `top_db` below the clip's
    peak. With slope 1 and the reference and floor of `decibel` it is `decibel` to within
    0.007 dB, where `x` is near the floor, and equal elsewhere.

    Args:
        x: Float tensor `(batch, time, ...)`, linear and >= 0.
        factor: Float > 0: 10 for power, 20 for amplitude.
        amin: Float > 0, floor under the clip's peak.
        slope: Float tensor that broadcasts to `x`, dB per dB.
        reference_db: Float tensor that broadcasts to `x`: the level that maps to 0.
        floor_db: Float tensor that broadcasts to `x`: the level of silence.
        relative: Whether `reference_db` counts from the clip's peak.
        top_db: Float > 0 in dB, or `None`.
        mask: Boolean `(batch, time)`, or `None`. Peaks are taken where it is true.

    Returns:
        Float tensor, shape and dtype of `x`.
    """
    scale = factor / math.log(10.0)
    level = scale * ops.log(ops.maximum(x, min(amin, SILENCE)))
    level = _smooth_maximum(level, floor_db)
    if top_db is not None or relative:
        peak = scale * ops.log(ops.maximum(_peak(x, mask), amin))
    if top_db is not None:
        level = ops.maximum(level, peak - top_db)
    if relative:
        level = level - peak
    return slope * (level - reference_db)


def _smooth_maximum(a, b):
    """`max(a, b)`, rounded where they are within a few hundredths of a dB."""
    distance = ops.abs(a - b) / _SOFTNESS_DB
    return ops.maximum(a, b) + _SOFTNESS_DB * ops.log1p(ops.exp(-distance))


def _peak(x, mask):
    """The largest value of each clip, 0 if it has none; shape `(batch, 1, ...)`."""
    axes = tuple(range(1, len(x.shape)))
    return ops.max(zero_invalid(x, mask=mask), axis=axes, keepdims=True, initial=0.0)
