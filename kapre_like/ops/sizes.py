"""Sizes of axes, which a trace may not know.

TensorFlow gives `None` for such an axis. JAX gives an expression in a symbol when Keras traces
a subclassed model or an export; a comparison with it raises. So code that branches on a size
asks `known`, and lengths are chosen by `greatest`.
"""

import keras
from keras import ops


def known(x, axis):
    """Returns the size of an axis as an int, or `None` if this trace does not know it."""
    return as_int(x.shape[axis])


def as_int(size):
    """Returns a size as it stands in a shape if it is an int, else `None`."""
    return size if isinstance(size, int) else None


def symbolic(x):
    """Returns whether a size is an expression: JAX has no gradient of its convolution then."""
    return not all(size is None or isinstance(size, int) for size in x.shape)


def greatest(size, least):
    """Returns the greater of a size and an int.

    Args:
        size: Int, int tensor of TensorFlow, or expression of JAX: what `ops.shape` contains.
        least: Int.
    """
    if isinstance(size, int):
        return max(size, least)
    if keras.config.backend() == "jax":
        # Not `ops.maximum`: an array cannot be the end of a slice.
        from jax.core import max_dim

        return max_dim(size, least)
    return ops.maximum(size, least)


def every(x, *, start, step, count):
    """Returns `x[:, start::step]`.

    Args:
        x: Tensor `(batch, time)`.
        start: Int >= 0.
        step: Int > 0.
        count: Function that returns how many columns these are, of how many `x` has. Called
            for an expression of JAX only: shapes are compared as expressions, and that of a
            slice is not the one that other roads to as many columns give.
    """
    size = x.shape[1]
    if size is None or isinstance(size, int):
        return x[:, start::step]
    return ops.take(x, start + step * ops.arange(count(size), dtype="int32"), axis=1)
