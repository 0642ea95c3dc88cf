"""Cross-entropy of the valid frames of a padded batch."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kapre_like")
class FrameLoss(keras.losses.Loss):
    """Mean cross-entropy over the frames that have a label.

    Padded frames must not count, and a loss sees no lengths: mark them in the labels with a
    negative number (`pad_frame_labels` does), or give `sample_weight (batch, frames)`, whose
    zeros then count in the mean's denominator, as everywhere in Keras.

    Args:
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Class indices `(batch, frames)`, below 0 for padding; or ones and zeros
            `(batch, frames, classes)`, of which every frame counts and the first greatest is
            the class, as in transformers. More frames than `y_pred` has are cut off.
        y_pred: Logits `(batch, frames, classes)`.
    """

    def __init__(self, *, reduction="sum_over_batch_size", name="frame_loss", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true, y_pred):
        if len(y_true.shape) == 3:
            y_true = ops.argmax(y_true, axis=-1)
        labels = ops.cast(y_true, "int32")[:, : ops.shape(y_pred)[1]]
        counted = labels >= 0
        one_hot = labels[..., None] == ops.arange(y_pred.shape[-1], dtype="int32")
        own = ops.sum(ops.where(one_hot, y_pred, 0.0), axis=-1)
        losses = ops.where(counted, ops.logsumexp(y_pred, axis=-1) - own, 0.0)
        counted = ops.cast(counted, losses.dtype)
        # Keras divides by all frames; the mean is over those that count.
        share = ops.mean(counted)
        return losses / ops.where(share > 0, share, 1.0)
