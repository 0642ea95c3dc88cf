"""Band-limited resampling: at a fixed ratio, and at a speed of each example's own.

A fixed ratio is computed as matrix products, a speed per example by a windowed sinc.
"""

import math

import numpy as np
from keras import ops

from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.framing import frame
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.segments import rows_at


def resample(x, *, resampler, count):
    """Returns `x` at another sample rate.

    The input is split into blocks that do not overlap. A block of output is the sum of two
    products, one with this block and one with the next, so no input window is copied per
    output sample.

    Args:
        x: Float tensor `(batch, channels, samples)`, taken as 0 outside the clip.
        resampler: Output of `filters.resampling.resampler`.
        count: Int or int tensor, samples of the result.

    Returns:
        `(batch, channels, count)`.
    """
    make = _two_blocks if resampler.starts is None else _chunks
    y = make(x, resampler)
    batch, channels, blocks, outputs = ops.shape(y)
    y = ops.reshape(y, (batch, channels, blocks * outputs))
    return y[:, :, :count]


def resampled_lengths(length, *, source, target):
    """Returns `ceil(length * target / source)` for ints or int tensors, without overflow."""
    whole, rest = length // source, length % source
    return whole * target + (rest * target + source - 1) // source


def resampled_mask(mask, *, source, target):
    """Returns the mask of the valid samples of the result.

    Output sample `j` is valid if `j < length * target / source`, that is, if input sample
    `j * source // target` is valid.

    Args:
        mask: Boolean `(batch, samples)`.
        source: Int > 0, input samples per period.
        target: Int > 0, output samples per period.
    """
    batch, samples = ops.shape(mask)
    periods = samples // source + 1
    mask = ops.pad(ops.cast(mask, "int32"), [(0, 0), (0, source)])[:, : periods * source]
    index = (np.arange(target) * source // target).astype("int32")
    valid = ops.take(ops.reshape(mask, (batch, periods, source)), index, axis=2)
    valid = ops.reshape(valid, (batch, periods * target)) > np.int32(0)
    return valid[:, : resampled_lengths(samples, source=source, target=target)]


def _two_blocks(x, resampler):
    """Computes blocks of output from pairs of neighboring blocks of input."""
    source = resampler.source
    batch, channels, samples = ops.shape(x)
    blocks = samples // source + 1
    edges = (resampler.reach, 2 * source - resampler.reach)
    x = ops.pad(x, [(0, 0), (0, 0), edges])[:, :, : (blocks + 1) * source]
    x = ops.reshape(x, (batch, channels, blocks + 1, source))
    kernel = ops.convert_to_tensor(resampler.kernels[0], dtype=x.dtype)
    this = apply_matrix(x[:, :, :-1], matrix=kernel[:source])
    return this + apply_matrix(x[:, :, 1:], matrix=kernel[source:])


def _chunks(x, resampler):
    """Computes blocks of output from windows of long blocks of input."""
    chunks, window, _ = resampler.kernels.shape
    length = int(resampler.starts[-1]) + window
    more = max(length, resampler.source) - resampler.reach
    x = ops.pad(x, [(0, 0), (0, 0), (resampler.reach, more)])
    frames = frame(x, frame_length=length, hop_length=resampler.source)
    index = (resampler.starts[:, None] + np.arange(window)).astype("int32")
    windows = ops.take(frames, index, axis=-1)
    kernels = ops.convert_to_tensor(resampler.kernels, dtype=x.dtype)
    y = ops.einsum("nctkw,kwo->nctko", windows, kernels)
    batch, channels, blocks, _, outputs = ops.shape(y)
    y = ops.reshape(y, (batch, channels, blocks, chunks * outputs))
    return y[..., : resampler.target]


# Zero crossings of the sinc on either side, and its cutoff as a share of half the lower rate.
_CROSSINGS, _ROLLOFF = 20, 0.92
# A speed is a fraction with the denominator `_ONE`: positions are then exact in int32.
_BITS = 18
_ONE = 1 << _BITS
# The highest speed for which the products fit into int32.
FASTEST = 4.0
_BLOCK = 1024
# Taps that are computed together. More taps need more memory, fewer taps a larger graph.
_GROUP = 8


def speed_units(speed):
    """Returns speeds in units of 2 ** -18, int32; the error is below 0.01 cents."""
    return ops.cast(ops.round(speed * float(_ONE)), "int32")


def lengths_at_speed(length, *, units, time):
    """Returns `round(length / speed)`, at most `time`, and at least 1 for a non-empty example.

    Args:
        length: Int32 `(batch,)`, valid samples.
        units: Int32 `(batch,)`, output of `speed_units`.
        time: Int or int tensor, the size of the time axis.
    """
    speed = ops.cast(units, "float32") / float(_ONE)
    ends = ops.cast(ops.round(ops.cast(length, "float32") / speed), "int32")
    return ops.minimum(ops.maximum(ends, ops.minimum(length, 1)), time)


def positions_at_speed(count, *, units):
    """Returns positions of output samples in the input: the nearest sample, and the rest.

    `t * speed` in float32 would be wrong by a hundredth of a sample after ten seconds.
    Therefore `t = a * 1024 + b`, and the integer and fractional parts of the products are
    computed separately.

    Args:
        count: Int or int tensor, output samples.
        units: Int32 `(batch,)`, output of `speed_units`.

    Returns:
        Int32 `(batch, count)` and float32 `(batch, count)` in -0.5 .. 0.5.
    """
    t = ops.expand_dims(ops.arange(count, dtype="int32"), axis=0)
    units = ops.expand_dims(units, axis=1)
    a, b = t // _BLOCK, t % _BLOCK
    coarse, fine = units * _BLOCK // _ONE, units * _BLOCK % _ONE
    rest = (a * fine) % _ONE + (b * units) % _ONE
    whole = a * coarse + (a * fine) // _ONE + (b * units) // _ONE + rest // _ONE
    part = ops.cast(rest % _ONE, "float32") / float(_ONE)
    later = ops.cast(part >= 0.5, "int32")
    return whole + later, part - ops.cast(later, "float32")


def at_speed(x, *, units, count, max_speed):
    """Returns `y[t] = x(t * speed)`, band-limited; `x` is 0 outside its samples.

    `x(p) = sum_k x[k] * c * sinc(c * (k - p)) * cos(pi * c * (k - p) / (2 * W)) ** 2` over
    `|c * (k - p)| < W`, with `c` a little less than `min(1, 1 / speed)`. Frequencies that
    would alias at a higher speed are filtered out.

    Args:
        x: Float tensor `(batch, time, channels)`.
        units: Int32 `(batch,)`, output of `speed_units`.
        count: Int or int tensor, output samples.
        max_speed: Number, the highest speed that may be drawn; it sets the number of taps.

    Returns:
        `(batch, count, channels)`.

    Source: J. O. Smith, Digital audio resampling, 2002: the windowed sinc; the window is
        Hann's.
    """
    reach = math.ceil(_CROSSINGS * max(1.0, max_speed) / _ROLLOFF)
    speed = ops.expand_dims(ops.cast(units, "float32") / float(_ONE), axis=1)
    nearest, part = positions_at_speed(count, units=units)
    weights = _weights(_ROLLOFF / ops.maximum(speed, 1.0), part)
    beyond = ops.shape(x)[1] + 2 * reach
    x = ops.pad(x, [(0, 0), (reach, reach + 1), (0, 0)])
    total = 0.0
    for first in range(-reach, reach + 1, _GROUP):
        taps = np.arange(first, first + _GROUP, dtype="int32")
        # The last sample of `x` is a zero. All positions further out read it.
        index = ops.add(ops.expand_dims(nearest, axis=2), taps + reach)
        total = total + _weighted(x, ops.clip(index, 0, beyond), weights(taps))
    return total


def _weighted(x, index, weights):
    """Returns the weighted sum of samples at `index`, which is `(batch, count, taps)`."""
    batch, count, taps = ops.shape(index)
    samples = rows_at(x, ops.reshape(index, (batch, count * taps)))
    samples = ops.reshape(samples, (batch, count, taps, x.shape[2]))
    return ops.sum(samples * ops.expand_dims(ops.cast(weights, x.dtype), axis=3), axis=2)


def _weights(cutoff, part):
    """Returns a function that computes the weights of samples at distance `k` from the nearest.

    `sin` and `cos` of `k - part` are computed from those of `k`, one number per example and
    tap, and from those of `part`, which are the same for all taps.
    """
    cutoff, part = ops.expand_dims(cutoff, axis=2), ops.expand_dims(part, axis=2)
    angle, slow = np.pi * cutoff, np.pi * cutoff / (2.0 * _CROSSINGS)
    sine, cosine = ops.sin(angle * part), ops.cos(angle * part)
    slow_sine, slow_cosine = ops.sin(slow * part), ops.cos(slow * part)

    def weights(taps):
        k = ops.convert_to_tensor(taps.astype("float32"))
        distance, middle = k - part, 0.0
        if 0 in taps:
            middle = ops.cast(ops.equal(distance, 0.0), "float32")
        up = ops.sin(angle * k) * cosine - ops.cos(angle * k) * sine
        value = up / (np.pi * (distance + middle)) + middle * cutoff
        window = ops.cos(slow * k) * slow_cosine + ops.sin(slow * k) * slow_sine
        value = value * window * window
        if np.abs(taps).max() + 0.5 <= _CROSSINGS / _ROLLOFF:
            return value  # inside the window at every speed
        inside = ops.abs(cutoff * distance) < _CROSSINGS
        return ops.where(inside, value, ops.zeros_like(value))

    return weights


def changed_speed(x, *, speed, length, max_speed):
    """Returns the batch at each example's speed, in the same shape, and its new lengths.

    Args:
        x: Float tensor `(batch, time, channels)`, zero from `length` on.
        speed: Float32 `(batch,)`.
        length: Int32 `(batch,)`, valid samples.
        max_speed: Number, as in `at_speed`.
    """
    time, units = ops.shape(x)[1], speed_units(speed)
    ends = lengths_at_speed(length, units=units, time=time)
    y = at_speed(x, units=units, count=time, max_speed=max_speed)
    valid = ops.expand_dims(ops.arange(time, dtype="int32"), 0) < ops.expand_dims(ends, 1)
    return zero_invalid(y, mask=valid), ends
