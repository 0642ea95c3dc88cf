"""Logarithms with an offset or a floor."""

import math

from keras import ops

from kapre_like.ops.lowering import plain

# Under no floor, what is not positive counts as this: float32 holds its logarithm.
_LEAST = 1e-37


def log_compression(x, *, scale, offset, floor, base):
    """Returns `log(max(scale * x + offset, floor)) / log(base)`, exact near 1.

    Args:
        x: Float tensor, >= 0.
        scale: Number > 0.
        offset: Number >= 0.
        floor: Number > 0, or `None`.
        base: Number > 0 but not 1, or `"e"`.
    """
    # JAX takes no integer beyond 32 bits.
    x = x if scale == 1 else float(scale) * x
    if offset == 1 and floor is None and not plain():
        y = ops.log1p(ops.maximum(x, 0.0))
    else:
        x = x + offset if offset else x
        y = ops.log(ops.maximum(x, _LEAST if floor is None else floor))
    return y if base == "e" else y / math.log(base)
