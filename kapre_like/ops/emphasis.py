"""Pre-emphasis and its inverse. What stands before the first sample is the caller's choice.

`start` says how `x[-1]` is taken: `"zero"` as 0, `"repeat"` as `x[0]`, `"extrapolate"` so that
`-coefficient * x[-1] = 2 x[0] - x[1]`, which is librosa's rule.
"""

import numpy as np
from keras import ops

from kapre_like.ops.iir import iir


def pre_emphasis(x, *, coefficient, start, mask):
    """Returns `y[n] = x[n] - coefficient * x[n - 1]`.

    Args:
        x: Float tensor `(batch, channels, samples)`, zero where `mask` is false.
        coefficient: Float.
        start: `"zero"`, `"repeat"` or `"extrapolate"`.
        mask: Boolean `(batch, samples)`, or `None`. Only `"extrapolate"` looks at it.
    """
    before = ops.pad(x, [(0, 0), (0, 0), (1, 0)])[:, :, :-1]
    y = x - coefficient * before
    if start == "zero":
        return y
    first = x[:, :, :1]
    if start == "repeat":
        return y + _at_start(-coefficient * first, x)
    return y + _at_start(2.0 * first - _second(x, coefficient * first, mask), x)


def de_emphasis(y, *, coefficient, start, block_filter):
    """Returns the `x` that `pre_emphasis` makes `y` of.

    Args:
        y: Float tensor `(batch, channels, samples)`.
        coefficient: Float; below 1 for `"repeat"`.
        start: As `pre_emphasis` was told.
        block_filter: `filters.iir.block_filter` of `1 / (1 - coefficient z^-1)`.
    """
    if start != "zero":
        first = y[:, :, :1]
        if start == "repeat":
            true_first = first / (1.0 - coefficient)
        else:
            second = ops.pad(y, [(0, 0), (0, 0), (0, 2)])[:, :, 1:2]
            true_first = (first + second) / (3.0 - coefficient)
        y = y + _at_start(true_first - first, y)
    return iir(y, block_filter=block_filter)


def _at_start(value, x):
    """`value (batch, channels, 1 or 0)` followed by zeros, in the shape of `x`."""
    return ops.concatenate([value, ops.zeros_like(x[:, :, 1:])], axis=2)


def _second(x, fallback, mask):
    """The second sample; `fallback` in clips of one sample, which makes that invertible."""
    there = ops.ones_like(x[:, :1, :2], dtype="bool")
    if mask is not None:
        there = ops.logical_and(there, ops.expand_dims(ops.cast(mask, "bool")[:, :2], axis=1))
    edges = [(0, 0), (0, 0), (0, 2)]
    there = ops.pad(ops.cast(there, "int32"), edges)[:, :, 1:2] > np.int32(0)
    # A clip of no samples has no first one either: `fallback` is empty, and so is the result.
    second = ops.pad(x[:, :, :2], edges)[:, :, 1:2]
    return ops.where(there, second, fallback)
