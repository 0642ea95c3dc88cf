"""Spans of frames and of bins, hidden at random: the arithmetic of SpecAugment.

Nothing here draws: functions take numbers from [0, 1), so that they are the same every time.
"""

from keras import ops

from kapre_like.ops.masking import zero_invalid


def positions(x, *, axis):
    """Returns 0, 1, 2, ... along `axis` of `x`, int32, of size 1 along its other axes."""
    row = x
    for other in range(len(x.shape)):
        if other != axis:
            # Slices, not indices: an axis may be empty.
            row = row[tuple([slice(None)] * other + [slice(0, 1)])]
    return ops.cumsum(ops.ones_like(row, dtype="int32"), axis=axis) - 1


def in_spans(position, draws, *, limit, least, most):
    """Returns whether each position lies in one of the spans that `draws` choose.

    `width = least + floor(u * (most - least + 1))` and
    `start = floor(v * (limit - width + 1))`: all widths are equally likely, and so are all
    starts that leave the span inside.

    Args:
        position: Int32, broadcasts against `(batch, 1, ...)`.
        draws: Float32 `(batch, 2, spans)` in [0, 1), the `u` and the `v`.
        limit: Number or float32 `(batch, 1)`, positions to choose from.
        least: Int >= 0, the smallest width.
        most: Number or float32 `(batch, 1)`, the largest, in `least` .. `limit`.

    Returns:
        Boolean, `position` broadcast against `(batch, 1, ...)`.
    """
    width = least + ops.floor(draws[:, 0] * (most - least + 1))
    start = ops.floor(draws[:, 1] * (limit - width + 1))
    inner = tuple(range(1, len(position.shape)))
    start, width = (ops.expand_dims(ops.cast(n, "int32"), axis=inner) for n in (start, width))
    position = ops.expand_dims(position, axis=-1)
    return ops.any((position >= start) & (position < start + width), axis=-1)


def hidden(x, *, time_draws, freq_draws, time_mask_param, freq_mask_param, ratio, mask):
    """Returns what SpecAugment hides: spans of valid frames, and spans of bins in these.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`; only its shape counts.
        time_draws: Float32 `(batch, 2, spans)` in [0, 1).
        freq_draws: The same for spans of bins.
        time_mask_param: Int >= 0, frames; widths are below it.
        freq_mask_param: Int >= 0, bins; widths are below it.
        ratio: Float in 0 .. 1, the largest share of a clip's valid frames in one span.
        mask: Boolean `(batch, frames)`, or `None`.

    Returns:
        Boolean, broadcasts against `x`.
    """
    frame, bin_ = positions(x, axis=1), positions(x, axis=2)
    frames, freqs = (ops.cast(ops.shape(x)[axis], "float32") for axis in (1, 2))
    if mask is not None:
        frames = ops.sum(ops.cast(mask, "float32"), axis=1, keepdims=True)
        mask = _beside(mask)
        # Only valid frames are counted, so a span holds nothing else.
        frame = ops.cumsum(ops.cast(mask, "int32"), axis=1) - 1
    longest = ops.minimum(_below(time_mask_param), ops.floor(ratio * frames))
    highest = ops.minimum(_below(freq_mask_param), freqs)
    where = ops.logical_or(
        in_spans(frame, time_draws, limit=frames, least=0, most=longest),
        in_spans(bin_, freq_draws, limit=freqs, least=0, most=highest),
    )
    return where if mask is None else ops.logical_and(where, mask)


def fill_value(x, *, kind, mask):
    """Returns a number as it is; `"mean"` or `"min"` of each channel's valid values.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`.
        kind: Float, `"mean"` or `"min"`.
        mask: Boolean `(batch, frames)`, or `None`.

    Returns:
        Tensor of the dtype of `x` that broadcasts against it; a mean of nothing is 0.
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
    """A mask over frames as it stands beside a spectrogram."""
    return ops.expand_dims(ops.cast(mask, "bool"), axis=(2, 3))
