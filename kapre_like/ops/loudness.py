"""Loudness of ITU-R BS.1770: weighted power of overlapping blocks, then gates."""

import math

from keras import ops

from kapre_like.ops.framing import frame
from kapre_like.ops.polar import unless_nan
from kapre_like.ops.sizes import greatest

# With this offset a 997 Hz sine at full scale in one channel has -3.01 LUFS.
_OFFSET = -0.691


def block_power(x, *, weights, hop_length, hops, fill):
    """Returns the power of each block, summed over channels with weights.

    Args:
        x: Float tensor `(batch, channels, samples)`, K-weighted, zero past each clip's end.
        weights: Float tensor `(channels,)` of the same dtype.
        hop_length: Int > 0, samples from one block to the next.
        hops: Int > 0, hops per block.
        fill: Int >= 0, samples that the last block may lack. They are padded with zeros.

    Returns:
        `(batch, blocks)`, at least one block.
    """
    samples = ops.shape(x)[-1]
    length = hops * hop_length
    count = hops + (greatest(samples, length - fill) - (length - fill)) // hop_length
    # Pad enough for any length, then cut to the whole hops that the blocks cover.
    x = ops.pad(x, [(0, 0), (0, 0), (0, length + fill)])[:, :, : count * hop_length]
    batch, channels, _ = ops.shape(x)
    x = ops.reshape(x, (batch, channels, count, hop_length))
    power = ops.sum(ops.square(x), axis=-1) * (weights[:, None] / length)
    power = ops.sum(power, axis=1)
    return ops.sum(frame(power, frame_length=hops, hop_length=1), axis=-1)


def lufs(power, *, floor):
    """Returns `-0.691 + 10 log10(power)`, at least `floor` LUFS.

    Args:
        power: Float tensor >= 0.
        floor: Float, LUFS.
    """
    min_power = power_of(floor)
    level = _OFFSET + 10.0 / math.log(10.0) * ops.log(ops.maximum(power, min_power))
    return unless_nan(level, of=power)


def power_of(loudness):
    """Returns the power of a loudness in LUFS."""
    return 10.0 ** ((loudness - _OFFSET) / 10.0)


def gated_power(power, *, absolute, relative, valid):
    """Returns the mean power of the blocks that pass both gates, 0 if none does.

    A block passes the absolute gate if its power is above `absolute`. It passes the relative
    gate if its power is above `relative` times the mean power of the blocks that pass the
    absolute gate. The gates are step functions: the gradient flows through the mean alone.

    Args:
        power: Float tensor `(batch, blocks)`.
        absolute: Float, power.
        relative: Float in 0 .. 1.
        valid: Boolean `(batch, blocks)`, blocks of the clip, or `None` if all are.

    Returns:
        `(batch, 1)`.
    """
    # "Not below" instead of "above": NaN must pass the gates, and NaN > `absolute` is false.
    passed = ops.logical_not(power <= absolute)
    if valid is not None:
        passed = ops.logical_and(passed, valid)
    gate = ops.stop_gradient(relative * _mean(power, passed))
    return _mean(power, ops.logical_and(passed, ops.logical_not(power <= gate)))


def _mean(power, passed):
    weight = ops.cast(passed, power.dtype)
    count = ops.maximum(ops.sum(weight, axis=1, keepdims=True), 1.0)
    return ops.sum(power * weight, axis=1, keepdims=True) / count
