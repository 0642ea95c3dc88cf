"""The strided, gated convolution that some checkpoints have behind the transformer."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.ops.masking import length_mask


@keras.saving.register_keras_serializable(package="kapre_like")
class AdapterConvolution(keras.layers.Layer):
    """Makes frames fewer: a convolution to twice the channels, of which half gates half.

    `n` frames become `(n - 1) // strides + 1` valid ones. With `masked=True` frames past a
    clip's end are zero before the convolution, so that it meets there what its own padding,
    one zero frame on either side, gives to the clip alone.

    Args:
        kernel_size: Int > 0, frames.
        strides: Int > 0, frames.
        masked: Whether the padding is set to zero; the original does not.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, length]`: `(batch, frames, channels)` and `(batch,)` int32.

    Output shape:
        A pair: `(batch, 1 + (frames + 2 - kernel_size) // strides, channels)`, `(batch,)`.

    Weights:
        `conv`: a kernel `(kernel_size, channels, 2 * channels)` and a bias.

    Source: `Wav2Vec2AdapterLayer` of transformers 5.23; the gate: Y. Dauphin et al.,
        "Language Modeling with Gated Convolutional Networks", ICML 2017.
    """

    def __init__(self, *, kernel_size=3, strides=2, masked=True, **kwargs):
        super().__init__(**kwargs)
        _check.positive_int("AdapterConvolution", kernel_size=kernel_size, strides=strides)
        self.kernel_size, self.strides, self.masked = kernel_size, strides, masked

    def build(self, input_shape):
        batch, _, channels = input_shape[0]
        self.conv = keras.layers.Conv1D(
            2 * channels, self.kernel_size, strides=self.strides, padding="valid", name="conv",
            dtype=self.dtype_policy,
        )  # fmt: skip
        self.conv.build((batch, None, channels))

    def call(self, inputs):
        x, length = inputs
        if self.masked:
            valid = length_mask(x, length=length)
            x = ops.where(ops.expand_dims(valid, axis=-1), x, ops.zeros((), x.dtype))
        value, gate = ops.split(self.conv(ops.pad(x, [(0, 0), (1, 1), (0, 0)])), 2, axis=-1)
        return value * ops.sigmoid(gate), (length - 1) // self.strides + 1

    def compute_output_shape(self, input_shape):
        (batch, frames, channels), length = input_shape
        if frames is not None:
            frames = 1 + (frames + 2 - self.kernel_size) // self.strides
        return (batch, frames, channels), tuple(length)

    def compute_output_spec(self, inputs):
        x, length = self.compute_output_shape([tensor.shape for tensor in inputs])
        return (
            keras.KerasTensor(x, dtype=self.compute_dtype),
            keras.KerasTensor(length, dtype="int32"),
        )

    def get_config(self):
        names = ("kernel_size", "strides", "masked")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
