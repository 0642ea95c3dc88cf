"""Energy of modulated band-pass filters, pooled over time, at a rate that each filter needs.

A filter is an envelope times a carrier. Its output changes as slowly as its envelope, so a few
output samples per hop contain all of its energy. The waveform is cut into blocks. The output
samples that fall into one block are one matrix product of the blocks around it. Envelopes of
the filters, and windows over energies, are functions of time.
"""

import math

import numpy as np
from keras import ops

from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.sizes import cut, greatest, known, symbolic


def band_energy(x, *, groups, matrices, reach, hop_length, length):
    """Returns each filter's energy around every frame, `(batch, channels, frames, filters)`.

    `y[t] = sum_s x[t - s] * envelope(s) * exp(1j * center * s)` inside the clip, 0 outside.
    `energy[m] = sum_t power(y[m * hop_length + t]) * pooling(t)`, where `power` is the weighted
    sum of the squared real and imaginary parts. A group with a step of one sample computes
    this sum exactly. A group with a longer step evaluates `y` in the middle of each step.

    Args:
        x: Float tensor `(batch, channels, samples)`, zero past each clip's length.
        groups: List of `filters.decimation.Group`. Each filter is in one of them.
        matrices: Output of `band_matrices` for these groups.
        reach: Int, half width of the window over energies, in samples.
        hop_length: Int > 0, samples between frames.
        length: Int tensor `(batch,)`, valid samples of each clip, or `None` if all samples are
            valid.
    """
    batch, channels, samples = ops.shape(x)
    frames = frame_total(x, hop_length)
    rows = ops.reshape(x, (batch * channels, samples))
    inside = _inside(rows, length, channels, hop_length)
    parts = [
        _pooled(rows, group, frames, inside, *pair, reach)
        for group, pair in zip(groups, matrices, strict=True)
    ]
    energy = parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=-1)
    order = np.argsort(np.concatenate([group.filters for group in groups]))
    if (np.diff(order) != 1).any():
        energy = ops.take(energy, order.astype("int32"), axis=-1)
    return ops.reshape(energy, (batch, channels, frames, len(order)))


def band_matrices(groups, *, envelope, center, shares, pooling):
    """Returns two matrices per group: its filters, and the weight of each instant in a frame.

    They depend on the filters alone, so a stream computes them once per clip.

    Args:
        groups: List of `filters.decimation.Group`. Each filter is in one of them.
        envelope: Function. Maps an array of times in samples, `(...)`, and indices of filters
            to a float tensor `(..., filters)`, which is 0 beyond the filters' ends.
        center: Float tensor `(filters,)`, radians per sample.
        shares: Float tensor `(2, filters)`, weights of the real and the imaginary part;
            `(1, filters)` uses the real part alone.
        pooling: Function like `envelope` for the window over energies. Its attribute
            `pooling.reach` is the half width in samples.
    """
    return [
        (
            _kernel(group, envelope, center, shares.shape[0]),
            _pooling_matrix(group, shares, pooling),
        )
        for group in groups
    ]


class GaussianPooling:
    """Gaussian windows over energies. The area is 1 before they are cut off at `reach`.

    Args:
        width: Float tensor `(filters,)`, standard deviations in samples.
        reach: Int, samples on each side of the center.
    """

    def __init__(self, width, reach):
        self.width, self.reach = width, reach

    def __call__(self, times, members):
        return gaussian(times, members, width=self.width, reach=math.inf)


def frame_total(x, hop_length):
    """Returns the number of frames: one per started hop of the last axis, at least one.

    The result is an int if the size of the axis is known.
    """
    samples = ops.shape(x)[-1]
    hops = (samples + hop_length - 1) // hop_length
    return greatest(hops, 1)


def _kernel(group, envelope, center, parts):
    """Returns a group's filters, starting at each instant: `(span, block length, columns)`."""
    times, members = group.times, np.array(group.filters, "int32")
    shape = envelope(times, members)
    angle = _constant(times[..., None], shape) * ops.take(center, members, axis=0)
    kernel = [shape * ops.cos(angle), shape * ops.sin(angle)][:parts]
    return ops.reshape(ops.stack(kernel, axis=2), (group.span, group.block, -1))


def _samples(rows, group, frames, kernel):
    """Returns samples of filter outputs, `(rows, blocks, instants * parts * filters)`."""
    size, span = group.block, group.span
    total = frames * group.hop_length + (span - 1) * size
    x = ops.pad(rows, [(0, 0), (group.lead, group.hop_length + (span - 1) * size)])
    x = ops.reshape(x[:, :total], (ops.shape(x)[0], frames * group.blocks + span - 1, size))
    if symbolic(x):
        count = frames * group.blocks
        parts = [apply_matrix(x[:, n : n + count], matrix=kernel[n]) for n in range(span)]
        return sum(parts[1:], parts[0])
    # A convolution over blocks is the matrix product of overlapping rows, but does not copy
    # the rows. The input always has at least as many blocks as the kernel.
    return ops.conv(x, kernel, strides=1, padding="valid", data_format="channels_last")


def _pooled(rows, group, frames, inside, kernel, weight, reach):
    """Returns the energies of one group, `(rows, frames, filters)`."""
    count, steps = len(group.filters), group.per_hop
    y = _samples(rows, group, frames, kernel)
    power = ops.reshape(y * y, (-1, frames, steps, weight.shape[0] // steps))
    if inside is not None:
        power = power * _part(inside[:, :frames], group, power)
    before, after = _hops_around(group, reach)
    lines = before + 1 + after
    power = ops.reshape(power, (-1, frames, weight.shape[0]))
    spread = ops.reshape(apply_matrix(power, matrix=weight), (-1, frames, lines, count))
    spread = ops.pad(spread, [(0, 0), (before, after), (0, 0), (0, 0)])
    shifted = [
        cut(cut(spread, axis=1, start=line, size=frames), axis=2, start=line, size=1)
        for line in range(lines)
    ]
    return ops.squeeze(sum(shifted[1:], shifted[0]), axis=2)


def _hops_around(group, reach):
    """Returns how many hops before and after a frame are pooled into it."""
    edge = reach + 0.5
    return math.ceil(edge / group.hop_length), math.floor(edge / group.hop_length)


def _pooling_matrix(group, shares, pooling):
    """Returns the weights of a hop in the frames around it, as one matrix.

    A row is one number of the hop (instant, part, filter). A column is (hop, filter): the
    weight in the frame at that distance.
    """
    edge, count = pooling.reach + 0.5, len(group.filters)
    before, after = _hops_around(group, pooling.reach)
    hops = np.arange(-before, after + 1) * group.hop_length
    offset = hops[:, None] + group.instants  # (hops, instants)
    half = group.step / 2
    covered = np.minimum(offset + half, edge) - np.maximum(offset - half, -edge)
    members = np.array(group.filters, "int32")
    weight = pooling(offset, members)
    weight = weight * _constant(np.maximum(covered, 0.0)[..., None], weight)
    # (hops, instants, filters) to (instants, 1, filters, hops, 1). A filter weighs only itself.
    weight = ops.transpose(weight, (1, 2, 0))[:, None, :, :, None]
    same = _constant(np.eye(count), weight) * ops.take(shares, members, axis=1)[..., None]
    weight = weight * same[None, :, :, None, :]
    return ops.reshape(weight, (-1, len(hops) * count))


def _inside(rows, length, channels, hop_length):
    """Returns the valid samples from the start of each hop to the clip's end.

    An int tensor `(rows or 1, hops)`, or `None` if every hop is known to be full.
    """
    samples = known(rows, -1)
    if length is None and samples and samples % hop_length == 0:
        return None
    hops = ops.pad(rows[:1], [(0, 0), (0, hop_length)])[:, ::hop_length]
    start = (ops.cumsum(ops.ones_like(hops, dtype="int32"), axis=1) - 1) * hop_length
    if length is None:
        return ops.shape(rows)[-1] - start
    length = ops.repeat(ops.cast(length, "int32"), channels, axis=0)
    return ops.reshape(length, (-1, 1)) - start


def _part(inside, group, like):
    """Returns the share of each step inside the clip, `(rows or 1, frames, steps, 1)`."""
    # Counted as int up to here: float32 cannot represent the sample counts of a long clip.
    left = ops.cast(ops.clip(inside, 0, group.hop_length), like.dtype)
    steps = _constant(np.arange(group.per_hop), like)
    part = ops.expand_dims(left, axis=-1) / group.step - steps
    return ops.expand_dims(ops.clip(part, 0.0, 1.0), axis=-1)


def _constant(values, like):
    return ops.convert_to_tensor(values, dtype=like.dtype)


def gaussian(times, members, *, width, reach):
    """Returns `exp(-t ** 2 / (2 w ** 2)) / (sqrt(2 pi) * w)`, 0 where `|t| > reach`.

    Args:
        times: Array of any shape, samples.
        members: Int array, indices of the filters to compute.
        width: Float tensor `(filters,)`, standard deviations in samples.
        reach: Number, samples.

    Returns:
        Float tensor `(*times.shape, len(members))`.
    """
    width = ops.take(width, members, axis=0)
    times = np.asarray(times)[..., None]
    near = ops.convert_to_tensor(np.abs(times) <= reach, dtype=width.dtype)
    scaled = ops.convert_to_tensor(times, dtype=width.dtype) / width
    return near * ops.exp(-0.5 * scaled * scaled) / (math.sqrt(2.0 * math.pi) * width)


def windowed_sinc(times, members, *, band, reach):
    """Returns `sinc(band t) * hamming(t)`, 0 where `|t| > reach`.

    Multiplied by a cosine at the band's center it is the difference of two low-pass filters
    with cutoffs at the band's edges, divided by twice the bandwidth.

    Args:
        times: Array of any shape, samples.
        members: Int array, indices of the filters to compute.
        band: Float tensor `(filters,)`, > 0, bandwidths in cycles per sample.
        reach: Int > 0, samples.

    Returns:
        Float tensor `(*times.shape, len(members))`.
    """
    times = np.asarray(times)[..., None]
    near = np.abs(times) <= reach
    window = np.where(near, 0.54 + 0.46 * np.cos(np.pi * times / reach), 0.0)
    # The formula is 0 / 0 at time 0: it receives another time there, and its result is dropped.
    middle = times == 0
    angle = np.where(middle, 1.0, np.pi * times)
    window, middle, angle = (
        ops.convert_to_tensor(a, dtype=band.dtype) for a in (window, middle, angle)
    )
    angle = angle * ops.take(band, members, axis=0)
    return window * (middle + (1.0 - middle) * ops.sin(angle) / angle)
