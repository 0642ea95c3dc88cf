"""Calibration inside the graph of a model, so that every saved and exported file contains it.

Computes the same numbers as `models/artifact/calibration.py` does in NumPy.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.blocks.clip_windows import card_with


@keras.saving.register_keras_serializable(package="kapre_like")
class Calibrated(keras.layers.Layer):
    """Calibrates probabilities, and decides which predictions are confident.

    Computes `softmax(log(p) / temperature)`, then interpolates linearly between `knots`, which
    are the same for all classes, and divides by the sum. It computes in float32, or in float64
    under that policy. A probability of 0 stays 0.

    Args:
        temperature: Float > 0.
        knots: Pairs `(x, y)`, both increasing. The first is `(0, 0)`, the last `x` is 1. `None`
            does not interpolate.
        limits: For each class, the lowest probability of a confident prediction. `None` omits
            the output `confident`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, classes)`, probabilities.

    Output shape:
        `(batch, classes)`. With `limits` a dict: `probabilities`, and `confident` `(batch,)`
        bool.

    Raises:
        ValueError: If an argument is out of its domain.

    Example:
        >>> import numpy as np
        >>> from kapre_like.models.blocks.calibrated import Calibrated
        >>> x = Calibrated(temperature=0.5)(np.array([[0.25, 0.75]], "float32"))
        >>> np.array(x).round(2).tolist()[0][1] > 0.89
        True
    """

    def __init__(
        self,
        *,
        temperature: float = 1.0,
        knots: Sequence[Sequence[float]] | None = None,
        limits: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        _check.positive("Calibrated", temperature=temperature)
        self.temperature = float(temperature)
        self.knots = None if knots is None else [[float(x), float(y)] for x, y in knots]
        if self.knots is not None and not _increases(self.knots):
            rule = "increasing pairs from (0, 0) to an x of 1"
            _check.fail("Calibrated", "knots", rule, knots)
        self.limits = None if limits is None else [float(limit) for limit in limits]

    def call(self, inputs: Any) -> Any:
        x = self._tempered(ops.cast(inputs, self._number_type()))
        if self.knots is not None:
            x = self._mapped(x)
        if self.limits is None:
            return x
        best = ops.max(x, axis=-1, keepdims=True)
        limits = ops.convert_to_tensor(np.array(self.limits), dtype=self._number_type())
        # Not `ops.argmax`: Keras takes its input apart into bits, which LiteRT and ONNX cannot.
        limit = ops.max(ops.where(x >= best, limits, -1.0), axis=-1)
        return {"confident": best[..., 0] >= limit, "probabilities": x}

    def _tempered(self, x: Any) -> Any:
        share = x / ops.max(x, axis=-1, keepdims=True)
        # The inner `where` avoids log(0), whose value or gradient would be NaN.
        positive = share > 0
        power = ops.exp(ops.log(ops.where(positive, share, 1.0)) / self.temperature)
        return _normalized(ops.where(positive, power, 0.0))

    def _mapped(self, x: Any) -> Any:
        # Each piece rises from 0 to its height, because a sum of slopes would lose precision
        # by cancellation.
        ends, levels = np.array(self.knots).T
        pieces = zip(ends[:-1], np.diff(ends), np.diff(levels), strict=True)
        parts = [
            ops.clip((x - start) / width, 0.0, 1.0) * rise for start, width, rise in pieces
        ]
        return _normalized(sum(parts[1:], parts[0]))

    def _number_type(self) -> str:
        return "float64" if self.compute_dtype == "float64" else "float32"

    def compute_output_spec(self, inputs: Any) -> Any:
        answer = keras.KerasTensor(inputs.shape, dtype=self._number_type())
        if self.limits is None:
            return answer
        confident = keras.KerasTensor(inputs.shape[:-1], dtype="bool")
        return {"confident": confident, "probabilities": answer}

    def get_config(self) -> dict[str, Any]:
        own = {"temperature": self.temperature, "knots": self.knots, "limits": self.limits}
        return {**super().get_config(), **own}


def with_calibration(
    model: keras.Model, calibration: Calibration | None, *, confident: bool = False
) -> keras.Model:
    """Returns a model that calibrates its output, with the calibration in its card.

    Args:
        model: A functional model that ends in a `ModelCard`. A calibration that it contains is
            replaced.
        calibration: The calibration. One for scores changes the card only. `None` returns the
            model without calibration.
        confident: Whether to add the output `confident` if the calibration has thresholds.

    Raises:
        ValueError: If the model does not end in a card.
    """
    model = without_calibration(model)
    if calibration is None:
        return model
    card = model.layers[-1]
    if not isinstance(card, ModelCard):
        fix = "End it with `kapre_like.models.ModelCard(...)(outputs)`."
        _check.fail("with_calibration", "model", "one that ends in a card", model.name, fix)
    x = card.input
    if calibration.method != "conformal":
        x = Calibrated(
            temperature=calibration.temperature,
            knots=calibration.knots,
            limits=calibration.limits() if confident else None,
            dtype="float32",
            name="calibrated",
        )(x)
    recipe = {**card.recipe, "calibration": calibration.to_json()}
    return keras.Model(model.inputs, card_with(card, {"recipe": recipe})(x), name=model.name)


def without_calibration(model: keras.Model) -> keras.Model:
    """Returns a model without calibration: the model itself if it contains none."""
    card = model.layers[-1] if getattr(model, "layers", None) else None
    if not isinstance(card, ModelCard) or "calibration" not in card.recipe:
        return model
    recipe = {k: value for k, value in card.recipe.items() if k != "calibration"}
    x = card.input
    layer = keras.tree.flatten(x)[0]._keras_history.operation
    if isinstance(layer, Calibrated):
        x = layer.input
    return keras.Model(model.inputs, card_with(card, {"recipe": recipe})(x), name=model.name)


def _increases(knots: list[list[float]]) -> bool:
    values = np.array(knots)
    fits = values.ndim == 2 and len(values) > 1 and not values[0].any() and values[-1, 0] == 1
    return bool(fits and np.all(np.diff(values, axis=0) > 0))


def _normalized(x: Any) -> Any:
    return x / ops.sum(x, axis=-1, keepdims=True)
