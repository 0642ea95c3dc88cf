"""Derivatives along time of the frames of a clip."""

import numpy as np
from keras import ops

from kapre_like.filters.cepstral import derivative_weights
from kapre_like.ops.masking import lengths, zero_invalid
from kapre_like.ops.sizes import known


def delta(x, *, win_length, order, mode, mask):
    """Returns the time derivative of the polynomial fitted to `win_length` frames.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`.
        win_length: Odd int > `order`, frames of the window around each frame.
        order: Int > 0, order of the derivative, and degree of the polynomial.
        mode: Padding outside the clip. `"constant"` pads zeros, `"edge"` repeats the last
            frame, `"reflect"` mirrors around the last frame, `"symmetric"` mirrors with the
            last frame repeated. `"interp"` pads nothing: the first and the last frames take
            the derivative of the nearest whole window. A clip shorter than the window takes
            the derivative of all its frames.
        mask: Boolean `(batch, frames)`, or `None`. Padding starts where the mask becomes false.

    Returns:
        Tensor of the same shape and dtype. Its unit is that of `x` per frame to the power of
        `order`.
    """
    x = zero_invalid(x, mask=mask)
    # The length of each clip, or one length for all: int32 `(batch or 1, 1)`.
    length = ops.shape(x)[1] if mask is None else lengths(mask)
    length = ops.reshape(ops.cast(length, "int32"), (-1, 1))
    weights, reach = derivative_weights(win_length, order), win_length // 2
    if mode == "interp":
        return _whole_windows(x, weights, order, length)
    if mode != "constant":
        return _slide(_mirrored(x, reach, mode, length, mask is not None), weights)
    return _slide(_zeros_beside(x, reach), weights)


def _slide(x, weights):
    """Returns weighted sums of neighboring frames; `len(weights) - 1` frames fewer than `x`."""
    last = len(weights) - 1
    shifted = [x[:, k : k - last if k < last else None] for k in range(last + 1)]
    # The weights add up to 0, so the middle frame may be subtracted from all frames. The
    # derivative of a constant is then exactly 0.
    middle = shifted[last // 2]
    terms = [
        float(weight) * (frame - middle)
        for weight, frame in zip(weights, shifted, strict=True)
        if abs(weight) > 1e-12 and frame is not middle
    ]
    return sum(terms[1:], terms[0])


def _zeros_beside(x, reach):
    return ops.pad(x, [(0, 0), (reach, reach), (0, 0), (0, 0)])


def _mirrored(x, reach, mode, length, padded):
    """Returns `x` with `reach` more frames on both sides of each clip."""
    steps = ops.convert_to_tensor(np.arange(reach, dtype="int32")[None])
    before = _pick(x, _fold(steps - reach, length, mode))
    after = _pick(x, _fold(steps + length, length, mode))
    if not padded:
        return ops.concatenate([before, x, after], axis=1)
    x = ops.pad(x, [(0, 0), (0, reach), (0, 0), (0, 0)])
    past = _position(x) - _per_clip(length)
    for step in range(reach):
        x = ops.where(past == step, after[:, step : step + 1], x)
    return ops.concatenate([before, x], axis=1)


def _fold(position, frames, mode):
    """Returns the index of the frame that is used at a position outside the clip."""
    if mode == "edge":
        return ops.maximum(ops.minimum(position, frames - 1), 0)
    twice = 1 if mode == "symmetric" else 0
    period = ops.maximum(2 * (frames - 1 + twice), 1)
    phase = ops.mod(position, period)
    return ops.maximum(ops.minimum(phase, period - twice - phase), 0)


def _pick(x, index):
    """Gathers frames of each clip. The index is `(batch or 1, n)`."""
    # One more frame of zeros, because a clip without frames has no frame to repeat.
    source = ops.pad(x, [(0, 0), (0, 1), (0, 0), (0, 0)])
    return ops.take_along_axis(source, _per_clip(index), axis=1)


def _per_clip(values):
    return values[:, :, None, None]


def _position(x):
    """Returns the number of each frame, int32 `(1, frames, 1, 1)`."""
    # A cumulative sum, because the number of frames may be unknown during tracing.
    row = ops.ones_like(x[:1, :, :1, :1], dtype="int32")
    return ops.cumsum(row, axis=1) - 1


def _whole_windows(x, weights, order, length):
    """Returns derivatives of whole windows; frames at the ends take the nearest one."""
    win_length, reach = len(weights), len(weights) // 2
    y, position = _slide(_zeros_beside(x, reach), weights), _position(x)
    last = ops.maximum(length - 1 - reach, 0)
    first = ops.minimum(reach, last)
    y = ops.where(position < reach, _pick(y, first), y)
    y = ops.where(position > _per_clip(last), _pick(y, last), y)
    if (known(x, 1) or win_length) < win_length:
        return _all_frames(x, win_length, order, length) + ops.zeros_like(x)
    few = _all_frames(x, win_length, order, ops.minimum(length, win_length))
    return ops.where(_per_clip(length < win_length), few, y)


def _all_frames(x, win_length, order, length):
    """Returns one derivative for a whole clip that is shorter than the window."""
    weights = np.zeros((win_length + 1, win_length))
    for n in range(win_length):
        weights[n, :n] = derivative_weights(n, order)
    head = ops.pad(x, [(0, 0), (0, win_length), (0, 0), (0, 0)])[:, :win_length]
    own = ops.take(ops.convert_to_tensor(weights, dtype=x.dtype), length[:, 0], axis=0)
    return ops.sum(head * own[:, :, None, None], axis=1, keepdims=True)
