"""Cuts a range out of an axis, with a gradient that is as fast as the cut."""

import keras
from keras import ops

from kapre_like.ops.sizes import known


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
    # What is known stays known to the graph; -1 stands for all of an axis.
    sizes = [known(x, each) for each in range(len(x.shape))]
    sizes = [-1 if each is None else each for each in sizes]
    starts, sizes[axis] = [0] * len(sizes), size
    starts[axis] = start
    return ops.slice(x, starts, sizes)
