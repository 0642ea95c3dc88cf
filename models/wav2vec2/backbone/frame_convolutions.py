"""Convolutions over frames: positional embedding, and adapters with a stride."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.wav2vec2.backbone.dense_parts import activate
from kapre_like.ops.convolution import conv
from kapre_like.ops.lowering import channels_first, plain
from kapre_like.ops.masking import length_mask


@keras.saving.register_keras_serializable(package="kapre_like")
class PositionalConvolution(keras.layers.Layer):
    """A grouped convolution over time with weight normalization, and an activation.

    `y = activation(conv(x, g * v / ||v||) + bias)`. The norm is over all axes of the kernel but
    time, with one `g` per time step. The input is padded with `kernel_size // 2` zeros before
    the first frame and `kernel_size - 1 - kernel_size // 2` after the last: 64 and 63 for 128.

    Args:
        kernel_size: Int > 0, frames.
        groups: Int > 0, groups of the convolution, a divisor of the channels.
        activation: Name in `dense_parts.ACTIVATIONS`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, channels)`, zero past each clip's end.

    Output shape:
        The input's.

    Weights:
        `g (kernel_size,)`, `v (kernel_size, channels // groups, channels)`, `bias
        (channels,)`.

    Source: T. Salimans, D. Kingma, "Weight Normalization", NeurIPS 2016; the padding is that
        of `Wav2Vec2PositionalConvEmbedding` of transformers 5.23.
    """

    def __init__(self, *, kernel_size=128, groups=16, activation="gelu", **kwargs):
        super().__init__(**kwargs)
        _check.positive_int("PositionalConvolution", kernel_size=kernel_size, groups=groups)
        self.kernel_size, self.groups, self.activation = kernel_size, groups, activation

    def build(self, input_shape):
        channels = input_shape[-1]
        shape = (self.kernel_size, channels // self.groups, channels)
        spread = 2 * (self.kernel_size * channels) ** -0.5
        self.v = self.add_weight(
            shape=shape, initializer=keras.initializers.RandomNormal(stddev=spread), name="v"
        )
        start = spread * (shape[1] * shape[2]) ** 0.5
        self.g = self.add_weight(
            shape=shape[:1], initializer=keras.initializers.Constant(start), name="g"
        )
        self.bias = self.add_weight(shape=shape[2:], initializer="zeros", name="bias")

    def kernel(self):
        """Returns `g * v / ||v||`, in float32."""
        v, g = ops.cast(self.v, "float32"), ops.cast(self.g, "float32")
        norm = ops.sqrt(ops.sum(ops.square(v), axis=(1, 2), keepdims=True))
        return v * (ops.reshape(g, (-1, 1, 1)) / norm)

    def call(self, inputs):
        before = self.kernel_size // 2
        x = ops.pad(inputs, [(0, 0), (before, self.kernel_size - 1 - before), (0, 0)])
        kernel = ops.cast(self.kernel(), self.compute_dtype)
        y = grouped(x, kernel, self.groups) + ops.cast(self.bias, self.compute_dtype)
        return activate(y, self.activation)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        names = ("kernel_size", "groups", "activation")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def grouped(x, kernel, groups):
    """Returns the grouped convolution of `(batch, steps, channels)`, without padding."""
    if channels_first():
        x = ops.transpose(x, (0, 2, 1))
        y = conv(x, kernel=kernel, padding="valid", data_format="channels_first")
        return ops.transpose(y, (0, 2, 1))
    if keras.backend.backend() != "tensorflow" and not plain():
        return conv(x, kernel=kernel, padding="valid")
    # TensorFlow has no grouped convolution on a CPU. Keras uses XLA for it, which compiles for
    # every length. One convolution per group needs no compilation.
    pairs = zip(ops.split(x, groups, axis=-1), ops.split(kernel, groups, axis=-1), strict=True)
    parts = [conv(part, kernel=k, padding="valid") for part, k in pairs]
    return ops.concatenate(parts, axis=-1)


@keras.saving.register_keras_serializable(package="kapre_like")
class AdapterConvolution(keras.layers.Layer):
    """Strided convolution followed by a gated linear unit (GLU). Reduces the number of frames.

    `n` valid frames become `(n - 1) // strides + 1`. The convolution pads with one zero frame
    on each side. With `masked=True` frames past a clip's end are set to zero before the
    convolution, so a clip has the same padding alone and in a batch.

    Args:
        kernel_size: Int > 0, frames.
        strides: Int > 0, frames.
        masked: Whether padded frames are set to zero. The original does not set them to zero.
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
