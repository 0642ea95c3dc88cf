"""Kapre's frames of a waveform. Arithmetic: `ops.framing`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.kapre._framing_layer import FramingLayer


@keras.saving.register_keras_serializable(package="Kapre")
class Frame(FramingLayer):
    """Overlapping frames of the time axis.

    There are `1 + (samples - frame_length) // hop_length` of them, none if the clip is shorter
    than one, or `ceil(samples / hop_length)` with `pad_end`.

    Args:
        frame_length: Int > 0, samples.
        hop_length: Int in 1 .. `frame_length`, samples between frames.
        pad_end: Whether a frame starts at every hop inside the clip, filled up at the end.
        pad_value: Number that fills up.
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's setting
            when the layer is made.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)` or `(batch, channels, samples)`; other ranks are cut on
        the same axis. Integers stay integers.

    Output shape:
        `(batch, frames, frame_length, channels)` or `(batch, channels, frames,
        frame_length)`; float32, float64 under a float64 policy.

    Raises:
        TypeError: If a data format is no string.
        ValueError: If another argument is outside its domain or the input has no such axis.

    Example:
        >>> frame = kapre_like.kapre.Frame(frame_length=1024, hop_length=512)
        >>> frame(np.zeros((1, 2048, 1), "float32")).shape
        (1, 3, 1024, 1)
    """

    def __init__(
        self,
        frame_length,
        hop_length,
        pad_end=False,
        pad_value=0,
        data_format="default",
        **kwargs,
    ):
        super().__init__(formats={"data_format": data_format}, **kwargs)
        self._set_frames(frame_length, hop_length, pad_end, pad_value)
        if hop_length > frame_length:
            rule = f"at most frame_length={frame_length}"
            fix = "Samples between the frames would be lost."
            _check.fail("Frame", "hop_length", rule, hop_length, fix)

    def _working_dtype(self, x):
        dtype = keras.backend.standardize_dtype(x.dtype)
        real = keras.backend.is_float_dtype(dtype)
        return super()._working_dtype(x) if real else dtype

    def _arithmetic(self, x):
        return self._cut(x)

    def _out_of_order(self, y):
        return ops.moveaxis(y, (-2, -1), (self.time_axis, self.time_axis + 1))

    def compute_output_shape(self, input_shape):
        self._check_rank(input_shape)
        before, frames, after = self._frames_of(input_shape)
        return (*before, frames, int(self.frame_length), *after)
