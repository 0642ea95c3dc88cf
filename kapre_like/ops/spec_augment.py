"""Random changes of spectrograms: SpecAugment, warps and shifts, FilterAugment.

Nothing here draws random numbers: functions receive numbers from [0, 1) as `draws`, so the
same numbers give the same result.
"""

import numpy as np
from keras import ops

from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.segments import interpolated, positions, steps


def in_spans(position, draws, *, limit, min_width, max_width):
    """Returns whether each position lies in one of the spans that `draws` choose.

    `width = min_width + floor(u * (max_width - min_width + 1))` and
    `start = floor(v * (limit - width + 1))`. All widths are equally likely, and so are all
    starts that keep the span below `limit`.

    Args:
        position: Int32, broadcasts against `(batch, 1, ...)`.
        draws: Float32 `(batch, 2, spans)` in [0, 1): `u` and `v`.
        limit: Number or float32 `(batch, 1)`, number of positions.
        min_width: Int >= 0, minimum width.
        max_width: Number or float32 `(batch, 1)`, maximum width, in `min_width` .. `limit`.

    Returns:
        Boolean, `position` broadcast against `(batch, 1, ...)`.
    """
    width = min_width + ops.floor(draws[:, 0] * (max_width - min_width + 1))
    start = ops.floor(draws[:, 1] * (limit - width + 1))
    inner = tuple(range(1, len(position.shape)))
    start, width = (ops.expand_dims(ops.cast(n, "int32"), axis=inner) for n in (start, width))
    position = ops.expand_dims(position, axis=-1)
    return ops.any((position >= start) & (position < start + width), axis=-1)


def hidden(x, *, time_draws, freq_draws, time_mask_param, freq_mask_param, ratio, mask):
    """Returns the values that SpecAugment masks: spans of frames and of bins, in valid frames.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`; only its shape is used.
        time_draws: Float32 `(batch, 2, spans)` in [0, 1).
        freq_draws: The same for spans of bins.
        time_mask_param: Int >= 0, frames; widths are below it.
        freq_mask_param: Int >= 0, bins; widths are below it.
        ratio: Float in 0 .. 1, maximum share of a clip's valid frames in one span.
        mask: Boolean `(batch, frames)`, or `None`.

    Returns:
        Boolean, broadcasts against `x`.
    """
    frame, bin_ = positions(x, axis=1), positions(x, axis=2)
    frames, freqs = (ops.cast(ops.shape(x)[axis], "float32") for axis in (1, 2))
    if mask is not None:
        frames = ops.sum(ops.cast(mask, "float32"), axis=1, keepdims=True)
        mask = _beside(mask)
        # Only valid frames are numbered, so a span contains only valid frames.
        frame = ops.cumsum(ops.cast(mask, "int32"), axis=1) - 1
    longest = ops.minimum(_below(time_mask_param), ops.floor(ratio * frames))
    highest = ops.minimum(_below(freq_mask_param), freqs)
    where = ops.logical_or(
        in_spans(frame, time_draws, limit=frames, min_width=0, max_width=longest),
        in_spans(bin_, freq_draws, limit=freqs, min_width=0, max_width=highest),
    )
    return where if mask is None else ops.logical_and(where, mask)


def fill_value(x, *, kind, mask):
    """Returns the fill value: a number, or the mean or minimum of each channel's valid values.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`.
        kind: Float, `"mean"` or `"min"`.
        mask: Boolean `(batch, frames)`, or `None`.

    Returns:
        Tensor of the dtype of `x` that broadcasts against it. The mean of an empty clip is 0.
    """
    if not isinstance(kind, str):
        return ops.cast(kind, x.dtype)
    valid = ops.ones_like(x, dtype="bool")
    if mask is not None:
        valid = ops.logical_and(valid, _beside(mask))
    if kind == "min":
        x = ops.where(valid, x, ops.full_like(x, float("inf")))
        return ops.min(x, axis=(1, 2), keepdims=True, initial=float("inf"))
    count = ops.sum(ops.cast(valid, x.dtype), axis=(1, 2), keepdims=True)
    total = ops.sum(zero_invalid(x, mask=mask), axis=(1, 2), keepdims=True)
    return total / ops.maximum(count, 1.0)


def _below(param):
    return float(max(param - 1, 0))


def _beside(mask):
    """Returns a mask over frames, `(batch, frames, 1, 1)`."""
    return ops.expand_dims(ops.cast(mask, "bool"), axis=(2, 3))


def warped_time(x, *, draws, window, length):
    """Returns `x` with time warped linearly before and after one moved point.

    Source frame `c`, at least `w` frames from both ends, moves to `c + d` with `d` in -w .. w
    and `w = min(window, (length - 1) / 2)`. The first and the last valid frame do not move.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`.
        draws: Float32 `(batch, 2)` in [0, 1), for `c` and `d`.
        window: Int > 0, frames: W of the paper.
        length: Int32 `(batch,)`, valid frames.

    Source: D. S. Park et al., SpecAugment, 2019, section 2. The paper uses a thin-plate
        spline; this is its case of one dimension and one moved point.
    """
    last = ops.expand_dims(ops.maximum(ops.cast(length, "float32") - 1.0, 0.0), axis=1)
    max_shift = ops.minimum(float(window), last / 2.0)
    point = max_shift + draws[:, :1] * (last - 2.0 * max_shift)
    target = point + max_shift * (2.0 * draws[:, 1:] - 1.0)
    position = ops.cast(steps(x), "float32")
    before = point * position / ops.maximum(target, 1e-6)
    rest = (last - point) / ops.maximum(last - target, 1e-6)
    source = ops.where(position <= target, before, last - (last - position) * rest)
    return interpolated(x, source, last=last)


def resized(x, *, factor, anchor, length, fill):
    """Returns `x` stretched along time about a point of each example.

    `y[t] = x[a + (t - a) / factor]`, with linear interpolation between two frames.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`. To stretch frequency, swap the two
            axes.
        factor: Float32 `(batch,)` > 0; above 1 the result is longer.
        anchor: Float32 `(batch,)` in [0, 1): `a` as a share of the valid frames.
        length: Int32 `(batch,)`, valid frames.
        fill: Value outside the valid frames, broadcasts against `x`; `None` repeats the
            nearest frame.
    """
    last = ops.expand_dims(ops.maximum(ops.cast(length, "float32") - 1.0, 0.0), axis=1)
    point = ops.expand_dims(anchor, axis=1) * last
    position = ops.cast(steps(x), "float32")
    source = point + (position - point) / ops.expand_dims(factor, axis=1)
    y = interpolated(x, source, last=last)
    return y if fill is None else _filled(y, source, last, fill)


def shifted_bins(x, *, shift, fill):
    """Returns `y[..., f, :] = x[..., f - shift, :]`.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`.
        shift: Int32 `(batch,)`, bins; above 0 shifts up.
        fill: Value of bins that enter, broadcasts against `x`; `None` repeats the edge bin of
            the frame.
    """
    x = ops.swapaxes(x, 1, 2)
    source = ops.cast(steps(x) - ops.expand_dims(shift, axis=1), "float32")
    last = ops.cast(ops.shape(x)[1], "float32") - 1.0
    y = interpolated(x, source, last=last)
    y = y if fill is None else _filled(y, source, last, fill)
    return ops.swapaxes(y, 1, 2)


def outside_value(x, *, kind, mask):
    """Returns the fill value of a spectrogram: `None` for `"edge"`, else from `fill_value`."""
    return None if kind == "edge" else fill_value(x, kind=kind, mask=mask)


def _filled(y, source, last, fill):
    inside = ops.expand_dims((source >= 0) & (source <= last), axis=(2, 3))
    return ops.where(inside, y, fill)


def band_edges(*, count, draws, freqs, min_width):
    """Returns the edges of `count` bands from 0 to `freqs - 1`; the last edge is repeated.

    Edges are uniformly distributed, such that every band has at least `min_width` bins, or
    `(freqs - 1) / count` if there are too few bins.

    Args:
        count: Float32 `(batch,)`, bands of each example, at most `n`.
        draws: Float32 `(batch, n - 1)` in [0, 1).
        freqs: Int or int tensor, bins.
        min_width: Number > 0, bins.

    Returns:
        Float32 `(batch, n + 1)`, increasing.
    """
    last = ops.maximum(ops.cast(freqs, "float32") - 1.0, 0.0)
    count = ops.expand_dims(count, axis=1)
    smallest = ops.minimum(float(min_width), last / count)
    number = ops.convert_to_tensor(np.arange(1, draws.shape[1] + 1, dtype="float32"))
    # Unused draws are sorted to the end.
    inner = number < count
    free = ops.sort(ops.where(inner, draws, 2.0), axis=1)
    edges = ops.where(inner, smallest * number + free * (last - smallest * count), last)
    edges = ops.pad(edges, [(0, 0), (1, 0)])
    return ops.concatenate([edges, last * ops.ones_like(count)], axis=1)


def band_gains(edges, *, gains, freqs, linear):
    """Returns the gain of each bin, `(batch, freqs)`.

    Args:
        edges: Float32 `(batch, n + 1)`, increasing from 0 to `freqs - 1`.
        gains: Float32 `(batch, n + 1)`, one per edge. Without `linear` a band has the gain of
            its lower edge.
        freqs: Int or int tensor, bins.
        linear: Whether to interpolate gains linearly between edges. Otherwise they are constant
            in each band.
    """
    position = ops.cast(ops.arange(freqs, dtype="int32"), "float32")
    position = ops.expand_dims(position, axis=(0, 2))
    low, high = (ops.expand_dims(part, axis=1) for part in (edges[:, :-1], edges[:, 1:]))
    first, second = (ops.expand_dims(part, axis=1) for part in (gains[:, :-1], gains[:, 1:]))
    width, last = high - low, ops.expand_dims(edges[:, -1:], axis=1)
    # A band ends where the next one begins; the last bin belongs to the last band.
    inside = (position >= low) & ((position < high) | ((position == high) & (high == last)))
    inside = inside & (width > 0)
    part = (position - low) / ops.where(width > 0, width, 1.0) if linear else 0.0
    value = first + part * (second - first)
    return ops.sum(ops.where(inside, value, ops.zeros_like(value)), axis=2)
