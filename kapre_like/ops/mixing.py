"""Mixtures of two examples each: weights, sound pressure, and spans that change places."""

from keras import ops

from kapre_like.ops.quotients import one_for, root, vanishes
from kapre_like.ops.segments import steps


def from_quantiles(draws, *, quantiles):
    """Returns numbers of the distribution that has these quantiles.

    Args:
        draws: Float32 tensor `(batch,)` in [0, 1).
        quantiles: Float32 array, at evenly spaced probabilities from 0 to 1.
    """
    place = draws * float(len(quantiles) - 1)
    cell = ops.floor(place)
    index, table = ops.cast(cell, "int32"), ops.convert_to_tensor(quantiles)
    low, high = ops.take(table, index, axis=0), ops.take(table, index + 1, axis=0)
    return low + (place - cell) * (high - low)


def mixed(x, other, *, weight):
    """Returns `weight * x + (1 - weight) * other`.

    Args:
        x: Float tensor `(batch, ...)`.
        other: Float tensor of the same shape.
        weight: Float tensor `(batch,)` in 0 .. 1.
    """
    weight = per_example(weight, x)
    return weight * x + (1.0 - weight) * other


def per_example(value, x):
    """Returns `(batch,)` as it stands beside `x`, in the dtype of `x`."""
    return ops.cast(ops.reshape(value, (-1, *[1] * (len(x.shape) - 1))), x.dtype)


def mixed_by_pressure(x, other, *, ratio, length, other_length):
    """Returns waveforms mixed so that both are heard in the ratio that their labels have.

    `(p x + (1 - p) other) / sqrt(p ** 2 + (1 - p) ** 2)` with
    `p = 1 / (1 + 10 ** ((G - G') / 20) * (1 - ratio) / ratio)`, `G` and `G'` the sound
    pressure levels in dB: here those of the RMS of the valid samples. If one of the two is
    silent, `p = ratio`.

    Args:
        x: Float tensor `(batch, samples)` or `(batch, samples, channels)`, zero from `length`
            on.
        other: Float tensor of the same shape, zero from `other_length` on.
        ratio: Float tensor `(batch,)` in 0 .. 1.
        length: Int32 `(batch,)`, valid samples.
        other_length: The same of `other`.

    Source: Y. Tokozume et al., Learning from between-class examples for deep sound
        recognition, 2018.
    """
    own, its = pressure(x, length=length), pressure(other, length=other_length)
    # Both sides of the fraction times the pressure of the other: nothing is divided by 0.
    top, bottom = ratio * its, ratio * its + (1.0 - ratio) * own
    silent = vanishes(own) | vanishes(its)
    p = ops.where(silent, ratio, top / one_for(vanishes(bottom), bottom))
    return mixed(x, other, weight=p) / per_example(ops.sqrt(p * p + (1.0 - p) ** 2), x)


def pressure(x, *, length):
    """Returns the RMS of each example's valid samples, `(batch,)`; see `mixed_by_pressure`."""
    squares = ops.sum(ops.reshape(x * x, (ops.shape(x)[0], -1)), axis=1)
    count = ops.cast(ops.maximum(length, 1), x.dtype)
    return root(squares / (count * (x.shape[2] if len(x.shape) > 2 else 1)))


def with_span(x, other, *, keep, draws, length, other_length):
    """Returns `x` with a span of `other` at the same place, and the share of `x` that is left.

    The span takes the share `1 - keep` of the steps that both examples have. In a spectrogram
    it is a box of frames and bins whose sides are the same share of both.

    Args:
        x: Float tensor `(batch, time)`, `(batch, time, channels)` or
            `(batch, time, freqs, channels)`.
        other: Float tensor of the same shape.
        keep: Float32 `(batch,)` in 0 .. 1.
        draws: Float32 `(batch, 2)` in [0, 1): for the place in time and in frequency.
        length: Int32 `(batch,)`, valid steps.
        other_length: The same of `other`.

    Returns:
        Tensor like `x`, and float32 `(batch,)`.

    Source: S. Yun et al., CutMix: regularization strategy to train strong classifiers, 2019.
    """
    both = ops.cast(ops.minimum(length, other_length), "float32")
    box = len(x.shape) == 4
    side = ops.sqrt(1.0 - keep) if box else 1.0 - keep
    inside, width = _span(steps(x), side * both, draws[:, 0], both)
    area = width / ops.maximum(ops.cast(length, "float32"), 1.0)
    inside = ops.expand_dims(inside, axis=tuple(range(2, len(x.shape))))
    if box:
        bins = ops.cast(ops.shape(x)[2], "float32") * ops.ones_like(both)
        high, height = _span(steps(ops.swapaxes(x, 1, 2)), side * bins, draws[:, 1], bins)
        inside = inside & ops.expand_dims(high, axis=(1, 3))
        area = area * height / ops.maximum(bins, 1.0)
    return ops.where(inside, other, x), 1.0 - area


def _span(position, width, draw, limit):
    """Whether each position is in a span of about `width` inside `limit`, and its width."""
    width = ops.round(width)
    start = ops.floor(draw * (limit - width + 1.0))
    start, end = (ops.cast(edge, "int32") for edge in (start, start + width))
    return (position >= start[:, None]) & (position < end[:, None]), width
