"""One time-delay layer of an x-vector network: a dilated convolution and a rectifier."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.ops.convolution import fill_frames
from kapre_like.ops.masking import length_mask


@keras.saving.register_keras_serializable(package="kapre_like")
class TimeDelay(keras.layers.Layer):
    """Dilated convolution over time and ReLU, without padding. Also updates the lengths.

    `y_t = relu(b + sum_i W_i x_(t + i * dilation))`. `n` frames become
    `n - (kernel_size - 1) * dilation`. A clip shorter than the kernel is padded with zeros to
    one output frame.

    Args:
        units: Int > 0, channels out.
        kernel_size: Int > 0, frames.
        dilation: Int > 0, frames between neighboring taps of the kernel.
        masked: Whether padded frames are set to zero first, so that a short clip gives the
            same result alone and in a batch.
        count_dilation: Whether lengths shrink by `(kernel_size - 1) * dilation`, as the frames
            do. `False` ignores the dilation, as transformers does with an attention mask:
            output frames that depend on padding then count as valid.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, length]`: `(batch, frames, channels)` and `(batch,)` int32.

    Output shape:
        A pair: `(batch, max(1, frames - (kernel_size - 1) * dilation), units)`, `(batch,)`.

    Weights:
        `kernel (kernel_size * channels, units)`, all taps stacked: the transpose of
        Hugging Face's `tdnn.{i}.kernel.weight`. `bias (units,)`.

    Source: D. Snyder et al., "X-Vectors: Robust DNN Embeddings for Speaker Recognition",
        ICASSP 2018, table 1.
    """

    def __init__(
        self, *, units, kernel_size, dilation=1, masked=True, count_dilation=True, **kwargs
    ):
        super().__init__(**kwargs)
        sizes = {"units": units, "kernel_size": kernel_size, "dilation": dilation}
        _check.positive_int("TimeDelay", **sizes)
        _check.boolean("TimeDelay", masked=masked, count_dilation=count_dilation)
        self.units, self.kernel_size, self.dilation = units, kernel_size, dilation
        self.masked, self.count_dilation = masked, count_dilation

    @property
    def span(self):
        """Number of frames from the first to the last tap."""
        return (self.kernel_size - 1) * self.dilation

    def build(self, input_shape):
        rows = self.kernel_size * input_shape[0][-1]
        self.kernel = self.add_weight(
            shape=(rows, self.units), initializer="glorot_uniform", name="kernel"
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, inputs):
        x, length = inputs
        if self.masked:
            valid = ops.expand_dims(length_mask(x, length=length), axis=-1)
            x = ops.where(valid, x, ops.zeros((), x.dtype))
        x = fill_frames(x, min_frames=self.span + 1)
        starts = range(0, self.span + 1, self.dilation)
        taps = [x[:, start : start - self.span or None] for start in starts]
        y = ops.matmul(ops.concatenate(taps, axis=-1), self.kernel) + self.bias
        lost = self.span if self.count_dilation else self.kernel_size - 1
        return ops.relu(y), ops.maximum(length - lost, 1)

    def compute_output_shape(self, input_shape):
        (batch, frames, _), length = input_shape
        frames = None if frames is None else max(1, frames - self.span)
        return (batch, frames, self.units), tuple(length)

    def compute_output_spec(self, inputs):
        x, length = self.compute_output_shape([tensor.shape for tensor in inputs])
        return (
            keras.KerasTensor(x, dtype=self.compute_dtype),
            keras.KerasTensor(length, dtype="int32"),
        )

    def get_config(self):
        names = ("units", "kernel_size", "dilation", "masked", "count_dilation")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
