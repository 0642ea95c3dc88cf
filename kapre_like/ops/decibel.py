"""Decibel scaling, with one reference and one dynamic range per clip."""

import math

from keras import ops

from kapre_like.ops.masking import zero_invalid


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
        peak = ops.maximum(_peak(x, mask), amin)
    if top_db is not None:
        floor = ops.maximum(peak * 10.0 ** (-top_db / factor), amin)
    if ref == "max":
        shift = scale * ops.log(peak)
    return scale * ops.log(ops.maximum(x, floor)) - shift


def power_to_decibel(power, *, ref, amin, top_db, mask):
    """Returns `10 * log10(max(power, amin) / ref)`; arguments as in `decibel`."""
    return decibel(power, factor=10.0, ref=ref, amin=amin, top_db=top_db, mask=mask)


def magnitude_to_decibel(magnitude, *, ref, amin, top_db, mask):
    """Returns `20 * log10(max(magnitude, amin) / ref)`; arguments as in `decibel`."""
    return decibel(magnitude, factor=20.0, ref=ref, amin=amin, top_db=top_db, mask=mask)


def _peak(x, mask):
    """The largest value of each clip, 0 if it has none; shape `(batch, 1, ...)`."""
    axes = tuple(range(1, len(x.shape)))
    return ops.max(zero_invalid(x, mask=mask), axis=axes, keepdims=True, initial=0.0)
