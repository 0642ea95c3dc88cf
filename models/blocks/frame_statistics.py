"""Mean and standard deviation over the valid frames of each clip."""

import keras
from keras import ops

from kapre_like.models.blocks.frame_mean import masked_mean


@keras.saving.register_keras_serializable(package="kapre_like")
class FrameStatistics(keras.layers.Layer):
    """Mean and unbiased standard deviation of each channel over a clip's valid frames.

    `mean = sum(x) / n; std = sqrt(sum((x - mean)^2) / (n - 1))`, in float32. Of one frame the
    deviation is 0, where PyTorch has NaN.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, length]`: `(batch, frames, channels)` and `(batch,)` int32.

    Output shape:
        `(batch, 2 * channels)` in the compute dtype: means, then deviations.

    Source: D. Snyder et al., "X-Vectors: Robust DNN Embeddings for Speaker Recognition",
        ICASSP 2018, section 2.1.
    """

    def call(self, inputs):
        x, length = inputs
        mean, valid, count = masked_mean(x, length)
        square = ops.where(valid, ops.square(ops.cast(x, "float32") - mean), 0.0)
        variance = ops.sum(square, axis=1) / ops.maximum(count[:, 0] - 1.0, 1.0)
        y = ops.concatenate([mean[:, 0], safe_sqrt(variance)], axis=-1)
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        batch, _, channels = input_shape[0]
        return batch, 2 * channels


def safe_sqrt(x):
    """Returns the square root of `x >= 0`, with gradient 0 at 0 instead of infinity."""
    positive = x > 0
    return ops.where(positive, ops.sqrt(ops.where(positive, x, 1.0)), 0.0)
