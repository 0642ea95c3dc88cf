"""Detects a collapsed network, which predicts the same for every clip.

For example, a classifier that always predicts the most frequent class has an accuracy equal to
that class's share (62.1 % "unknown" on Speech Commands).
"""

import keras
from keras import ops

from kapre_like import _check

# Predictions count as constant if more than `_SHARE` of the clips get one class, or if the
# scores' standard deviation is less than `_SPREAD` times that of the labels.
_SHARE, _SPREAD = 0.995, 0.05


@keras.saving.register_keras_serializable(package="kapre_like")
class TopClass(keras.metrics.Metric):
    """Metric: the share of the most frequently predicted class.

    Args:
        classes: Int > 0, number of classes.
        name: Name of the metric.
        **kwargs: Base metric arguments, such as `dtype`.
    """

    def __init__(self, *, classes, name="top_class", **kwargs):
        super().__init__(name=name, **kwargs)
        _check.positive_int("TopClass", classes=classes)
        self.classes = classes
        self.counts = self.add_weight(
            shape=(classes,), initializer="zeros", name="counts", dtype="float32"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):  # noqa: ARG002 -- Keras's signature
        predicted = ops.one_hot(ops.argmax(y_pred, axis=-1), self.classes, dtype="float32")
        self.counts.assign(self.counts + ops.sum(predicted, axis=0))

    def result(self):
        return ops.max(self.counts) / ops.maximum(ops.sum(self.counts), 1.0)

    def get_config(self):
        return {**super().get_config(), "classes": self.classes}


@keras.saving.register_keras_serializable(package="kapre_like")
class ScoreSpread(keras.metrics.Metric):
    """Metric: standard deviation of the scores relative to that of the labels.

    Args:
        offset: Float, mean of the labels.
        scale: Float > 0, standard deviation of the labels.
        name: Name of the metric.
        **kwargs: Base metric arguments, such as `dtype`.
    """

    def __init__(self, *, offset, scale, name="spread", **kwargs):
        super().__init__(name=name, **kwargs)
        _check.number("ScoreSpread", offset=offset)
        _check.positive("ScoreSpread", scale=scale)
        self.offset, self.scale = offset, scale
        # Count, mean and sum of squared deviations from the mean. A sum of plain squares would
        # lose all precision for scores far from the labels.
        self.moments = self.add_weight(
            shape=(3,), initializer="zeros", name="moments", dtype="float32"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):  # noqa: ARG002 -- Keras's signature
        y = (ops.cast(ops.reshape(y_pred, (-1,)), "float32") - self.offset) / self.scale
        count, mean, squares = (self.moments[i] for i in range(3))
        added = ops.sum(ops.ones_like(y))
        batch_mean = ops.mean(y)
        total, shift = count + added, batch_mean - mean
        between = ops.square(shift) * count * added / total
        squares += ops.sum(ops.square(y - batch_mean)) + between
        self.moments.assign(ops.stack([total, mean + shift * added / total, squares]))

    def result(self):
        return ops.sqrt(self.moments[2] / ops.maximum(self.moments[0], 1.0))

    def get_config(self):
        return {**super().get_config(), "offset": self.offset, "scale": self.scale}


def is_constant(history: dict[str, list[float]], epoch: int) -> bool:
    """Returns whether the predictions were constant at the end of an epoch.

    Args:
        history: Training curves. The curves of the validation clips are used if there are any,
            else those of the training clips.
        epoch: Int >= 1.
    """
    part = "valid" if "valid_loss" in history else "train"
    rules = (
        ("top_class", lambda x: x > _SHARE),
        # NaN for all clips counts as constant, too.
        ("spread", lambda x: not x >= _SPREAD),
    )
    for name, is_met in rules:
        values = history.get(f"{part}_{name}", [])
        if len(values) >= epoch and is_met(values[epoch - 1]):
            return True
    return False
