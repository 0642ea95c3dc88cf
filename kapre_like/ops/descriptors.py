"""Descriptors of a spectrum: one number, or a few, for each frame.

Powers are `(batch, channels, frames, freqs)`. Results have the values of a frame on the last
axis. The definitions are those of `features.descriptors`. Gradients are finite at silence: no
root, logarithm or quotient is computed at 0.
"""

import math

from keras import ops

from kapre_like.ops.polar import one_for, root, unless_nan, vanishes
from kapre_like.ops.sizes import as_int

# Smaller powers are replaced by this, -100 dB.
_AMIN = 1e-10
# Bins below this ratio to the loudest bin, and frames whose loudest bin is below this power,
# have no gradient.
_NEXT_TO_NOTHING, _FAINTEST = 1e-14, 1e-24
# Larger than any magnitude.
_HUGE = 3e38
# Factor from the natural logarithm of a power to dB.
DB_PER_NEPER = 10.0 / math.log(10.0)


def decibel(power):
    """Returns `10 * log10(max(power, 1e-10))`."""
    return DB_PER_NEPER * ops.log(floored(power, _AMIN))


def floored(x, amin):
    """Returns `x`, or `amin` where `x` is smaller."""
    # Not `ops.maximum`: on PyTorch, Keras 3.15 returns float32 even for float64 inputs.
    return ops.clip(x, amin, _HUGE)


def shares(power):
    """Returns each bin's share of the frame's magnitudes, `S / sum(S)`; zeros for silence.

    Bins 140 dB below the frame's loudest bin, and frames below -240 dB, have no gradient,
    because it would overflow.
    """
    loudest = ops.stop_gradient(_largest(power))
    relative = power / one_for(vanishes(loudest), loudest)
    still = (relative < _NEXT_TO_NOTHING) | (loudest < _FAINTEST)
    magnitude = root(ops.where(still, ops.stop_gradient(relative), relative))
    total = ops.sum(magnitude, axis=-1, keepdims=True)
    return magnitude / one_for(vanishes(total), total)


def centroid(power, *, hz):
    """Returns the mean frequency weighted by magnitude, Hz; 0 for silence.

    Args:
        power: Float tensor `(..., freqs)`, >= 0.
        hz: Array `(freqs,)` of the same dtype.
    """
    return ops.sum(ops.multiply(shares(power), hz), axis=-1, keepdims=True)


def bandwidth(power, *, hz):
    """Returns the standard deviation of frequency around `centroid`, Hz; 0 for silence."""
    share = shares(power)
    middle = ops.sum(ops.multiply(share, hz), axis=-1, keepdims=True)
    # Not E[f ** 2] - E[f] ** 2: the difference of two nearly equal numbers is inaccurate in
    # float32.
    distance = ops.subtract(hz, middle)
    return root(ops.sum(share * distance * distance, axis=-1, keepdims=True))


def rolloff(power, *, step, share):
    """Returns the lowest frequency below which `share` of the sum of magnitudes lies, Hz.

    It counts the bins whose cumulative sum is below this share. Counting by `sign` gives a
    gradient of 0 everywhere, which is right for a step function, instead of no gradient.

    Args:
        power: Float tensor `(..., freqs)`, >= 0.
        step: Float > 0, Hz from bin to bin.
        share: Float in 0 .. 1.
    """
    magnitude = root(power)
    cumulative = ops.cast(ops.cumsum(magnitude, axis=-1), magnitude.dtype)
    total = cumulative[..., -1:]
    below = ops.sum(ops.relu(ops.sign(share * total - cumulative)), axis=-1, keepdims=True)
    return unless_nan(step * below, of=total)


def flatness(power, *, amin):
    """Returns the logarithm of the ratio of geometric to arithmetic mean of powers, nepers.

    Args:
        power: Float tensor `(..., freqs)`, >= 0.
        amin: Float > 0. Smaller powers are replaced by it.
    """
    power = floored(power, amin)
    # Relative to the loudest bin, which cancels in the ratio: equal powers give exactly 0.
    loudest = ops.stop_gradient(_largest(power))
    power = power / loudest
    geometric = ops.mean(ops.log(power), axis=-1, keepdims=True)
    return geometric - ops.log(ops.mean(power, axis=-1, keepdims=True))


def contrast(power, *, octaves):
    """Returns the ratio of the means of each band's loudest and faintest magnitudes, dB.

    Args:
        power: Float tensor `(..., freqs)`, >= 0.
        octaves: Output of `filters.octaves.contrast_octaves`.

    Returns:
        `(..., len(octaves))`.
    """
    magnitude = root(power)
    bands = [_contrast(magnitude[..., o.first : o.stop], o.count) for o in octaves]
    return ops.concatenate(bands, axis=-1)


def _contrast(band, count):
    if count == 1:  # one loudest and one faintest bin: no need to sort
        peak, valley = _largest(band), -_largest(-band, min_value=-_HUGE)
    else:
        peak = ops.mean(ops.top_k(band, count)[0], axis=-1, keepdims=True)
        valley = -ops.mean(ops.top_k(-band, count)[0], axis=-1, keepdims=True)
    difference = decibel(peak * peak) - decibel(valley * valley)
    return unless_nan(difference, of=ops.sum(band, axis=-1, keepdims=True))


def flux(power, *, rectify):
    """Returns the Euclidean distance between the magnitudes of a frame and the frame before.

    The value of the first frame is 0.

    Args:
        power: Float tensor `(..., frames, freqs)`, >= 0.
        rectify: Whether only increases of magnitude count.
    """
    magnitude = root(power)
    before = ops.concatenate([magnitude[..., :1, :], magnitude[..., :-1, :]], axis=-2)
    change = magnitude - before
    change = ops.relu(change) if rectify else change
    return root(ops.sum(change * change, axis=-1, keepdims=True))


def energy_ratio(power, *, split):
    """Returns the ratio of the energy of the first `split` bins to that of the others, dB."""
    low = ops.sum(power[..., :split], axis=-1, keepdims=True)
    high = ops.sum(power[..., split:], axis=-1, keepdims=True)
    return decibel(low) - decibel(high)


def zero_crossings(frames):
    """Returns the share of neighboring samples that differ in sign; 0 counts as positive.

    Args:
        frames: Float tensor `(..., frames, frame_length)`, at least two samples each.
    """
    # Counting by `sign` gives a gradient of 0, which is right for a step function, instead of
    # no gradient.
    negative = ops.relu(-ops.sign(frames))
    changes = ops.abs(negative[..., 1:] - negative[..., :-1])
    share = ops.mean(changes, axis=-1, keepdims=True)
    return unless_nan(share, of=ops.sum(frames, axis=-1, keepdims=True))


def mean_square(frames):
    """Returns the mean of the squared samples of `(..., frames, frame_length)`."""
    return ops.mean(frames * frames, axis=-1, keepdims=True)


def peak(frames):
    """Returns the largest absolute sample of `(..., frames, frame_length)`."""
    size = ops.abs(frames)
    return unless_nan(_largest(size), of=ops.sum(size, axis=-1, keepdims=True))


def _largest(x, *, min_value=0.0):
    """Returns the maximum over the last axis of values that are at least `min_value`."""
    if 0 in [as_int(size) for size in x.shape]:
        return x[..., :1]
    # With `initial` Keras accepts a clip without frames, and adds no check to the graph.
    return ops.max(x, axis=-1, keepdims=True, initial=min_value)
