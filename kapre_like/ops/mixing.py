"""Mixtures: of a signal and noise, and of two examples, with the levels they need."""

from keras import ops

from kapre_like.ops.masking import length_mask
from kapre_like.ops.polar import one_for, root, vanishes, zero_for
from kapre_like.ops.segments import steps


def from_quantiles(draws, *, quantiles):
    """Returns samples of a distribution that is given by its quantiles.

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
    """Returns `value`, `(batch,)`, in a shape that broadcasts against `x`, in its dtype."""
    return ops.cast(ops.reshape(value, (-1, *[1] * (len(x.shape) - 1))), x.dtype)


def mixed_by_pressure(x, other, *, ratio, length, other_length):
    """Mixes waveforms so that their sound pressures have the ratio of their labels.

    `(p x + (1 - p) other) / sqrt(p ** 2 + (1 - p) ** 2)` with
    `p = 1 / (1 + 10 ** ((G - G') / 20) * (1 - ratio) / ratio)`. `G` and `G'` are the sound
    pressure levels in dB, computed from the RMS of the valid samples. If one of the two
    waveforms is silent, `p = ratio`.

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
    # Numerator and denominator are multiplied by the pressure of `other`: no division by 0.
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
    """Returns `x` with a span replaced by that of `other`, and the remaining share of `x`.

    The span takes the share `1 - keep` of the steps that both examples have. In a spectrogram
    it is a box of frames and bins, whose sides are equal shares of both axes.

    Args:
        x: Float tensor `(batch, time)`, `(batch, time, channels)` or
            `(batch, time, freqs, channels)`.
        other: Float tensor of the same shape.
        keep: Float32 `(batch,)` in 0 .. 1.
        draws: Float32 `(batch, 2)` in [0, 1), for the positions in time and in frequency.
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
    """Returns the mask of a span of `width`, rounded, inside `limit`, and the span's width."""
    width = ops.round(width)
    start = ops.floor(draw * (limit - width + 1.0))
    start, end = (ops.cast(edge, "int32") for edge in (start, start + width))
    return (position >= start[:, None]) & (position < end[:, None]), width


def add_noise(x, *, noise, deviation):
    """Returns `x + deviation * noise`.

    Args:
        x: Float tensor `(batch, time, ...)`.
        noise: Float tensor of the same shape.
        deviation: Float tensor `(batch,)`, one per clip.
    """
    return x + ops.reshape(deviation, (-1, *[1] * (len(x.shape) - 1))) * noise


def add_noise_at_snr(x, *, noise, snr_db, length):
    """Returns `x` with noise at a ratio of energies, measured on the valid samples.

    `10 log10(sum(x ** 2) / sum((y - x) ** 2)) = snr_db`, both sums over all channels. If the
    signal or the noise is silent, the result is `x`.

    Args:
        x: Float tensor `(batch, samples, channels)`, zero past each end.
        noise: Float tensor `(batch, samples, channels)` or `(batch, samples, 1)`.
        snr_db: Float tensor `(batch,)`, dB.
        length: int32 `(batch,)`, valid samples.
    """
    # Mono noise is added to every channel, so its energy counts once per channel.
    copies = ops.shape(x)[-1] // ops.shape(noise)[-1]
    present = energy(noise, length=length) * ops.cast(copies, x.dtype)
    wanted = energy(x) * ops.power(10.0, -snr_db / 10.0)
    return add_noise(x, noise=noise, deviation=gain_to(wanted, present=present))


def take_repeated(blocks, *, first, count, begin, samples):
    """Returns a segment of each example's recording, which is repeated if it is too short.

    Args:
        blocks: Float tensor `(blocks, size)`, all recordings one after the other.
        first: int32 `(batch,)`, first block of the recording.
        count: int32 `(batch,)`, blocks of the recording.
        begin: int32 `(batch,)`, block of the recording where the segment begins.
        samples: Int or int tensor, length of the segment.

    Returns:
        `(batch, samples)`.
    """
    size = blocks.shape[-1]
    steps = ops.expand_dims(ops.arange(samples // size + 1, dtype="int32"), axis=0)
    first, count, begin = (ops.expand_dims(n, axis=-1) for n in (first, count, begin))
    taken = ops.take(blocks, first + (begin + steps) % count, axis=0)
    return ops.reshape(taken, (-1, (samples // size + 1) * size))[:, :samples]


# Sum of squares below which an example counts as silence, so that no quotient overflows. It is
# the energy of 10 s at -240 dB for samples in [-1, 1].
_SILENCE = 1e-20


def energy(x, *, length=None):
    """Returns the sum of squares of each example, `(batch,)`.

    Args:
        x: Float tensor `(batch, samples, channels)`.
        length: int32 `(batch,)`, valid samples, or `None` if all are valid.
    """
    if length is not None:
        # A product is faster than `where`.
        valid = ops.cast(length_mask(x, length=length), x.dtype)
        x = x * ops.expand_dims(valid, axis=-1)
    return ops.sum(ops.square(x), axis=(1, 2))


def gain_to(wanted, *, present):
    """Returns the gain from energy `present` to energy `wanted`; 0 if `present` is silence.

    Args:
        wanted: Float tensor `(batch,)`, energies.
        present: Float tensor `(batch,)`, energies.
    """
    silent = present < _SILENCE
    return zero_for(silent, root(wanted / one_for(silent, present)))
