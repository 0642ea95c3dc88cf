"""Masks over time: which samples and which frames of a padded batch are real.

A mask is boolean `(batch, time)`: true for a clip's positions, then false. Where a tensor may
be symbolic and of unknown length, no function here uses `arange` or arithmetic on shapes.
"""

import keras
from keras import ops

from kapre_like.ops.lowering import plain
from kapre_like.ops.sizes import every, greatest


def length_mask(x, *, length):
    """Returns `(batch, time)`, true where the position in time is below `length`.

    Args:
        x: Tensor `(batch, time, ...)`; only its shape is used.
        length: Integer tensor `(batch,)`, valid positions per clip.
    """
    # Positions of one clip are enough: they broadcast against the lengths.
    row = x[:1, :]
    while len(row.shape) > 2:
        row = row[..., 0]
    symbolic = isinstance(x, keras.KerasTensor)
    if keras.config.backend() == "tensorflow" and not symbolic and not plain():
        # Not a cumulative sum, which runs on one thread: 0.3 ms for one second at 16 kHz.
        position = ops.arange(1, ops.shape(row)[1] + 1, dtype="int32")
    else:
        position = ops.cumsum(ops.ones_like(row, dtype="int32"), axis=1)
    return position <= ops.reshape(ops.cast(length, "int32"), (-1, 1))


def lengths(mask):
    """Returns the number of valid positions per clip, int32 `(batch,)`."""
    return ops.sum(ops.cast(mask, "int32"), axis=1)


def frame_mask(mask, *, n_fft, hop_length, center):
    """Returns the mask of valid frames: the frames that each clip would have alone.

    Frame `t > 0` exists in a clip of `n` samples if `n + added >= t * hop_length + n_fft`,
    that is, if sample `t * hop_length + n_fft - added - 1` exists. Frame 0 always exists.

    Args:
        mask: Boolean `(batch, samples)`.
        n_fft: Int > 0, samples per frame.
        hop_length: Int > 0, samples between frames.
        center: Whether `n_fft // 2` samples are added at both ends.

    Returns:
        Boolean `(batch, frames)`; the number of frames is that of `filters.frame_count`.
    """
    added = 2 * (n_fft // 2) if center else 0
    later = every(
        mask, start=hop_length + n_fft - added - 1, step=hop_length,
        count=lambda samples: (greatest(samples + added, n_fft) - n_fft) // hop_length,
    )  # fmt: skip
    return ops.concatenate([_first(mask), ops.cast(later, "bool")], axis=1)


def frame_lengths(length, *, n_fft, hop_length, center):
    """Returns the valid frames of clips with `length` valid samples, int32, like `length`.

    Args:
        length: Integer tensor.
        n_fft: Int > 0, samples per frame.
        hop_length: Int > 0, samples between frames.
        center: Whether `n_fft // 2` samples are added at both ends.
    """
    added = 2 * (n_fft // 2) if center else 0
    hops = (ops.cast(length, "int32") + (added - n_fft)) // hop_length
    return ops.maximum(1 + hops, 1)


def sample_mask(mask, *, hop_length, extra):
    """Returns the mask of the samples that an inverse transform computes from valid frames.

    Args:
        mask: Boolean `(batch, frames)`.
        hop_length: Int > 0, samples between frames.
        extra: Int >= 0; `n` frames give `(n - 1) * hop_length + extra` samples.

    Returns:
        Boolean `(batch, (frames - 1) * hop_length + extra)`.
    """
    later = ops.repeat(ops.cast(mask[:, 1:], "bool"), hop_length, axis=1)
    first = ops.repeat(_first(mask), extra, axis=1)
    return ops.concatenate([first, later], axis=1) if extra else later


def longer_mask(mask, *, by):
    """Returns the mask of clips extended by `by` > 0 steps, `(batch, time + by)`."""
    return ops.concatenate([ops.repeat(_first(mask), by, axis=1), ops.cast(mask, "bool")], 1)


def zero_invalid(x, *, mask):
    """Returns `x` with zeros where `mask` is false, and `x` unchanged if there is no mask.

    Args:
        x: Tensor `(batch, time, ...)`.
        mask: Boolean `(batch, time)`, or `None`.
    """
    return replace_invalid(x, mask=mask, value=0.0)


def replace_invalid(x, *, mask, value):
    """Returns `x` with `value` where `mask` is false, and `x` unchanged without a mask."""
    if mask is None:
        return x
    mask = ops.cast(mask, "bool")
    while len(mask.shape) < len(x.shape):
        mask = ops.expand_dims(mask, axis=-1)
    return ops.where(mask, x, ops.full_like(x, value))


def _first(mask):
    """Returns a column of true values. It reads no length, because clips may be empty."""
    return ops.ones_like(ops.any(mask, axis=1, keepdims=True))
