"""Cuts a range out of an axis, with a gradient that is as fast as the cut."""

import keras
from keras import ops


def cut(x, *, axis, start, size):
    """Returns `x[..., start : start + size, ...]`.

    TensorFlow's gradient of such an expression is ten times slower than a padding: 3.3 ms
    instead of 0.2 ms for 1.3 million numbers, if the last axis is cut. The gradient of the
    operation that is used here is a padding.

    Args:
        x: Tensor of known rank.
        axis: Int >= 0.
        start: Int >= 0, or an int tensor.
        size: Int >= 0, an int tensor, or an expression of JAX; at most what is left.
    """
    if keras.config.backend() != "tensorflow":
        return x[(slice(None),) * axis + (slice(start, start + size),)]
    before, after = axis, len(x.shape) - axis - 1
    # -1 stands for all that is left.
    return ops.slice(
        x, [0] * before + [start] + [0] * after, [-1] * before + [size] + [-1] * after
    )
