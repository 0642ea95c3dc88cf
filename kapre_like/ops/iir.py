"""Recursive filters along samples without a loop over samples, and pre-emphasis.

The argument `start` of pre-emphasis sets `x[-1]`: `"zero"` is 0, `"repeat"` is `x[0]`, and
`"extrapolate"` is librosa's rule, `-coefficient * x[-1] = 2 x[0] - x[1]`.
"""

import numpy as np
from keras import ops

from kapre_like.filters.iir import BLOCK, GROUP
from kapre_like.ops.filterbank import apply_matrix


def iir(x, *, block_filter):
    """Applies a recursive filter with initial state 0, as `scipy.signal.lfilter` does.

    Args:
        x: Float tensor `(batch, channels, samples)`.
        block_filter: Output of `filters.iir.block_filter`.

    Returns:
        Float tensor, shape and dtype of `x`.
    """
    samples = ops.shape(x)[-1]
    blocks = _units(x, BLOCK)
    both = _apply(blocks, block_filter.local)
    y, leaving = both[..., :BLOCK], both[..., BLOCK:]
    if block_filter.order:
        entering = _carry(leaving, block_filter.levels, block_filter.order)
        y = y + _apply(entering, block_filter.ringing)
    batch, channels, count, _ = ops.shape(y)
    return ops.reshape(y, (batch, channels, count * BLOCK))[:, :, :samples]


def _carry(leaving, levels, order):
    """Returns the state that enters each unit, `(batch, channels, units, order)`.

    `leaving` is what each unit adds to the state. After the last level the state that entered
    a unit has decayed, so a unit passes on only what it adds.
    """
    if not levels:
        return ops.pad(leaving, [(0, 0), (0, 0), (1, 0), (0, 0)])[:, :, :-1]
    level = levels[0]
    batch, channels, units, _ = ops.shape(leaving)
    flat = ops.reshape(leaving, (batch, channels, units * order))
    groups = _units(flat, GROUP * order)
    entering_group = _carry(_apply(groups, level.out), levels[1:], order)
    entering = _apply(groups, level.within) + _apply(entering_group, level.through)
    count = ops.shape(entering)[2]
    entering = ops.reshape(entering, (batch, channels, count * GROUP, order))
    return entering[:, :, :units]


def _units(x, size):
    """Reshapes to `(batch, channels, n // size + 1, size)`, with zeros at the end."""
    batch, channels, n = ops.shape(x)
    count = n // size + 1
    x = ops.pad(x, [(0, 0), (0, 0), (0, size)])[:, :, : count * size]
    return ops.reshape(x, (batch, channels, count, size))


def _apply(x, matrix):
    return apply_matrix(x, matrix=ops.convert_to_tensor(matrix, dtype=x.dtype))


def pre_emphasis(x, *, coefficient, start, mask):
    """Returns `y[n] = x[n] - coefficient * x[n - 1]`.

    Args:
        x: Float tensor `(batch, channels, samples)`, zero where `mask` is false.
        coefficient: Float.
        start: `"zero"`, `"repeat"` or `"extrapolate"`.
        mask: Boolean `(batch, samples)`, or `None`. Only `"extrapolate"` uses it.
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
    """Returns the inverse of `pre_emphasis`.

    Args:
        y: Float tensor `(batch, channels, samples)`, output of `pre_emphasis`.
        coefficient: Float; below 1 for `"repeat"`.
        start: The value that `pre_emphasis` received.
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
    """Returns `value`, `(batch, channels, 1 or 0)`, padded with zeros to the shape of `x`."""
    return ops.concatenate([value, ops.zeros_like(x[:, :, 1:])], axis=2)


def _second(x, fallback, mask):
    """Returns the second sample; `fallback` in clips of one sample, to keep them invertible."""
    exists = ops.ones_like(x[:, :1, :2], dtype="bool")
    if mask is not None:
        exists = ops.logical_and(exists, ops.expand_dims(ops.cast(mask, "bool")[:, :2], axis=1))
    edges = [(0, 0), (0, 0), (0, 2)]
    exists = ops.pad(ops.cast(exists, "int32"), edges)[:, :, 1:2] > np.int32(0)
    # A clip without samples has no first sample: `fallback` is empty, and so is the result.
    second = ops.pad(x[:, :, :2], edges)[:, :, 1:2]
    return ops.where(exists, second, fallback)


def condition(frames, *, remove_dc, preemphasis):
    """Applies Kaldi's conditioning to each frame: removes the mean, then pre-emphasizes.

    `y[n] = x[n] - preemphasis * x[n - 1]`, where `x[-1]` is the frame's first sample.

    Args:
        frames: Float tensor `(..., frames, samples)`.
        remove_dc: Whether to subtract each frame's mean first.
        preemphasis: Number in [0, 1].

    Source: Kaldi, feat/feature-window.cc.
    """
    if remove_dc:
        frames = frames - ops.mean(frames, axis=-1, keepdims=True)
    if preemphasis:
        before = ops.concatenate([frames[..., :1], frames[..., :-1]], axis=-1)
        frames = frames - preemphasis * before
    return frames
