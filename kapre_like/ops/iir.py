"""Recursive filters along samples without a loop over samples."""

from keras import ops

from kapre_like.filters.iir import BLOCK, GROUP
from kapre_like.ops.filterbank import apply_matrix


def iir(x, *, block_filter):
    """Returns `x` through a recursive filter at rest, as `scipy.signal.lfilter` does.

    Args:
        x: Float tensor `(batch, channels, samples)`.
        block_filter: What `filters.iir.block_filter` returns.

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
    """The states that enter each unit, from what each adds: `(batch, channels, units, order)`.

    Without a level left, a unit forgets what entered it, so it passes on its own part alone.
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
    """`(batch, channels, n)` as `(batch, channels, n // size + 1, size)`, zeros at the end."""
    batch, channels, n = ops.shape(x)
    count = n // size + 1
    x = ops.pad(x, [(0, 0), (0, 0), (0, size)])[:, :, : count * size]
    return ops.reshape(x, (batch, channels, count, size))


def _apply(x, matrix):
    return apply_matrix(x, matrix=ops.convert_to_tensor(matrix, dtype=x.dtype))
