"""Per-channel energy normalization (PCEN) and its smoother.

PCEN is automatic gain control and compression in each band. Its smoother is a first-order
recursion along time, computed in blocks instead of step by step.
"""

import math
import numbers

import keras
import numpy as np
from keras import ops

from kapre_like.ops.lowering import plain
from kapre_like.ops.polar import one_for, vanishes, zero_for
from kapre_like.ops.sizes import cut, known


def pcen(x, *, gain, bias, power, smoothing, eps, state):
    """Returns the normalized energies and the smoother's last state.

    `m[t] = (1 - smoothing) * m[t - 1] + smoothing * x[t]`, then
    `y[t] = (x[t] / (eps + m[t]) ** gain + bias) ** power - bias ** power`.
    A clip may be processed in pieces: the result is the same if each piece starts with the
    state that the piece before returned.

    `gain`, `bias`, `power` and `smoothing` are numbers, or float tensors `(bands,)` of the
    dtype of `x`. Gradients flow into tensors, which must be positive. The number 0 selects the
    limit of the formula: `bias=0` is `(...) ** power`, `power=0` is `log(1 + ...)`.

    Args:
        x: Float tensor `(batch, channels, frames, bands)`, >= 0.
        gain: Share of the level that is divided out, 0 (none) to 1 (all).
        bias: >= 0, added before the root.
        power: >= 0, exponent of the compression.
        smoothing: In [0, 1], share of a new frame in the smoothed energy.
        eps: Number > 0, added to the smoothed energy.
        state: `m[-1]`: float tensor or number that broadcasts to `(batch, channels, bands)`.
            librosa starts with 1.0, LEAF with `first_frame(x)`.

    Returns:
        `y`, shape of `x`, and the state after the last frame, `(batch, channels, bands)`.

    Source: Y. Wang et al., Trainable frontend for robust and far-field keyword spotting,
        2017; librosa 0.11 `pcen`.
    """
    smooth, state = first_order(x, decay=1.0 - smoothing, gain=smoothing, state=state)
    return _normalized(x, smooth + eps, gain, bias, power), state


def _normalized(x, level, gain, bias, power):
    """`(x / level ** gain + bias) ** power - bias ** power`."""
    learned = not any(isinstance(v, numbers.Real) for v in (gain, bias, power))
    if learned and not plain():
        return _learned(x, level, gain, bias, power)
    return _compress(x * ops.exp(-gain * ops.log(level)), bias, power)


def first_frame(x):
    """Returns the first frame of `x`, `(batch, channels, bands)`; 0 if there are no frames."""
    return ops.sum(x[:, :, :1], axis=2)


def _compress(z, bias, power):
    """Returns `(z + bias) ** power - bias ** power` without cancellation."""
    if isinstance(power, numbers.Real) and power == 0:
        return ops.log1p(z)
    if isinstance(power, numbers.Real) and power == 0.5 and bias > 0:
        # The same value by the sum of the two roots takes a quarter of the time.
        return z / (ops.sqrt(z + bias) + math.sqrt(bias))
    if isinstance(bias, numbers.Real) and bias == 0:
        vanished = vanishes(z)
        return zero_for(vanished, ops.power(one_for(vanished, z), power))
    return bias**power * ops.expm1(power * ops.log1p(z / bias))


@ops.custom_gradient
def _learned(x, level, gain, bias, power):
    """Returns the same from tensors, with a gradient that reuses values of the forward pass.

    A gradient that the backend derives would compute the exponentials again.

    Args:
        x: `(batch, channels, frames, bands)`.
        level: The same, > 0.
        gain: `(bands,)`.
        bias: `(bands,)`, > 0.
        power: `(bands,)`, > 0.
    """
    log_level = ops.log(level)
    share = ops.exp(-gain * log_level) / bias
    ratio = x * share
    log_ratio = ops.log1p(ratio)
    rise = ops.expm1(power * log_ratio)
    scale = bias**power

    def gradient(*args, upstream=None):
        slope = args[0] if upstream is None else upstream
        per_power = slope / (ratio + 1.0)
        # For the bias. Subtracted before the sum over clips, to avoid cancellation.
        by_bias = per_power * (rise - ratio)
        by_ratio = by_bias + slope  # divided by `power`
        by_power = by_ratio * (ratio + 1.0) * log_ratio
        by_log = by_ratio * ratio
        outer = power * scale
        return (
            outer * by_ratio * share,
            by_log * (-gain * outer) / level,
            -outer * _over_clips(by_log * log_level),
            outer / bias * _over_clips(by_bias),
            scale * (_over_clips(by_power) + ops.log(bias) * _over_clips(slope * rise)),
        )

    return scale * rise, gradient


def _over_clips(x):
    """Returns the sum over everything but bands, `(bands,)`."""
    return ops.sum(x, axis=(0, 1, 2))


# Steps per block. Measured for 16 clips of 1000 frames and 80 bands, forward and backward: 32
# steps take a tenth less time than 16 or 64.
_BLOCK = 32

# Two levels, blocks and blocks of blocks, leave one state per 1024 steps.
_LEVELS = 2


def first_order(x, *, decay, gain, state):
    """Returns `y[t] = decay * y[t - 1] + gain * x[t]`, exactly, for any number of steps.

    In a block of 32 steps the recursion is a product with the triangular matrix of
    `gain * decay ** (i - j)`. The states at the ends of blocks obey the same recursion with
    `decay ** 32`, so the same function computes them. After two levels one product remains,
    with a triangular matrix of `(steps / 1024) ** 2` entries. There is no loop. The last
    matrix is smaller than `x` for up to a million steps. The result is exact for more steps
    too.

    Args:
        x: Float tensor `(batch, channels, steps, bands)`.
        decay: Number in [0, 1], or float tensor `(bands,)` of the same dtype, which receives
            gradients.
        gain: Number, or float tensor `(bands,)` if `decay` is a tensor.
        state: `y[-1]`: float tensor or number that broadcasts to `(batch, channels, bands)`.

    Returns:
        `y`, shape of `x`, and the state after the last step, `(batch, channels, bands)`.
    """
    batch, channels, steps, bands = ops.shape(x)
    decay = ops.convert_to_tensor(decay, dtype=x.dtype)
    gain = ops.convert_to_tensor(gain, dtype=x.dtype)
    state = ops.broadcast_to(ops.cast(state, x.dtype), (batch, channels, bands))
    # Batch and channels are joined to one axis, because converters to other runtimes support
    # few axes. Bands come first: each band has its own matrix and one large product.
    rows = ops.reshape(x, (batch * channels, steps, bands))
    lines = ops.transpose(rows, (2, 0, 1))
    first = ops.transpose(ops.reshape(state, (1, batch * channels, bands)), (2, 1, 0))
    y = _over_blocks(lines, decay, gain, first, _LEVELS)
    # Without steps the last state is the first one.
    last = ops.concatenate([first, y[:, :, -1:]], axis=2)[:, :, -1]
    shape = (batch, channels, steps, bands)
    y = ops.reshape(ops.transpose(y, (1, 2, 0)), shape)
    return y, ops.reshape(ops.transpose(last), (batch, channels, bands))


def _over_blocks(x, decay, gain, first, levels):
    """Computes the recursion over `(bands, rows, steps)` from `first`, `(bands, rows, 1)`."""
    if levels == 0 or (known(x, 2) or _BLOCK + 1) <= _BLOCK:
        return _at_once(x, decay, gain, first)
    bands, rows, steps = ops.shape(x)
    blocks = (steps + _BLOCK - 1) // _BLOCK
    powers = _powers(decay)
    x = ops.reshape(_filled(x, blocks), (bands, rows * blocks, _BLOCK))
    inside = _product(x, _triangle(gain * cut(powers, axis=0, start=0, size=_BLOCK)))
    ends = cut(inside, axis=2, start=_BLOCK - 1, size=1)
    ends = ops.reshape(ends, (bands, rows, blocks))
    after = _over_blocks(ends, powers[_BLOCK], ops.ones_like(gain), first, levels - 1)
    before = cut(ops.concatenate([first, after], axis=2), axis=2, start=0, size=blocks)
    carried = ops.reshape(before, (bands, rows * blocks, 1)) * _line(
        cut(powers, axis=0, start=1, size=_BLOCK)
    )
    y = ops.reshape(inside + carried, (bands, rows, blocks * _BLOCK))
    return cut(y, axis=2, start=0, size=steps)


def _filled(x, blocks):
    """Pads `(bands, rows, steps)` with zeros after the last step, to whole blocks."""
    steps = known(x, 2)
    added = _BLOCK - 1 if steps is None else blocks * _BLOCK - steps
    x = ops.pad(x, [(0, 0), (0, 0), (0, added)]) if added else x
    return cut(x, axis=2, start=0, size=blocks * _BLOCK) if steps is None else x


def _at_once(x, decay, gain, first):
    """Computes the same as one triangular matrix product."""
    position = ops.cumsum(ops.ones_like(x[0, :1]), axis=1)
    distance = position - ops.transpose(position)
    each, factor = (ops.reshape(v, (*v.shape, 1, 1)) for v in (decay, gain))
    # Exponents of 0 and below are replaced before the power is computed, because its gradient
    # is not finite for a decay of 0.
    later = distance > 0
    powers = ops.power(each, ops.where(later, distance, ops.ones_like(distance)))
    same = ops.cast(ops.equal(distance, 0), x.dtype)
    inside = _product(x, factor * ops.where(later, powers, same))
    return inside + first * ops.power(each, position)


def _powers(decay):
    """Returns `decay ** n` for n = 0 .. `_BLOCK`, one row each."""
    exponents = np.arange(1, _BLOCK + 1).reshape(-1, *[1] * len(decay.shape))
    powers = ops.power(decay, ops.convert_to_tensor(exponents, dtype=decay.dtype))
    # The ones are not computed as powers: backends differentiate `x ** 0` at 0 as 0 / 0.
    return ops.concatenate([ops.ones_like(powers[:1]), powers], axis=0)


def _triangle(powers):
    """Returns the matrices `powers[i - j]` for j <= i and 0 elsewhere, `(..., j, i)`.

    The sequence of `_BLOCK` zeros and the powers is repeated, then reshaped to rows that are
    one number shorter than the sequence. Each row is thereby shifted by one. Unlike that of a
    gather, the gradient is fast.
    """
    row = ops.concatenate([ops.zeros_like(powers), powers], axis=0)
    row = ops.moveaxis(row, 0, -1)
    lead = tuple(row.shape[:-1])
    row = ops.tile(row, [1] * len(lead) + [_BLOCK])
    row = cut(row, axis=len(lead), start=_BLOCK, size=_BLOCK * (2 * _BLOCK - 1))
    lines = ops.reshape(row, (*lead, _BLOCK, 2 * _BLOCK - 1))
    return cut(lines, axis=len(lead) + 1, start=0, size=_BLOCK)


def _line(powers):
    """Returns `(steps,)` or `(steps, bands)` as matrices of one row, `(..., 1, steps)`."""
    return ops.expand_dims(ops.moveaxis(powers, 0, -1), axis=-2)


def _product(x, matrix):
    """Returns `x @ matrix` for one matrix, or for one matrix per band."""
    if len(matrix.shape) == 2:
        bands, rows, steps = ops.shape(x)
        rows = ops.reshape(x, (bands * rows, steps))
        return ops.reshape(ops.einsum("nj,ji->ni", rows, matrix), ops.shape(x))
    if keras.backend.standardize_dtype(x.dtype) == "float64":
        # On PyTorch, Keras 3.15 computes `ops.matmul` in float32 even for float64 inputs.
        return ops.einsum("bij,bjk->bik", x, matrix)
    return ops.matmul(x, matrix)
