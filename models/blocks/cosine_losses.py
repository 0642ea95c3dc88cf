"""Classification by cosine similarity: the layer with the class vectors, and its losses."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.blocks.class_check import known_classes


@keras.saving.register_keras_serializable(package="kapre_like")
class CosineClasses(keras.layers.Layer):
    """Cosine similarity `cos(x, w_c)` to every class vector `w_c`. Also returns its input.

    `AMSoftmaxLoss`, `ProxyNCALoss` and `ProxyAnchorLoss` train the class vectors, which are the
    columns of `weight`. A network that returns embeddings only uses the first output, so it
    still contains the weight.

    Args:
        classes: Int > 0.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, channels)`.

    Output shape:
        A pair: the input, and cosines `(batch, classes)`, in the compute dtype.

    Weights:
        `weight (channels, classes)`.

    Source: F. Wang et al., "Additive Margin Softmax for Face Verification", IEEE Signal
        Processing Letters 2018, section II.
    """

    def __init__(self, *, classes, **kwargs):
        super().__init__(**kwargs)
        _check.positive_int("CosineClasses", classes=classes)
        self.classes = classes

    def build(self, input_shape):
        self.weight = self.add_weight(
            shape=(input_shape[-1], self.classes),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            name="weight",
        )

    def call(self, inputs):
        return inputs, ops.matmul(unit_length(inputs, -1), unit_length(self.weight, 0))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape), (input_shape[0], self.classes)

    def get_config(self):
        return {**super().get_config(), "classes": self.classes}


def unit_length(x, axis):
    """Returns `x / max(|x|, 1e-12)` along `axis`. Value and gradient are finite at 0."""
    x = ops.convert_to_tensor(x)
    square = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(square, 1e-24))


@keras.saving.register_keras_serializable(package="kapre_like")
class AMSoftmaxLoss(keras.losses.Loss):
    """Cross-entropy of `scale * (cos - margin)` for the right class, `scale * cos` for others.

    Args:
        scale: Float > 0.
        margin: Float >= 0, subtracted from the cosine of the right class.
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
    """Returns which entry of `y_pred (batch, classes)` is the right class, bool.

    Raises:
        ValueError: For a class that `y_pred` does not have; see `known_classes`.
    """
    labels = ops.reshape(ops.cast(y_true, "int32"), (-1, 1))
    labels = known_classes("Loss over cosines", labels, y_pred.shape[-1])
    return labels == ops.arange(y_pred.shape[-1], dtype="int32")[None]


@keras.saving.register_keras_serializable(package="kapre_like")
class ProxyNCALoss(keras.losses.Loss):
    """`-log(exp(-d(x, p_y)) / sum_(c != y) exp(-d(x, p_c)))`, `d = |x - p|^2 = 2 - 2 cos`.

    The loss may be negative, because the denominator does not contain the right class.

    Args:
        scale: Float > 0, factor of `d`, 1 in the source. Greater values make the loss steeper.
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
    """Moves each class vector toward the clips of its class and away from all others.

    `mean_(p in P+) log(1 + sum_(x of p) exp(-a (cos - m)))
    + mean_(p in P) log(1 + sum_(x not of p) exp(a (cos + m)))`, with `P` all classes and `P+`
    those in the batch. The loss is one number per batch, returned for each clip.

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
    """`log(1 + sum exp(x))` per class, over the clips where `counted` is true."""
    x = ops.where(counted, x, -1e9)
    return ops.logsumexp(ops.concatenate([x, ops.zeros_like(x[:1])], axis=0), axis=0)
