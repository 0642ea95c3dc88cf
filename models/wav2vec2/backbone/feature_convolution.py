"""A convolution of the feature encoder, with normalization and activation."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.wav2vec2.backbone.dense_parts import ACTIVATIONS, activate
from kapre_like.ops.convolution import conv
from kapre_like.ops.framing import frame
from kapre_like.ops.lowering import channels_first, doubles, plain
from kapre_like.ops.masking import length_mask

NORMS = (None, "group", "layer")


@keras.saving.register_keras_serializable(package="kapre_like")
class FeatureConvolution(keras.layers.Layer):
    """Unpadded convolution over time, normalization, activation. Also updates lengths.

    `n` steps become `1 + (n - kernel_size) // strides`. A valid frame depends on valid steps
    only, so padding can change it only through the moments of `norm="group"`, which are
    computed over time. With `masked=True` they are those of each clip's valid frames, and a
    clip gives the same result alone and in a batch. With `masked=False` they are those of all
    frames, as in the original.

    Args:
        filters: Int > 0, output channels.
        kernel_size: Int > 0, size of the kernel in steps.
        strides: Int > 0, stride in steps.
        use_bias: Whether a bias is added.
        norm: `"group"` normalizes each channel over time, `"layer"` each frame over its
            channels. `None` does not normalize.
        activation: Name in `ACTIVATIONS`.
        epsilon: Float > 0, added to the variance.
        masked: Whether the moments over time exclude padding.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, length]`: `(batch, steps, channels)` and `(batch,)` int32.

    Output shape:
        A pair: `(batch, frames, filters)` in the compute dtype and `(batch,)` int32.

    Weights:
        `kernel (kernel_size, channels, filters)`, `bias (filters,)`, and with a norm `gamma`
        and `beta (filters,)`.

    Source: A. Baevski et al., "wav2vec 2.0", NeurIPS 2020, section 2; as in fairseq.
    """

    def __init__(
        self,
        *,
        filters,
        kernel_size,
        strides,
        use_bias=False,
        norm=None,
        activation="gelu",
        epsilon=1e-5,
        masked=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "FeatureConvolution"
        _check.positive_int(owner, filters=filters, kernel_size=kernel_size, strides=strides)
        _check.one_of(owner, NORMS, norm=norm)
        _check.one_of(owner, ACTIVATIONS, activation=activation)
        self.filters, self.kernel_size, self.strides = filters, kernel_size, strides
        self.use_bias, self.norm, self.activation = use_bias, norm, activation
        self.epsilon, self.masked = epsilon, masked

    def build(self, input_shape):
        shape = (self.kernel_size, input_shape[0][-1], self.filters)
        self.kernel = self.add_weight(shape=shape, initializer="he_normal", name="kernel")
        if self.use_bias:
            self.bias = self.add_weight(shape=shape[2:], initializer="zeros", name="bias")
        if self.norm:
            self.gamma = self.add_weight(shape=shape[2:], initializer="ones", name="gamma")
            self.beta = self.add_weight(shape=shape[2:], initializer="zeros", name="beta")

    def call(self, inputs):
        x, length = inputs
        length = (length - self.kernel_size) // self.strides + 1
        bias = self.bias if self.use_bias else self._no_bias(length)
        if self.norm == "group" and _on_tensorflow() and doubles():
            y = self._folded(x, length, bias)
        elif _on_tensorflow() and not plain():
            y = self._multiplied(x, length, bias)
        elif channels_first() and self.norm != "layer":
            y = self._channels_first(x, length)
        else:
            y = conv(x, kernel=self.kernel, strides=self.strides, padding="valid") + bias
            y = self._normalized(y, length)
        return ops.cast(y, self.compute_dtype), length

    def _no_bias(self, length):
        """Returns zeros that TensorFlow does not constant-fold, for `_multiplied`."""
        never = ops.cast(ops.any(length < -(2**30)), self.compute_dtype)
        return ops.ones((self.filters,), self.compute_dtype) * never

    def _normalized(self, y, length):
        """Applies normalization and activation."""
        if self.norm:
            valid = length_mask(y, length=length) if self.masked else None
            mean, variance = _moments(y, self.norm, valid)
            scale = ops.cast(self.gamma, "float32") * ops.rsqrt(variance + self.epsilon)
            y = ops.cast(y, "float32") * scale + (ops.cast(self.beta, "float32") - mean * scale)
        return activate(y, self.activation)

    def _frames(self, x):
        """Returns the patches under the kernel, and the kernel as a matrix."""
        size, channels, filters = self.kernel.shape
        steps = ops.reshape(x, (ops.shape(x)[0], -1))
        frames = frame(steps, frame_length=size * channels, hop_length=self.strides * channels)
        return frames, ops.reshape(self.kernel, (size * channels, filters))

    def _channels_first(self, x, length):
        """Computes the layer on `(batch, channels, steps)`, the layout of ONNX convolutions.

        The transpositions of consecutive layers cancel. With the normalization and activation
        outside of them, each layer would need two more passes over its frames.
        """
        if self.norm == "group":
            y = self._normalized_over_time(x, length)
        else:
            y = conv(
                ops.transpose(x, (0, 2, 1)),
                kernel=self.kernel,
                strides=self.strides,
                padding="valid",
                data_format="channels_first",
            )
            y = y + ops.expand_dims(self.bias, axis=-1) if self.use_bias else y
        return ops.transpose(activate(y, self.activation), (0, 2, 1))

    def _normalized_over_time(self, x, length):
        """Returns the normalized convolution `(batch, filters, frames)`, all in float32.

        The mean is subtracted from the samples before the product, so no precision is lost.
        The product is computed twice, once for the variance. This takes less time than storing
        the largest tensor of the network, and half of the memory.
        """
        frames, kernel = self._frames(x)
        valid = length_mask(frames, length=length) if self.masked else None
        row = ops.expand_dims(_weights(frames[..., 0], valid), axis=1)
        centered = ops.transpose(frames - ops.matmul(row, frames), (0, 2, 1))
        kernel = ops.transpose(kernel)
        column = ops.transpose(row, (0, 2, 1))
        variance = ops.matmul(ops.square(ops.matmul(kernel, centered)), column)
        scale = ops.expand_dims(self.gamma, axis=-1) * ops.rsqrt(variance + self.epsilon)
        return ops.matmul(kernel * scale, centered) + ops.expand_dims(self.beta, axis=-1)

    def _multiplied(self, x, length, bias):
        """Computes the convolution by a matrix product, 1.3 times as fast on a CPU."""
        frames, kernel = self._frames(x)
        shape = (ops.shape(x)[0], -1, self.filters)
        # TensorFlow fuses product, bias and activation into one pass over memory. This needs
        # two dimensions, a bias, and no reshape or plain sum in between.
        y = ops.matmul(ops.reshape(frames, (-1, kernel.shape[0])), kernel)
        y = ops.add(y, bias)
        if self.norm:
            return self._normalized(ops.reshape(y, shape), length)
        return ops.reshape(activate(y, self.activation), shape)

    def _folded(self, x, length, bias):
        """Folds the normalization over time into the kernel, which saves a pass over memory."""
        frames, kernel = self._frames(x)
        y = folded_group_norm(
            frames, kernel, bias=bias, gamma=self.gamma, beta=self.beta,
            valid=length_mask(frames, length=length) if self.masked else None,
            epsilon=self.epsilon,
        )  # fmt: skip
        return activate(y, self.activation)

    def compute_output_shape(self, input_shape):
        (batch, steps, _), length = input_shape
        frames = None if steps is None else 1 + (steps - self.kernel_size) // self.strides
        return (batch, frames, self.filters), tuple(length)

    def compute_output_spec(self, inputs):
        x, length = self.compute_output_shape([tensor.shape for tensor in inputs])
        return (
            keras.KerasTensor(x, dtype=self.compute_dtype),
            keras.KerasTensor(length, dtype="int32"),
        )

    def get_config(self):
        names = (
            "filters", "kernel_size", "strides", "use_bias", "norm", "activation", "epsilon",
            "masked",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _on_tensorflow():
    return keras.backend.backend() == "tensorflow"


def _moments(y, norm, valid):
    """Returns mean and variance in float32, over the channels or over the valid frames."""
    y = ops.cast(y, "float32")
    if norm == "layer" or valid is None:
        axis = -1 if norm == "layer" else 1
        mean = ops.mean(y, axis=axis, keepdims=True)
        return mean, ops.mean(ops.square(y - mean), axis=axis, keepdims=True)
    # A product with a row of weights computes the mean without a masked copy of the frames.
    row = ops.expand_dims(_weights(valid, valid), axis=1)
    mean = ops.matmul(row, y)
    return mean, ops.matmul(row, ops.square(y - mean))


def _weights(frames, valid):
    """Returns the weights of frames in a mean over time, `(batch, frames)` with sum 1.

    Args:
        frames: `(batch, frames)`; only its shape is used.
        valid: Bool `(batch, frames)`, frames that the mean includes. `None` includes all.
    """
    row = ops.ones_like(frames, "float32") if valid is None else ops.cast(valid, "float32")
    return row / ops.sum(row, axis=1, keepdims=True)


def folded_group_norm(frames, kernel, *, bias, gamma, beta, valid, epsilon):
    """Returns `norm(frames @ kernel + bias)`, with each channel normalized over time.

    Mean and variance of a channel follow from those of the samples in a frame: with their mean
    `m` and covariance `C`, a column `w` of the kernel has the mean `m w + bias` and the
    variance `w^T C w`. This saves a pass over all channels before normalization. A channel may
    be a small difference of large samples, so the moments are computed in float64, because
    `w^T C w` loses precision.

    Args:
        frames: `(batch, frames, size)`.
        kernel: `(size, channels)`.
        bias: `(channels,)`. It cancels, because the mean contains it.
        gamma: `(channels,)`.
        beta: `(channels,)`.
        valid: Bool `(batch, frames)`, frames that the moments include. `None` includes all.
        epsilon: Float > 0, added to the variance.

    Returns:
        float32 `(batch, frames, channels)`.
    """
    kernel, bias, gamma, beta = (ops.cast(x, "float64") for x in (kernel, bias, gamma, beta))
    mean, covariance = _frame_moments(ops.cast(frames, "float64"), valid)
    variance = ops.sum(ops.matmul(covariance, kernel) * kernel, axis=1, keepdims=True)
    scale = gamma * ops.rsqrt(variance + epsilon)
    shift = beta + (bias - (ops.matmul(mean, kernel) + bias)) * scale
    # The shift is an additional row of the kernel, multiplied by a column of ones.
    matrix = ops.concatenate([kernel * scale, shift], axis=1)
    frames = ops.cast(frames, "float32")
    frames = ops.concatenate([frames, ops.ones_like(frames[..., :1])], axis=-1)
    return ops.matmul(frames, ops.cast(matrix, "float32"))


def _frame_moments(frames, valid):
    """Returns mean `(batch, 1, size)` and covariance `(batch, size, size)` over time."""
    row = ops.ones_like(frames[..., 0]) if valid is None else ops.cast(valid, frames.dtype)
    row = ops.expand_dims(row / ops.sum(row, axis=1, keepdims=True), axis=1)
    mean = ops.matmul(row, frames)
    centered = frames - mean
    transposed = ops.transpose(centered, (0, 2, 1))
    return mean, ops.matmul(transposed * row, centered)
