"""Runs a heavy network only on clips for which a light network is not confident."""

from typing import Any

import keras
from keras import ops

from kapre_like import _check
from kapre_like.ops import lowering


@keras.saving.register_keras_serializable(package="kapre_like")
class HeavyWhereUnsure(keras.layers.Layer):
    """Replaces predictions whose top probability is low by those of another network.

    On TensorFlow the network runs on these clips only, and not at all if there are none. On
    JAX and PyTorch it runs on the whole batch if any clip needs it. In files with plain
    operators (LiteRT, ONNX) it runs on every clip.

    Args:
        model: A functional `keras.Model` from `[waveform, length]` to `(batch, classes)`
            probabilities.
        threshold: Float in [0, 1]. Predictions with a top probability up to this are replaced.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[waveform, length, answers]`: `(batch, samples)`, `(batch,)` integers, and
        `(batch, classes)` probabilities.

    Output shape:
        `(batch, classes)` float32.

    Raises:
        ValueError: If `threshold` is not in [0, 1].
    """

    def __init__(self, *, model: keras.Model, threshold: float, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        if not 0 <= threshold <= 1:
            _check.fail("HeavyWhereUnsure", "threshold", "in [0, 1]", threshold)
        self.model, self.threshold = model, float(threshold)

    def build(self, input_shape: Any) -> None:
        del input_shape
        self.built = True

    def call(self, inputs: Any) -> Any:
        waveform, length, answers = inputs
        answers = ops.cast(answers, "float32")
        unsure = ops.minimum(ops.max(answers, axis=-1), 1.0) <= self.threshold
        if lowering.plain():
            return self._all(waveform, length, answers, unsure)
        replace = self._selected if keras.backend.backend() == "tensorflow" else self._all
        return ops.cond(
            ops.any(unsure), lambda: replace(waveform, length, answers, unsure), lambda: answers
        )

    def _all(self, waveform: Any, length: Any, answers: Any, unsure: Any) -> Any:
        heavy = ops.cast(self.model([waveform, length], training=False), "float32")
        return ops.where(ops.expand_dims(unsure, axis=-1), heavy, answers)

    def _selected(self, waveform: Any, length: Any, answers: Any, unsure: Any) -> Any:
        rows = ops.nonzero(unsure)[0]
        selected = [ops.take(x, rows, axis=0) for x in (waveform, length)]
        heavy = ops.cast(self.model(selected, training=False), "float32")
        return ops.scatter_update(answers, ops.expand_dims(rows, axis=-1), heavy)

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor(inputs[2].shape, dtype="float32")

    def get_config(self) -> dict[str, Any]:
        model = keras.saving.serialize_keras_object(self.model)
        return {**super().get_config(), "model": model, "threshold": self.threshold}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "HeavyWhereUnsure":
        model = keras.saving.deserialize_keras_object(config["model"])
        return cls(**{**config, "model": model})
