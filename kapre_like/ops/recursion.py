"""First-order recursion along time, in blocks instead of step by step."""

import keras
import numpy as np
from keras import ops

from kapre_like.ops.sizes import known

# Steps per block. Measured for 16 clips of 1000 frames and 80 bands: 32 to 128 are alike.
_BLOCK = 64

# Blocks, and blocks of blocks. What is left is one state for each 4096 steps.
_LEVELS = 2


def first_order(x, *, decay, gain, state):
    """Returns `y[t] = decay * y[t - 1] + gain * x[t]`, exactly, for any number of steps.

    In a block of 64 steps the recursion is a product with the triangular matrix of
    `gain * decay ** (i - j)`. The states at the ends of blocks obey the same recursion with
    `decay ** 64`, so they go through the same function; after two levels one product is left,
    with a triangular matrix of `(steps / 4096) ** 2` entries. There is no loop. That last
    matrix is smaller than `x` for up to 16 million steps, and the result is exact beyond.

    Args:
        x: Float tensor `(batch, channels, steps, bands)`.
        decay: Number in [0, 1], or float tensor `(bands,)` of the same dtype; gradients flow
            into it.
        gain: Number, or float tensor `(bands,)` if `decay` is one.
        state: Float tensor or number that broadcasts to `(batch, channels, bands)`: what
            `y[-1]` is.

    Returns:
        `y`, shape of `x`, and the state after the last step, `(batch, channels, bands)`.
    """
    batch, channels, steps, bands = ops.shape(x)
    decay = ops.convert_to_tensor(decay, dtype=x.dtype)
    gain = ops.convert_to_tensor(gain, dtype=x.dtype)
    state = ops.broadcast_to(ops.cast(state, x.dtype), (batch, channels, bands))
    # Batch and channels as one axis: converters to other runtimes want few axes.
    rows = ops.reshape(x, (batch * channels, steps, bands))
    first = ops.reshape(state, (batch * channels, 1, bands))
    y = _over_blocks(rows, decay, gain, first, _LEVELS)
    last = ops.concatenate([first, y], axis=1)[:, -1]
    shape = (batch, channels, steps, bands)
    return ops.reshape(y, shape), ops.reshape(last, (batch, channels, bands))


def _over_blocks(x, decay, gain, first, levels):
    """The recursion over `(rows, steps, bands)` from the state `first`, `(rows, 1, bands)`."""
    if levels == 0 or (known(x, 1) or _BLOCK + 1) <= _BLOCK:
        return _at_once(x, decay, gain, first)
    rows, steps, bands = ops.shape(x)
    blocks = (steps + _BLOCK - 1) // _BLOCK
    x = ops.pad(x, [(0, 0), (0, _BLOCK - 1), (0, 0)])[:, : blocks * _BLOCK]
    powers = _powers(decay)
    x = ops.reshape(x, (rows * blocks, _BLOCK, bands))
    inside = _product(_triangle(gain * powers[:_BLOCK]), _inward(x, decay))
    ends = ops.reshape(_last(inside, decay), (rows, blocks, bands))
    after = _over_blocks(ends, powers[_BLOCK], ops.ones_like(gain), first, levels - 1)
    before = ops.concatenate([first, after], axis=1)[:, :blocks]
    before = ops.reshape(before, (rows * blocks, 1, bands))
    carried = _product(_column(powers[1:]), _inward(before, decay))
    y = _inward(inside + carried, decay)
    return ops.reshape(y, (rows, blocks * _BLOCK, bands))[:, :steps]


def _at_once(x, decay, gain, first):
    """The same as one triangular matrix product."""
    position = ops.cumsum(ops.ones_like(x[:1, :, 0]), axis=1)
    distance = ops.transpose(position) - position
    each, factor = (ops.reshape(v, (*v.shape, 1, 1)) for v in (decay, gain))
    # Powers of 0 and less are replaced before they are computed: their gradients are not
    # finite at 0.
    later = distance > 0
    powers = ops.power(each, ops.where(later, distance, ops.ones_like(distance)))
    same = ops.cast(ops.equal(distance, 0), x.dtype)
    inside = _product(factor * ops.where(later, powers, same), _inward(x, decay))
    from_first = ops.power(each, ops.transpose(position))
    return _inward(inside + _product(from_first, _inward(first, decay)), decay)


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


def _column(powers):
    """`(steps,)` or `(steps, bands)` as matrices of one column, `(..., steps, 1)`."""
    return ops.expand_dims(ops.moveaxis(powers, 0, -1), axis=-1)


def _inward(x, decay):
    """Swaps rows and bands of `(rows, steps, bands)` if each band has its own matrix.

    Then a band's product is `matrix @ (steps, rows)`, one large product per band; one matrix
    for all bands takes `(steps, bands)` as it is.
    """
    return ops.transpose(x, (2, 1, 0)) if len(decay.shape) else x


def _last(inside, decay):
    """The last step of each block, `(rows, bands)`."""
    last = inside[:, -1]
    return ops.transpose(last) if len(decay.shape) else last


def _product(matrix, x):
    """`matrix @ x`, in the dtype of `x`."""
    if keras.backend.standardize_dtype(x.dtype) == "float64":
        # On torch Keras 3.15 computes `ops.matmul` in float32 even from float64.
        lead = "b" if len(matrix.shape) == 3 else ""
        return ops.einsum(f"{lead}ij,bjk->bik", matrix, x)
    return ops.matmul(matrix, x)
