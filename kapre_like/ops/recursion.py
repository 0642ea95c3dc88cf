"""First-order recursion along time, in blocks instead of step by step."""

import keras
import numpy as np
from keras import ops

# Steps per block. Measured for 16 clips of 1000 frames and 80 bands: 32 to 128 are alike.
_BLOCK = 64

# Blocks, and blocks of blocks. What is left is one state for each 4096 steps.
_LEVELS = 2


def first_order(x, *, decay, state):
    """Returns `y[t] = decay * y[t - 1] + x[t]`, exactly, for any number of steps.

    In a block of 64 steps the recursion is a product with the triangular matrix of
    `decay ** (i - j)`. The states at the ends of blocks obey the same recursion with
    `decay ** 64`, so they go through the same function; after two levels one product is left,
    with a triangular matrix of `(steps / 4096) ** 2` entries. There is no loop. That last
    matrix is smaller than `x` for up to 16 million steps, and the result is exact beyond.

    Args:
        x: Float tensor `(batch, channels, steps, bands)`.
        decay: Number in [0, 1], or float tensor `(bands,)` of the same dtype; gradients flow
            into it.
        state: Float tensor or number that broadcasts to `(batch, channels, bands)`: what
            `y[-1]` is.

    Returns:
        `y`, shape of `x`, and the state after the last step, `(batch, channels, bands)`.
    """
    batch, channels, steps, bands = ops.shape(x)
    decay = ops.convert_to_tensor(decay, dtype=x.dtype)
    state = ops.broadcast_to(ops.cast(state, x.dtype), (batch, channels, bands))
    # Batch and channels as one axis: converters to other runtimes want few axes.
    rows = ops.reshape(x, (batch * channels, steps, bands))
    first = ops.reshape(state, (batch * channels, 1, bands))
    y = _over_blocks(rows, decay, first, _LEVELS)
    last = ops.concatenate([first, y], axis=1)[:, -1]
    shape = (batch, channels, steps, bands)
    return ops.reshape(y, shape), ops.reshape(last, (batch, channels, bands))


def _over_blocks(x, decay, first, levels):
    """The recursion over `(rows, steps, bands)` from the state `first`, `(rows, 1, bands)`."""
    known = x.shape[1]
    if levels == 0 or (known is not None and known <= _BLOCK):
        return _at_once(x, decay, first)
    rows, steps, bands = ops.shape(x)
    blocks = (steps + _BLOCK - 1) // _BLOCK
    x = ops.pad(x, [(0, 0), (0, _BLOCK - 1), (0, 0)])[:, : blocks * _BLOCK]
    x = ops.reshape(x, (rows, blocks, _BLOCK, bands))
    powers = _powers(decay)
    inside = _product(_triangle(powers[:_BLOCK]), x)
    after = _over_blocks(inside[:, :, -1], powers[_BLOCK], first, levels - 1)
    before = ops.concatenate([first, after], axis=1)[:, :blocks]
    carried = ops.expand_dims(before, axis=2) * _rows(powers[1:])
    y = ops.reshape(inside + carried, (rows, blocks * _BLOCK, bands))
    return y[:, :steps]


def _powers(decay):
    """`decay ** n` for n = 0 .. `_BLOCK`, one row each."""
    exponents = np.arange(1, _BLOCK + 1).reshape(-1, *[1] * len(decay.shape))
    powers = ops.power(decay, ops.convert_to_tensor(exponents, dtype=decay.dtype))
    # The ones stand apart: backends differentiate `x ** 0` at 0 as 0 / 0.
    return ops.concatenate([ops.ones_like(powers[:1]), powers], axis=0)


def _triangle(powers):
    """The matrices `powers[i - j]` for j <= i and 0 beside, `(..., _BLOCK, _BLOCK)`.

    The powers and as many zeros, written again and again into lines that are one number
    shorter, stand shifted by one from line to line. Unlike a gather, this costs little to
    differentiate.
    """
    row = ops.concatenate([ops.flip(powers, axis=0), ops.zeros_like(powers)], axis=0)
    row = ops.moveaxis(row, 0, -1)
    lead, start = tuple(row.shape[:-1]), _BLOCK - 1
    row = ops.tile(row, [1] * len(lead) + [_BLOCK])
    row = row[..., start : start + _BLOCK * (2 * _BLOCK - 1)]
    return ops.reshape(row, (*lead, _BLOCK, 2 * _BLOCK - 1))[..., :_BLOCK]


def _product(matrix, x):
    """`matrix` times the steps of `(..., steps, bands)`; one matrix, or one for each band."""
    if len(matrix.shape) == 3:
        return ops.einsum("fij,...jf->...if", matrix, x)
    if keras.backend.standardize_dtype(x.dtype) == "float64":
        # On torch Keras 3.15 computes `ops.matmul` in float32 even from float64.
        return ops.einsum("ij,...jf->...if", matrix, x)
    return ops.matmul(matrix, x)


def _at_once(x, decay, first):
    """The recursion over `(rows, steps, bands)` as one triangular matrix product."""
    position = ops.cumsum(ops.ones_like(x[:1, :, 0]), axis=1)
    distance = ops.transpose(position) - position
    each = ops.reshape(decay, (*decay.shape, 1, 1))
    # Powers of 0 and less are replaced before they are computed: their gradients are not
    # finite at 0.
    later = distance > 0
    powers = ops.power(each, ops.where(later, distance, ops.ones_like(distance)))
    same = ops.cast(ops.equal(distance, 0), x.dtype)
    matrix = ops.where(later, powers, same)
    from_first = ops.power(each[..., 0], position[0])
    return _product(matrix, x) + first * _rows(ops.moveaxis(from_first, -1, 0))


def _rows(powers):
    """`(steps,)` or `(steps, bands)` as `(steps, 1 or bands)`."""
    return powers if len(powers.shape) == 2 else ops.expand_dims(powers, axis=-1)
