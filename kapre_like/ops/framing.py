"""Pads a waveform, cuts it into frames, and adds frames back together."""

import math

import numpy as np
from keras import ops

from kapre_like.ops.sizes import greatest, known, symbolic


def pad_waveform(x, *, n_fft, center, pad_mode, length):
    """Pads `x` with the samples that the first and the last frame need.

    Args:
        x: Float tensor `(batch, channels, samples)`, zero past each clip's length.
        n_fft: Int > 0, samples per frame.
        center: Whether to add `n_fft // 2` samples at both ends. The center of frame `t` is
            then sample `t * hop_length`.
        pad_mode: `"constant"` adds zeros. `"reflect"` mirrors the clip around its first and
            its last sample, repeatedly if the clip is shorter than the padding.
        length: Int tensor `(batch,)`, valid samples per clip, or `None` if all are valid. Only
            `"reflect"` uses it, to mirror each clip at its own end.

    Returns:
        `(batch, channels, max(n_fft, samples + added))`.
    """
    side = n_fft // 2 if center else 0
    if side and pad_mode == "reflect":
        x = _reflect(x, side) if length is None else _reflect_at(x, side, length)
        side = 0
    return _pad_to(x, side, n_fft)


def _pad_to(x, side, n_fft):
    """Pads `side` zeros at both ends, and more at the end if one whole frame needs them."""
    edges = [(0, 0)] * (len(x.shape) - 1)
    samples = known(x, -1)
    if samples is not None or n_fft <= 2 * side:
        missing = 0 if samples is None else max(0, n_fft - 2 * side - samples)
        return ops.pad(x, [*edges, (side, side + missing)]) if side + missing else x
    # The length is known only when the graph runs: pad for the shortest clip, then cut.
    wanted = greatest(ops.shape(x)[-1] + 2 * side, n_fft)
    return ops.pad(x, [*edges, (side, n_fft - side)])[..., :wanted]


def _reflect(x, side):
    """Mirrors clips of one length at both ends."""
    samples = known(x, -1)
    edges = [(0, 0)] * (len(x.shape) - 1)
    if samples is not None and samples > side:
        return ops.pad(x, [*edges, (side, side)], mode="reflect")
    samples = ops.shape(x)[-1]
    before = _fold(np.arange(-side, 0, dtype="int32"), samples)
    after = _fold(np.arange(side, dtype="int32") + samples, samples)
    # One more zero, because a clip without samples has nothing to mirror.
    source = ops.pad(x, [*edges, (0, 1)])
    return ops.concatenate(
        [ops.take(source, before, axis=-1), x, ops.take(source, after, axis=-1)], axis=-1
    )


def _reflect_at(x, side, length):
    """Mirrors each clip at its own end, with zeros after the mirrored samples."""
    edges = [(0, 0)] * (len(x.shape) - 1)
    row = ops.pad(ops.ones_like(x[:1, 0], dtype="int32"), [(0, 0), (side, side)])
    position = ops.cumsum(ops.ones_like(row), axis=1) - (side + 1)
    samples = ops.reshape(ops.cast(length, "int32"), (-1, 1))
    # The source ends with a zero. Every position past the clip's padding reads it.
    index = ops.where(position < samples + side, _fold(position, samples), ops.shape(x)[-1])
    source = ops.pad(x, [*edges, (0, 1)])
    return ops.take_along_axis(source, ops.expand_dims(index, axis=1), axis=2)


def _fold(position, samples):
    """Returns the index in `0 .. samples - 1` of a position in the mirrored, periodic clip."""
    period = ops.maximum(2 * (samples - 1), 1)
    phase = ops.mod(position, period)
    return ops.minimum(phase, period - phase)


def frame(x, *, frame_length, hop_length):
    """Returns the frames of the last axis, `(..., samples)` to `(..., frames, frame_length)`.

    The number of frames is `1 + (samples - frame_length) // hop_length`: only whole frames.
    """
    if symbolic(x):
        count = (ops.shape(x)[-1] - frame_length) // hop_length + 1
        start = hop_length * ops.expand_dims(ops.arange(count, dtype="int32"), axis=-1)
        return ops.take(x, start + np.arange(frame_length, dtype="int32"), axis=-1)
    return ops.extract_sequences(x, frame_length, hop_length)


def whole_frames(x, *, frame_length, hop_length):
    """Returns the same for clips of any length: a clip shorter than a frame has no frames.

    Args:
        x: Tensor `(..., samples)`.
        frame_length: Int > 0, samples.
        hop_length: Int > 0, samples between frames, also above `frame_length`.
    """
    samples = known(x, -1)
    if samples is not None and samples < frame_length:
        # PyTorch and JAX raise an error for this.
        return ops.repeat(ops.expand_dims(x[..., :0], -1), frame_length, axis=-1)
    return frame(x, frame_length=frame_length, hop_length=hop_length)


def fit(x, *, length):
    """Returns `x` with its last axis cut, or padded with zeros at its end, to `length`."""
    samples = known(x, -1)
    if samples == length:
        return x
    if samples is None or samples < length:
        added = length - (samples or 0)
        x = ops.pad(x, [(0, 0)] * (len(x.shape) - 1) + [(0, added)])
    return x[..., :length]


def overlap_add(frames, *, hop_length):
    """Adds overlapping frames, each `hop_length` after the last; the transpose of `frame`.

    Frames are cut into blocks of one hop. Block `i` of frame `t` belongs to output block
    `t + i`. Padding the row of each `i` and reshaping to rows that are one block shorter
    shifts row `i` by `i` blocks, so a plain sum over rows adds the right blocks. There is no
    scatter, and the graph has the same size for any overlap.

    Args:
        frames: Float tensor `(batch, channels, frames, frame_length)`.
        hop_length: Int > 0, samples between frames.

    Returns:
        `(batch, channels, (frames - 1) * hop_length + frame_length)`.
    """
    batch, channels, count, frame_length = ops.shape(frames)
    blocks = math.ceil(frame_length / hop_length)
    fill = blocks * hop_length - frame_length
    x = ops.pad(frames, [(0, 0), (0, 0), (0, 0), (0, fill)])
    x = ops.reshape(x, (batch, channels, count, blocks, hop_length))
    x = ops.transpose(x, (0, 1, 3, 2, 4))  # (batch, channels, blocks, frames, hop)
    x = ops.pad(x, [(0, 0), (0, 0), (0, 0), (0, blocks), (0, 0)])
    x = ops.reshape(x, (batch, channels, blocks * (count + blocks), hop_length))
    x = x[:, :, : blocks * (count + blocks - 1)]
    x = ops.reshape(x, (batch, channels, blocks, count + blocks - 1, hop_length))
    x = ops.sum(x, axis=2)
    x = ops.reshape(x, (batch, channels, (count + blocks - 1) * hop_length))
    return x[:, :, : (count + blocks - 1) * hop_length - fill]


def fill(x, *, mask, value):
    """Returns `x` with `value` where `mask` is false.

    Args:
        x: Float tensor `(batch, samples, channels)`.
        mask: Boolean `(batch, samples)`, or `None` to return `x` unchanged.
        value: Float.
    """
    if mask is None:
        return x
    valid = ops.expand_dims(ops.cast(mask, "bool"), axis=-1)
    return ops.where(valid, x, ops.full_like(x, value))


def pad_end(x, *, frame_length, hop_length, value, every):
    """Pads `x` with `value` at its end so that its last frame is whole.

    Args:
        x: Float tensor `(batch, channels, samples)`.
        frame_length: Int > 0, samples.
        hop_length: Int in 1 .. `frame_length`, samples between frames.
        value: Float.
        every: Whether a frame starts at every hop inside the clip. Otherwise only a clip
            shorter than one frame is padded.
    """
    samples = ops.shape(x)[-1]
    wanted = _end_of_frames(samples, frame_length, hop_length) if every else samples
    return _until(x, wanted, min_samples=frame_length, max_added=frame_length, value=value)


def pad_hops(x, *, frame_length, hop_length, value):
    """Pads `x` at its end so that a frame starts at every hop inside the clip.

    Unlike with `pad_end`, a clip without samples has no frame, and `hop_length` may exceed
    `frame_length`.

    Args:
        x: Tensor `(..., samples)`.
        frame_length: Int > 0, samples.
        hop_length: Int > 0, samples between frames.
        value: Number, the padding value, of the dtype of `x`.
    """
    samples = ops.shape(x)[-1]
    wanted = _end_of_frames(samples, frame_length, hop_length)
    return _until(x, wanted, min_samples=samples, max_added=frame_length, value=value)


def _end_of_frames(samples, frame_length, hop_length):
    hops = (samples + hop_length - 1) // hop_length
    return (hops - 1) * hop_length + frame_length


def _until(x, wanted, *, min_samples, max_added, value):
    """Pads `x` to the larger of `wanted` and `min_samples` samples, by at most `max_added`."""
    samples = ops.shape(x)[-1]
    if known(x, -1) is not None:
        added = max(wanted, min_samples) - samples
        return _filled(x, added, value) if added else x
    return _filled(x, max_added, value)[..., : greatest(wanted, min_samples)]


def _filled(x, added, value):
    edges = [(0, 0)] * (len(x.shape) - 1)
    return ops.pad(x, [*edges, (0, added)], constant_values=value)
