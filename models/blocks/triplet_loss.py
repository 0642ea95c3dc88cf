"""Triplet loss: embeddings of one class closer to each other than to other classes."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.blocks.cosine_losses import unit_length
from kapre_like.models.blocks.pooling import safe_sqrt

MININGS = ("hard", "semihard")
_FAR = 1e9


@keras.saving.register_keras_serializable(package="kapre_like")
class TripletLoss(keras.losses.Loss):
    """`max(0, d(anchor, positive) - d(anchor, negative) + margin)` over triplets of a batch.

    `d` is the Euclidean distance of embeddings scaled to unit length. Each clip is an anchor.
    `"hard"` takes its farthest positive and nearest negative. `"semihard"` takes every
    positive, with the nearest negative beyond it, or the farthest negative if there is none.
    Clips without a positive or a negative in the batch are excluded from the mean.

    Args:
        margin: Float > 0; distances lie in [0, 2].
        mining: Name in `MININGS`.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Class indices `(batch,)` or `(batch, 1)`.
        y_pred: Embeddings `(batch, channels)`.

    Source: A. Hermans et al., "In Defense of the Triplet Loss for Person Re-Identification",
        2017, equation 5; F. Schroff et al., "FaceNet", CVPR 2015, section 3.2.
    """

    def __init__(
        self,
        *,
        margin=0.2,
        mining="hard",
        reduction="sum_over_batch_size",
        name="triplet_loss",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        _check.positive("TripletLoss", margin=margin)
        _check.one_of("TripletLoss", MININGS, mining=mining)
        self.margin, self.mining = margin, mining

    def call(self, y_true, y_pred):
        labels = ops.reshape(ops.cast(y_true, "int32"), (-1, 1))
        same = labels == ops.transpose(labels)
        # Numbers the clips, because `eye` needs a static size on some backends.
        number = ops.cumsum(ops.ones_like(labels), axis=0)
        positive = ops.logical_and(same, number != ops.transpose(number))
        negative = ops.logical_not(same)
        distance = _distances(unit_length(y_pred, -1))
        if self.mining == "hard":
            losses, counts = self._hard(distance, positive, negative)
        else:
            losses, counts = self._semihard(distance, positive, negative)
        # Keras divides by the number of all clips; this makes it those in a triplet.
        weight = ops.cast(ops.shape(losses)[0], losses.dtype)
        counted = ops.cast(counts, losses.dtype)
        return losses * counted * weight / ops.maximum(ops.sum(counted), 1.0)

    def _hard(self, distance, positive, negative):
        far = ops.max(ops.where(positive, distance, -_FAR), axis=1)
        near = ops.min(ops.where(negative, distance, _FAR), axis=1)
        counts = ops.logical_and(ops.any(positive, axis=1), ops.any(negative, axis=1))
        return ops.relu(ops.where(counts, far - near + self.margin, 0.0)), counts

    def _semihard(self, distance, positive, negative):
        # (anchor, positive, negative)
        farther = distance[:, None, :] > distance[:, :, None]
        beyond = ops.logical_and(farther, negative[:, None, :])
        near = ops.min(ops.where(beyond, distance[:, None, :], _FAR), axis=2)
        farthest = ops.max(ops.where(negative, distance, -_FAR), axis=1, keepdims=True)
        chosen = ops.where(ops.any(beyond, axis=2), near, farthest)
        counts = ops.logical_and(positive, ops.any(negative, axis=1, keepdims=True))
        losses = ops.relu(ops.where(counts, distance - chosen + self.margin, 0.0))
        # The weight of an anchor is its number of positives: all triplets count alike.
        per_anchor = ops.sum(ops.cast(counts, losses.dtype), axis=1)
        mean = ops.sum(losses, axis=1) / ops.maximum(per_anchor, 1.0)
        return mean, per_anchor

    def get_config(self):
        return {**super().get_config(), "margin": self.margin, "mining": self.mining}


def _distances(x):
    """Euclidean distances of unit vectors, `(batch, batch)`; gradient 0 at distance 0."""
    square = 2.0 - 2.0 * ops.matmul(x, ops.transpose(x))
    # For equal vectors rounding leaves about 1e-7 of either sign.
    return safe_sqrt(ops.where(square > 1e-6, square, 0.0))
