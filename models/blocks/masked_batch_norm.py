"""Batch normalisation over the valid frames of a padded batch."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kapre_like")
class MaskedBatchNormalization(keras.layers.Layer):
    """Normalises each channel by statistics of valid frames, and zeroes all others.

    In training `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`, with `mean` and
    `variance` over the frames whose `valid` is 1 (every clip, frequency and valid frame of
    the batch); in inference with their moving averages. Frames past a clip's end come out as
    exact zeros, so that the next convolution sees there what its own padding would give. The
    share of padding in a batch therefore changes neither the statistics nor the output.

    Keras's own `BatchNormalization(mask=...)` divides by the size of the mask as given, so a
    mask that broadcasts over frequency gives wrong moments, and it leaves the padding as is.

    Args:
        momentum: Float in [0, 1). Weight of the old moving average at each step.
        epsilon: Float > 0, added to the variance.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, valid]`: `(batch, frames, freqs, channels)` and `(batch, frames, 1, 1)`,
        1 for valid frames and 0 for padding.

    Output shape:
        That of `x`, in the layer's compute dtype; statistics are float32 inside.

    Weights:
        `gamma`, `beta` (learned), `moving_mean`, `moving_variance` (updated in training):
        `(channels,)`, float32.

    Source: S. Ioffe, C. Szegedy, "Batch Normalization", ICML 2015, algorithms 1 and 2; the
        restriction to valid frames is ours.
    """

    def __init__(self, *, momentum=0.9, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.momentum, self.epsilon = momentum, epsilon

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
        """Mean and variance per channel over valid frames, `(channels,)` each."""
        freqs = ops.shape(x)[2]
        count = ops.maximum(ops.sum(valid), 1.0) * ops.cast(freqs, "float32")
        masked = x * valid
        mean = ops.sum(masked, axis=(0, 1, 2)) / count
        # E[x^2] - E[x]^2 in one pass over memory; a cancellation below 0 is rounding.
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
