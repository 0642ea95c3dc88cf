"""One of the stacked convolutions that compute the positional embeddings of data2vec."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.wav2vec2.backbone.dense_parts import ACTIVATIONS, activate
from kapre_like.models.wav2vec2.backbone.frame_convolutions import grouped


@keras.saving.register_keras_serializable(package="kapre_like")
class StackedPositions(keras.layers.Layer):
    """A grouped convolution over time, normalization of each frame, and an activation.

    `y = activation(norm(conv(x) + bias))`. The norm is over the channels and has no weights.
    The input is padded with zeros as in `PositionalConvolution`. With `masked=True` frames past
    a clip's end are set to zero first, so a clip has the same padding alone and in a batch. The
    original does not set them to zero.

    Args:
        kernel_size: Int > 0, frames.
        groups: Int > 0, groups of the convolution, a divisor of the channels.
        activation: Name in `ACTIVATIONS`.
        masked: Whether padded frames are set to zero.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, valid]`: `(batch, frames, channels)` and `(batch, frames)` bool.

    Output shape:
        That of `x`.

    Weights:
        `kernel (kernel_size, channels // groups, channels)`, `bias (channels,)`.

    Source: A. Baevski et al., "data2vec", ICML 2022; as `Data2VecAudioPositionalConvLayer` of
        transformers 5.23.
    """

    def __init__(self, *, kernel_size=19, groups=16, activation="gelu", masked=True, **kwargs):
        super().__init__(**kwargs)
        _check.positive_int("StackedPositions", kernel_size=kernel_size, groups=groups)
        _check.one_of("StackedPositions", ACTIVATIONS, activation=activation)
        _check.boolean("StackedPositions", masked=masked)
        self.kernel_size, self.groups = kernel_size, groups
        self.activation, self.masked = activation, masked

    def build(self, input_shape):
        channels = input_shape[0][-1]
        shape = (self.kernel_size, channels // self.groups, channels)
        self.kernel = self.add_weight(shape=shape, initializer="he_normal", name="kernel")
        self.bias = self.add_weight(shape=shape[2:], initializer="zeros", name="bias")

    def call(self, inputs):
        x, valid = inputs
        if self.masked:
            x = ops.where(ops.expand_dims(valid, axis=-1), x, ops.zeros((), x.dtype))
        before = self.kernel_size // 2
        x = ops.pad(x, [(0, 0), (before, self.kernel_size - 1 - before), (0, 0)])
        y = grouped(x, ops.cast(self.kernel, self.compute_dtype), self.groups)
        y = ops.cast(y + ops.cast(self.bias, self.compute_dtype), "float32")
        centered = y - ops.mean(y, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(centered), axis=-1, keepdims=True)
        y = activate(centered * ops.rsqrt(variance + 1e-5), self.activation)
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        names = ("kernel_size", "groups", "activation", "masked")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
