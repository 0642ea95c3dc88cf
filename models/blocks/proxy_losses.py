"""Embeddings near the learned direction of their speaker, away from all others."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.blocks.am_softmax_loss import is_class


@keras.saving.register_keras_serializable(package="kapre_like")
class ProxyNCALoss(keras.losses.Loss):
    """`-log(exp(-d(x, p_y)) / sum_(c != y) exp(-d(x, p_c)))`, `d = |x - p|^2 = 2 - 2 cos`.

    It may be negative: the right class is not among those it is compared with.

    Args:
        scale: Float > 0, on `d`; 1 in the source, more makes it steeper.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Class indices `(batch,)` or `(batch, 1)`.
        y_pred: Cosines `(batch, classes)` to the proxies, two classes or more:
            `wav2vec2(head="xvector", output="cosines")`.

    Source: Y. Movshovitz-Attias et al., "No Fuss Distance Metric Learning using Proxies",
        ICCV 2017, equation 4.
    """

    def __init__(
        self, *, scale=1.0, reduction="sum_over_batch_size", name="proxy_nca_loss", dtype=None
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        _check.positive("ProxyNCALoss", scale=scale)
        self.scale = scale

    def call(self, y_true, y_pred):
        right = is_class(y_true, y_pred)
        near = self.scale * (2.0 * y_pred - 2.0)
        own = ops.sum(ops.where(right, near, 0.0), axis=-1)
        return ops.logsumexp(ops.where(right, -1e9, near), axis=-1) - own

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


@keras.saving.register_keras_serializable(package="kapre_like")
class ProxyAnchorLoss(keras.losses.Loss):
    """Each proxy pulls the clips of its class and pushes all others, the hardest most.

    `mean_(p in P+) log(1 + sum_(x of p) exp(-a (cos - m)))
    + mean_(p in P) log(1 + sum_(x not of p) exp(a (cos + m)))`, with `P` all classes and `P+`
    those in the batch. It is one number per batch, which each clip bears.

    Args:
        scale: Float > 0, `a`.
        margin: Float >= 0, `m`.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Class indices `(batch,)` or `(batch, 1)`.
        y_pred: Cosines `(batch, classes)` to the proxies:
            `wav2vec2(head="xvector", output="cosines")`.

    Source: S. Kim et al., "Proxy Anchor Loss for Deep Metric Learning", CVPR 2020,
        equation 4.
    """

    def __init__(
        self,
        *,
        scale=32.0,
        margin=0.1,
        reduction="sum_over_batch_size",
        name="proxy_anchor_loss",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        _check.positive("ProxyAnchorLoss", scale=scale)
        _check.non_negative("ProxyAnchorLoss", margin=margin)
        self.scale, self.margin = scale, margin

    def call(self, y_true, y_pred):
        right = is_class(y_true, y_pred)
        pull = _log_one_plus(-self.scale * (y_pred - self.margin), right)
        push = _log_one_plus(self.scale * (y_pred + self.margin), ops.logical_not(right))
        present = ops.cast(ops.any(right, axis=0), pull.dtype)
        pull = ops.sum(pull * present) / ops.maximum(ops.sum(present), 1.0)
        return (pull + ops.mean(push)) * ops.ones_like(y_pred[:, 0])

    def get_config(self):
        return {**super().get_config(), "scale": self.scale, "margin": self.margin}


def _log_one_plus(x, counted):
    """`log(1 + sum exp(x))` over the clips that count, per class."""
    x = ops.where(counted, x, -1e9)
    return ops.logsumexp(ops.concatenate([x, ops.zeros_like(x[:1])], axis=0), axis=0)
