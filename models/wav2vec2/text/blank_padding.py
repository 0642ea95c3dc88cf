"""Frames past a clip's end say: no letter here, for certain."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.ops.masking import length_mask

# Its exponential is 0, and no network's logit comes near it.
NEVER = -1e9


@keras.saving.register_keras_serializable(package="kapre_like")
class BlankPadding(keras.layers.Layer):
    """Sets the logits past a clip's end to 0 for the blank and to -1e9 for all else.

    A blank of probability 1 adds nothing to a text and nothing to a loss; and `CTCLoss` and
    the decoder read from these frames where a clip ends. No length has to go beside them.

    Args:
        blank: Int >= 0, index of the blank.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[logits, length]`: `(batch, frames, tokens)` and `(batch,)` int32.

    Output shape:
        That of `logits`.
    """

    def __init__(self, *, blank, **kwargs):
        super().__init__(**kwargs)
        _check.non_negative_int("BlankPadding", blank=blank)
        self.blank = blank

    def call(self, inputs):
        logits, length = inputs
        tokens = logits.shape[-1]
        certain = [0.0 if token == self.blank else NEVER for token in range(tokens)]
        certain = ops.cast(ops.convert_to_tensor(certain, "float32"), logits.dtype)
        return ops.where(
            ops.expand_dims(length_mask(logits, length=length), axis=-1), logits, certain
        )

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        return {**super().get_config(), "blank": self.blank}
