"""Scales every vector of pitch classes to norm 1."""

from keras import ops

# Vectors with nothing above this stay as they are: silence has no pitch class.
_LEAST = 1e-30


def normalize(x, *, norm):
    """Returns `x` divided by the norm of its last axis; silence stays silence.

    Args:
        x: Float tensor `(..., classes)`.
        norm: `"max"`, 1 or 2, or `None` for `x` as it is.
    """
    if norm is None:
        return x
    peak = ops.max(ops.abs(x), axis=-1, keepdims=True)
    some = peak > _LEAST
    # By the peak first: squares of quiet values would vanish. Where there is silence, every
    # formula sees a one instead, so that gradients are finite.
    y = x / ops.where(some, peak, ops.ones_like(peak))
    if norm == "max":
        return y
    size = ops.sum(ops.abs(y) if norm == 1 else y * y, axis=-1, keepdims=True)
    size = ops.where(some, size, ops.ones_like(size))
    return y / (size if norm == 1 else ops.sqrt(size))
