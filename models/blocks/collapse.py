"""Detects a collapsed network, which predicts the same for every clip.

The known case: a classifier that names the most frequent class always, and whose accuracy then
is that class's share (62.1 % "unknown" on Speech Commands).
"""

import keras
from keras import ops

from kapre_like import _check

# More than this share of clips in one class, or less than this share of the labels' deviation,
# and predictions are constant.
_SHARE, _SPREAD = 0.995, 0.05


@keras.saving.register_keras_serializable(package="kapre_like")
class TopClass(keras.metrics.Metric):
    """Metric: the share of the most frequently predicted class.

    Args:
        classes: Int > 0.
        name: Of the metric.
        **kwargs: Base metric arguments, such as `dtype`.
    """

    def __init__(self, *, classes, name="top_class", **kwargs):
        super().__init__(name=name, **kwargs)
        _check.positive_int("TopClass", classes=classes)
        self.classes = classes
        self.counts = self.add_weight(
            shape=(classes,), initializer="zeros", name="counts", dtype="float32"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):  # noqa: ARG002 -- Keras' words
        given = ops.one_hot(ops.argmax(y_pred, axis=-1), self.classes, dtype="float32")
        self.counts.assign(self.counts + ops.sum(given, axis=0))

    def result(self):
        return ops.max(self.counts) / ops.maximum(ops.sum(self.counts), 1.0)

    def get_config(self):
        return {**super().get_config(), "classes": self.classes}


@keras.saving.register_keras_serializable(package="kapre_like")
class ScoreSpread(keras.metrics.Metric):
    """Metric: standard deviation of the scores relative to that of the labels.

    Args:
        offset: Float, the labels' mean.
        scale: Float > 0, the labels' deviation.
        name: Of the metric.
        **kwargs: Base metric arguments, such as `dtype`.
    """

    def __init__(self, *, offset, scale, name="spread", **kwargs):
        super().__init__(name=name, **kwargs)
        _check.number("ScoreSpread", offset=offset)
        _check.positive("ScoreSpread", scale=scale)
        self.offset, self.scale = offset, scale
        # Number, mean and sum of squares about it: of a sum of plain squares, scores far from
        # the labels would leave nothing but rounding.
        self.moments = self.add_weight(
            shape=(3,), initializer="zeros", name="moments", dtype="float32"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):  # noqa: ARG002 -- Keras' words
        y = (ops.cast(ops.reshape(y_pred, (-1,)), "float32") - self.offset) / self.scale
        count, mean, squares = (self.moments[i] for i in range(3))
        more = ops.sum(ops.ones_like(y))
        own = ops.mean(y)
        total, apart = count + more, own - mean
        squares += ops.sum(ops.square(y - own)) + ops.square(apart) * count * more / total
        self.moments.assign(ops.stack([total, mean + apart * more / total, squares]))

    def result(self):
        return ops.sqrt(self.moments[2] / ops.maximum(self.moments[0], 1.0))

    def get_config(self):
        return {**super().get_config(), "offset": self.offset, "scale": self.scale}


def is_constant(history: dict[str, list[float]], epoch: int) -> bool:
    """Returns whether the predictions were constant at the end of an epoch.

    Args:
        history: Curves; of the validation clips where there are such, else of the others.
        epoch: Int >= 1.
    """
    part = "valid" if "valid_loss" in history else "train"
    signs = (
        ("top_class", lambda x: x > _SHARE),
        # NaN for all clips is constant, too.
        ("spread", lambda x: not x >= _SPREAD),
    )
    for name, says in signs:
        values = history.get(f"{part}_{name}", [])
        if len(values) >= epoch and says(values[epoch - 1]):
            return True
    return False
