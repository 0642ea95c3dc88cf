"""The mean over the valid frames of each clip."""

import keras
from keras import ops

from kapre_like.ops.masking import length_mask


@keras.saving.register_keras_serializable(package="kapre_like")
class FrameMean(keras.layers.Layer):
    """Averages each channel over a clip's valid frames, in float32.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, length]`: `(batch, frames, channels)` and `(batch,)` int32.

    Output shape:
        `(batch, channels)` in the compute dtype.
    """

    def call(self, inputs):
        x, length = inputs
        mean, _, _ = masked_mean(x, length)
        return ops.cast(mean[:, 0], self.compute_dtype)

    def compute_output_shape(self, input_shape):
        batch, _, channels = input_shape[0]
        return batch, channels


def masked_mean(x, length):
    """Returns the mean `(batch, 1, channels)`, the mask and the frames counted, all float32.

    Args:
        x: `(batch, frames, channels)`.
        length: int32 `(batch,)`; what lies past the last frame does not count.
    """
    valid = ops.expand_dims(length_mask(x, length=length), axis=-1)
    count = ops.maximum(ops.sum(ops.cast(valid, "float32"), axis=1, keepdims=True), 1.0)
    x = ops.where(valid, ops.cast(x, "float32"), 0.0)
    return ops.sum(x, axis=1, keepdims=True) / count, valid, count
