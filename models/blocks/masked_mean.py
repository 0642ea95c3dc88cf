"""The mean over valid frames and all frequencies: the global pool of a padded batch."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kapre_like")
class MaskedMean(keras.layers.Layer):
    """Averages activations over the valid frames of each clip and over all frequencies.

    Frames past a clip's end must be zero, as `MaskedBatchNormalization` leaves them: the sum
    then runs over everything, and only the count knows the clip's length.

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
