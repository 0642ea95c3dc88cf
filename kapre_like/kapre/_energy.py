"""Kapre's energy of frames. Arithmetic: `ops.framing`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.kapre._framing_layer import FramingLayer
from kapre_like.layers._base.inputs import check_floating


@keras.saving.register_keras_serializable(package="Kapre")
class Energy(FramingLayer):
    """Energy of overlapping frames, per reference duration.

    `y[t] = sum_n x[t * hop_length + n] ** 2 * ref_duration / (frame_length / sample_rate)`.

    Args:
        sample_rate: Number > 0, Hz.
        ref_duration: Number > 0, seconds that the energy is scaled to.
        frame_length: Int > 0, samples.
        hop_length: Int > 0, samples between frames.
        pad_end: Whether a frame starts at every hop inside the clip, filled up at the end.
        pad_value: Number that fills up.
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's setting
            when the layer is made.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)` or `(batch, channels, samples)`, floating point; other
        ranks are cut on the same axis.

    Output shape:
        `(batch, frames, channels)` or `(batch, channels, frames)`; float32, float64 under a
        float64 policy.

    Raises:
        TypeError: If a data format is no string.
        ValueError: If another argument is outside its domain or the input does not fit.

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
        # Samples of a frame behind the frames, not last: the order of Kapre's sums, to whose
        # last digit these agree.
        samples = self.time_axis + 1
        frames = ops.moveaxis(self._cut(x), (-2, -1), (samples - 1, samples))
        return float(scale) * ops.sum(ops.square(frames), axis=samples)

    def _out_of_order(self, y):
        return y

    def compute_output_shape(self, input_shape):
        self._check_rank(input_shape)
        before, frames, after = self._frames_of(input_shape)
        return (*before, frames, *after)
