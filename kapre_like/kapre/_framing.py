"""Cuts a signal into frames as Kapre does. Arithmetic: `ops.framing`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.kapre._layer import KapreLayer, check_flags
from kapre_like.kapre.backend import _CH_FIRST_STR
from kapre_like.ops.framing import pad_hops, whole_frames


def frame_count(samples, frame_length, hop_length, pad_end):
    """Returns the number of frames; 0 for a short signal, `None` if `samples` is `None`."""
    if samples is None:
        return None
    if pad_end:
        return -(-samples // hop_length)
    return max(0, 1 + (samples - frame_length) // hop_length)


def cut(x, frame_length, hop_length, pad_end, pad_value=0.0):
    """Cuts `(..., samples)` into frames `(..., frames, frame_length)`."""
    if pad_end:
        x = pad_hops(
            x, frame_length=frame_length, hop_length=hop_length, value=pad_value
        )  # fmt: skip
    return whole_frames(x, frame_length=frame_length, hop_length=hop_length)


class FramingLayer(KapreLayer):
    """Base class of `Frame` and `Energy`, which cut the time axis into frames.

    The time axis is axis 2 for `channels_first` and axis 1 for `channels_last`. As in Kapre,
    the input may have any rank that includes this axis. `_arithmetic` receives it last.
    """

    _arguments = ("frame_length", "hop_length", "pad_end", "pad_value")

    def _set_frames(self, frame_length, hop_length, pad_end, pad_value):
        owner = type(self).__name__
        _check.positive_int(owner, frame_length=frame_length, hop_length=hop_length)
        check_flags(owner, pad_end=pad_end)
        _check.number(owner, pad_value=pad_value)
        self.frame_length, self.hop_length = frame_length, hop_length
        self.pad_end, self.pad_value = pad_end, pad_value

    @property
    def time_axis(self):
        """Index of the time axis."""
        return 2 if self.data_format == _CH_FIRST_STR else 1

    def _cut(self, x):
        real = keras.backend.is_float_dtype(keras.backend.standardize_dtype(x.dtype))
        value = float(self.pad_value) if real else int(self.pad_value)
        return cut(x, self.frame_length, self.hop_length, self.pad_end, value)

    def _into_order(self, x):
        return ops.moveaxis(x, self.time_axis, -1)

    def _check_rank(self, shape):
        if len(shape) <= self.time_axis:
            raise ValueError(
                f"{type(self).__name__}: expects samples on axis {self.time_axis}, "
                f"{self.data_format}. Received: shape={tuple(shape)}."
            )

    def _split_shape(self, shape):
        """Returns the axes before the time axis, the number of frames and the axes after it."""
        samples, axis = shape[self.time_axis], self.time_axis
        frames = frame_count(samples, self.frame_length, self.hop_length, self.pad_end)
        return tuple(shape[:axis]), frames, tuple(shape[axis + 1 :])
