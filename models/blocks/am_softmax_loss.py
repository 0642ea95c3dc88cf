"""Speakers told apart by angle, with a margin."""

import keras
from keras import ops

from kapre_like import _check


@keras.saving.register_keras_serializable(package="kapre_like")
class AMSoftmaxLoss(keras.losses.Loss):
    """Cross-entropy of `scale * (cos - margin)` for the right class, `scale * cos` for others.

    Args:
        scale: Float > 0.
        margin: Float >= 0, taken off the cosine of the right class.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Class indices `(batch,)` or `(batch, 1)`.
        y_pred: Cosines `(batch, classes)`: `wav2vec2(head="xvector", output="cosines")`.

    Source: F. Wang et al., "Additive Margin Softmax for Face Verification", IEEE Signal
        Processing Letters 2018, equation 3; scale and margin are those of transformers 5.23.
    """

    def __init__(
        self,
        *,
        scale=30.0,
        margin=0.4,
        reduction="sum_over_batch_size",
        name="am_softmax_loss",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        _check.positive("AMSoftmaxLoss", scale=scale)
        _check.non_negative("AMSoftmaxLoss", margin=margin)
        self.scale, self.margin = scale, margin

    def call(self, y_true, y_pred):
        right = is_class(y_true, y_pred)
        logits = self.scale * (y_pred - self.margin * ops.cast(right, y_pred.dtype))
        own = ops.sum(ops.where(right, logits, 0.0), axis=-1)
        return ops.logsumexp(logits, axis=-1) - own

    def get_config(self):
        return {**super().get_config(), "scale": self.scale, "margin": self.margin}


def is_class(y_true, y_pred):
    """Returns which entry of `y_pred (batch, classes)` is the right class, bool."""
    labels = ops.reshape(ops.cast(y_true, "int32"), (-1, 1))
    return labels == ops.arange(y_pred.shape[-1], dtype="int32")[None]
