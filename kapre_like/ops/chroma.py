"""Scales every vector of pitch classes to norm 1."""

from keras import ops

from kapre_like.ops.quotients import one_for, vanishes

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
    peak = ops.stop_gradient(ops.max(ops.abs(x), axis=-1, keepdims=True))
    some = peak > _LEAST
    # By the peak first, as a mere number: squares of quiet values would vanish, also those
    # that the derivative of a quotient holds. Where there is silence, every formula sees a
    # one instead, so that gradients are finite.
    y = x / ops.where(some, peak, ops.ones_like(peak))
    size = _size(y, norm)
    return y / ops.where(some, size, ops.ones_like(size))


def _size(y, norm):
    if norm == 2:
        square = ops.sum(y * y, axis=-1, keepdims=True)
        return ops.sqrt(one_for(vanishes(square), square))
    over = ops.max if norm == "max" else ops.sum
    return over(ops.abs(y), axis=-1, keepdims=True)
