"""Layers that exclude padding, so that a clip gives the same result alone and in a batch."""

import keras
from keras import ops

from kapre_like.models.blocks.fused_norm import normalized_valid
from kapre_like.ops.masking import length_mask


@keras.saving.register_keras_serializable(package="kapre_like")
class UnpackMask(keras.layers.Layer):
    """Turns the Keras mask of a spectrogram into a tensor of ones and zeros.

    Keras's convolutions and pooling layers drop masks. A network can pass this tensor along
    with its activations instead. It pools both in the same way, and multiplies by the tensor to
    set the padding to zero.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, with or without a Keras mask `(batch, frames)`.
        Without a mask every frame is valid.

    Output shape:
        A pair: the input with zeros past each clip's end, and `valid`
        `(batch, frames, 1, 1)`, both in the layer's compute dtype and without a Keras mask.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs, mask=None):
        if mask is None:
            valid = ops.ones_like(inputs[:, :, :1, :1])
        else:
            valid = ops.expand_dims(ops.cast(mask, inputs.dtype), axis=(2, 3))
        return inputs * valid, valid

    def compute_mask(self, inputs, mask=None):
        del inputs, mask
        return None, None

    def compute_output_shape(self, input_shape):
        batch, frames = tuple(input_shape)[:2]
        return tuple(input_shape), (batch, frames, 1, 1)


@keras.saving.register_keras_serializable(package="kapre_like")
class ValidFrames(keras.layers.Layer):
    """Returns the mask of valid frames, and sets all other frames to zero.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, length]`: `(batch, frames, channels)` and `(batch,)` int32.

    Output shape:
        A pair: the input with zeros past each clip's end, and `(batch, frames)` bool.
    """

    def call(self, inputs):
        x, length = inputs
        valid = length_mask(x, length=length)
        kept = ops.expand_dims(valid, axis=-1)
        return ops.where(kept, x, ops.zeros((), x.dtype)), valid

    def compute_output_spec(self, inputs):
        x, _ = inputs
        return (
            keras.KerasTensor(x.shape, dtype=self.compute_dtype),
            keras.KerasTensor(x.shape[:2], dtype="bool"),
        )


@keras.saving.register_keras_serializable(package="kapre_like")
class MaskedBatchNormalization(keras.layers.Layer):
    """Batch normalization whose statistics exclude padding. Sets padded frames to zero.

    `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`. In training, `mean` and
    `variance` are those of all clips, frequencies and valid frames of the batch. In inference
    they are moving averages. Padded frames become exactly zero, like the zero padding of the
    next convolution at a clip's end. The amount of padding in a batch therefore changes neither
    the statistics nor the output.

    Keras's own `BatchNormalization(mask=...)` divides by the size of the mask. With a mask that
    broadcasts over frequency its moments are wrong, and it does not set the padding to zero.

    Args:
        momentum: Float in [0, 1). Weight of the old moving average at each step.
        epsilon: Float > 0, added to the variance.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, valid]`: `(batch, frames, freqs, channels)` and `(batch, frames, 1, 1)`,
        1 for valid frames and 0 for padding.

    Output shape:
        That of `x`, in the layer's compute dtype. Statistics are computed in float32.

    Weights:
        `gamma`, `beta` (learned), `moving_mean`, `moving_variance` (updated in training):
        `(channels,)`, float32.

    Source: S. Ioffe, C. Szegedy, "Batch Normalization", ICML 2015, algorithms 1 and 2, here
        restricted to valid frames.
    """

    def __init__(self, *, momentum=0.9, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.momentum, self.epsilon = momentum, epsilon
        # Whether training uses TensorFlow's fused operation. Benchmarks compare both.
        self.fused = keras.config.backend() == "tensorflow"

    def build(self, input_shape):
        channels = (input_shape[0][-1],)
        self.gamma = self.add_weight(shape=channels, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=channels, initializer="zeros", name="beta")
        self.moving_mean = self.add_weight(
            shape=channels, initializer="zeros", trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            shape=channels, initializer="ones", trainable=False, name="moving_variance"
        )

    def call(self, inputs, training=False):
        x, valid = (ops.cast(tensor, "float32") for tensor in inputs)
        if training and self.trainable and self.fused:
            y, mean, variance = normalized_valid(
                x,
                valid,
                gamma=ops.cast(self.gamma, "float32"),
                beta=ops.cast(self.beta, "float32"),
                epsilon=self.epsilon,
            )
            self._move_averages(mean, variance)
            return ops.cast(y, self.compute_dtype)
        if training and self.trainable:
            mean, variance = self._valid_moments(x, valid)
            self._move_averages(mean, variance)
        else:
            mean = ops.cast(self.moving_mean, "float32")
            variance = ops.cast(self.moving_variance, "float32")
        scale = ops.cast(self.gamma, "float32") * ops.rsqrt(variance + self.epsilon)
        shift = ops.cast(self.beta, "float32") - mean * scale
        return ops.cast((x * scale + shift) * valid, self.compute_dtype)

    def _valid_moments(self, x, valid):
        """Returns mean and variance per channel over valid frames, `(channels,)` each."""
        freqs = ops.shape(x)[2]
        count = ops.maximum(ops.sum(valid), 1.0) * ops.cast(freqs, "float32")
        masked = x * valid
        mean = ops.sum(masked, axis=(0, 1, 2)) / count
        # E[x^2] - E[x]^2 needs one pass over memory. A negative result is a rounding error.
        square = ops.sum(masked * x, axis=(0, 1, 2)) / count
        return mean, ops.maximum(square - mean * mean, 0.0)

    def _move_averages(self, mean, variance):
        for average, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            step = (1 - self.momentum) * (ops.cast(value, average.dtype) - average)
            average.assign(average + step)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        config = super().get_config()
        return {**config, "momentum": self.momentum, "epsilon": self.epsilon}


@keras.saving.register_keras_serializable(package="kapre_like")
class MaskedMean(keras.layers.Layer):
    """Mean of the activations over all frequencies and the valid frames of each clip.

    Padded frames must be zero, as `MaskedBatchNormalization` returns them, because the layer
    sums over all frames. It divides by the number of valid ones.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, valid]`: `(batch, frames, freqs, channels)` and `(batch, frames, 1, 1)`.

    Output shape:
        `(batch, channels)` in the layer's compute dtype, summed in float32.
    """

    def call(self, inputs):
        x, valid = (ops.cast(tensor, "float32") for tensor in inputs)
        frames = ops.maximum(ops.sum(valid, axis=(1, 2, 3)), 1.0)
        per_clip = ops.sum(ops.mean(x, axis=2), axis=1) / frames[:, None]
        return ops.cast(per_clip, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        batch, _, _, channels = input_shape[0]
        return batch, channels
