"""Frames of a waveform and their energy. Arithmetic: `ops.framing`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.kapre._framing import FramingLayer
from kapre_like.layers._base.inputs import check_floating


@keras.saving.register_keras_serializable(package="Kapre")
class Frame(FramingLayer):
    """Overlapping frames of the time axis.

    There are `1 + (samples - frame_length) // hop_length` frames, and none if the clip is
    shorter than a frame. With `pad_end` there are `ceil(samples / hop_length)`.

    Args:
        frame_length: Int > 0, samples.
        hop_length: Int in 1 .. `frame_length`, samples between frames.
        pad_end: Whether to pad the end, so that a frame starts at every hop of the clip.
        pad_value: Number that pads the end.
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's image
            data format when the layer is created.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)` or `(batch, channels, samples)`. Inputs of other ranks are
        cut on the same axis. Integers stay integers.

    Output shape:
        `(batch, frames, frame_length, channels)` or `(batch, channels, frames,
        frame_length)`; float32, or float64 under a float64 policy.

    Raises:
        TypeError: If a data format is not a string.
        ValueError: If another argument is outside its domain, or if the input has no time axis.

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
        before, frames, after = self._split_shape(input_shape)
        return (*before, frames, int(self.frame_length), *after)


@keras.saving.register_keras_serializable(package="Kapre")
class Energy(FramingLayer):
    """Energy of overlapping frames, per reference duration.

    `y[t] = sum_n x[t * hop_length + n] ** 2 * ref_duration / (frame_length / sample_rate)`.

    Args:
        sample_rate: Number > 0, Hz.
        ref_duration: Number > 0, seconds. The energy is scaled to this duration.
        frame_length: Int > 0, samples.
        hop_length: Int > 0, samples between frames.
        pad_end: Whether to pad the end, so that a frame starts at every hop of the clip.
        pad_value: Number that pads the end.
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's image
            data format when the layer is created.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)` or `(batch, channels, samples)`, floating point. Inputs of
        other ranks are cut on the same axis.

    Output shape:
        `(batch, frames, channels)` or `(batch, channels, frames)`; float32, or float64 under a
        float64 policy.

    Raises:
        TypeError: If a data format is not a string.
        ValueError: If another argument is outside its domain, or if the input has a wrong
            shape or dtype.

    Example:
        >>> energy = kapre_like.kapre.Energy(frame_length=1024, hop_length=512)
        >>> energy(np.zeros((1, 2048, 1), "float32")).shape
        (1, 3, 1)
    """

    _arguments = ("sample_rate", "ref_duration", *FramingLayer._arguments)

    def __init__(
        self,
        sample_rate=22050,
        ref_duration=0.1,
        frame_length=2205,
        hop_length=1102,
        pad_end=False,
        pad_value=0,
        data_format="default",
        **kwargs,
    ):
        super().__init__(formats={"data_format": data_format}, **kwargs)
        _check.positive("Energy", sample_rate=sample_rate, ref_duration=ref_duration)
        self.sample_rate, self.ref_duration = sample_rate, ref_duration
        self._set_frames(frame_length, hop_length, pad_end, pad_value)

    def _check_input(self, x):
        check_floating("Energy", x)

    def _arithmetic(self, x):
        scale = self.ref_duration / (self.frame_length / self.sample_rate)
        # The samples of a frame are on the axis after the frames, not on the last axis. The sum
        # then adds in Kapre's order and agrees to the last digit.
        samples = self.time_axis + 1
        frames = ops.moveaxis(self._cut(x), (-2, -1), (samples - 1, samples))
        return float(scale) * ops.sum(ops.square(frames), axis=samples)

    def _out_of_order(self, y):
        return y

    def compute_output_shape(self, input_shape):
        self._check_rank(input_shape)
        before, frames, after = self._split_shape(input_shape)
        return (*before, frames, *after)
