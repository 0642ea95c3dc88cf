"""From lengths to a mask, as a layer of a functional model."""

import keras
from keras import ops

from kapre_like.ops.masking import length_mask


@keras.saving.register_keras_serializable(package="kapre_like")
class ValidFrames(keras.layers.Layer):
    """Says which frames are valid, and sets the others to zero.

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
