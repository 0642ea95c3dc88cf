"""Splits long audio into overlapping windows of frames, and joins their outputs.

A window starts every `size - overlap` frames. A clip's last window is moved back to end with
the clip, so every window has `size` frames. Each output frame is taken from the window whose
middle is nearest. It therefore has at least half the overlap as context on each side, except at
the ends of the clip. A clip of at most `size` frames is one window, so its output does not
change.
"""

import keras
from keras import ops

from kapre_like import _check


class _Windows(keras.layers.Layer):
    """Base class of both layers, with `size`, `overlap` and the starts of windows."""

    def __init__(self, *, size, overlap=0, **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        _check.positive_int(owner, size=size)
        _check.non_negative_int(owner, overlap=overlap)
        if overlap >= size:
            _check.fail(owner, "overlap", f"less than size={size}", overlap)
        self.size, self.overlap, self.step = size, overlap, size - overlap

    def _ordinary(self, x):
        """Returns the start of each window `(windows,)`, before the last one is moved back."""
        # One element for each frame at which another window is necessary.
        further = _ones(x[:, self.size :: self.step])
        return self.step * ops.pad(ops.cumsum(further), [(1, 0)])

    def _latest(self, valid):
        """Returns the start of each clip's last window, `(batch, 1)`."""
        count = ops.sum(ops.cast(valid, "int32"), axis=1, keepdims=True)
        return ops.maximum(count - self.size, 0)

    def get_config(self):
        return {**super().get_config(), "size": self.size, "overlap": self.overlap}


@keras.saving.register_keras_serializable(package="kapre_like")
class WindowSplit(_Windows):
    """Cuts the frames of clips into overlapping windows, and stacks them into a larger batch.

    Args:
        size: Int > 0, frames per window.
        overlap: Int in 0 .. `size - 1`, frames that neighboring windows share.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, valid]`: `(batch, frames, channels)` and `(batch, frames)` bool.

    Output shape:
        A pair: `(batch * windows, min(frames, size), channels)`, and bool `(batch * windows,
        min(frames, size))`. `windows` is `1 + max(0, ceil((frames - size) / (size -
        overlap)))`.
    """

    def call(self, inputs):
        x, valid = inputs
        begin = ops.minimum(self._ordinary(x), self._latest(valid))
        inside = ops.cumsum(_ones(x[:, : self.size])) - 1
        row = ops.cumsum(ops.ones_like(begin[:, :1]), axis=0) - 1
        index = ops.expand_dims(row * ops.shape(x)[1] + begin, axis=2) + inside
        windows = ops.take(ops.reshape(x, (-1, x.shape[2])), index, axis=0)
        inner = ops.take(ops.reshape(ops.cast(valid, "int32"), (-1,)), index, axis=0)
        length = ops.shape(inside)[0]
        return (
            ops.reshape(windows, (-1, length, x.shape[2])),
            ops.reshape(inner, (-1, length)) > 0,
        )

    def compute_output_spec(self, inputs):
        x, _ = inputs
        batch, frames, channels = x.shape
        if frames is None:
            batch = None
        else:
            windows = 1 + max(0, -(-(frames - self.size) // self.step))
            batch, frames = batch and batch * windows, min(frames, self.size)
        return (
            keras.KerasTensor((batch, frames, channels), dtype=self.compute_dtype),
            keras.KerasTensor((batch, frames), dtype="bool"),
        )


@keras.saving.register_keras_serializable(package="kapre_like")
class WindowJoin(_Windows):
    """Joins the windows of `WindowSplit`. Each frame comes from the nearest window.

    Args:
        size: As in `WindowSplit`.
        overlap: As in `WindowSplit`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[windows, x, valid]`: `(batch * windows, frames, channels)`, and the inputs of
        `WindowSplit`. Only the shape of `x` is used.

    Output shape:
        `(batch, frames, channels)`, frames as in `x`.
    """

    def call(self, inputs):
        windows, x, valid = inputs
        latest = self._latest(valid)
        # A clip's last window must not depend on the length of the other clips.
        last = (latest + self.step - 1) // self.step
        frame = ops.expand_dims(ops.cumsum(_ones(x)) - 1, axis=0)
        window = ops.maximum(frame - self.overlap // 2, 0) // self.step
        window = ops.minimum(window, ops.maximum(last - 1, 0))
        # Whether a frame is closer to the center of the last window than of the one before.
        in_last = 2 * frame >= latest + (last - 1) * self.step + self.size
        window = ops.where(ops.logical_and(in_last, last > 0), last, window)
        length = ops.shape(windows)[1]
        inside = frame - ops.minimum(window * self.step, latest)
        row = ops.cumsum(ops.ones_like(last), axis=0) - 1
        index = row * ops.sum(ops.ones_like(self._ordinary(x))) + window
        index = index * length + ops.minimum(inside, length - 1)
        return ops.take(ops.reshape(windows, (-1, x.shape[2])), index, axis=0)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs[1].shape, dtype=inputs[0].dtype)


def _ones(x):
    """Returns ones, int32 `(frames,)`, also for an empty batch."""
    return ops.ones_like(ops.sum(x[:, :, 0], axis=0), dtype="int32")
