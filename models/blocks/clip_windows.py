"""Length rule inside the graph of a model, so that every saved and exported file contains it.

Cuts the same windows as `models/artifact/length_rule.py` does in NumPy.
"""

from typing import Any

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.artifact.length_rule import LengthRule
from kapre_like.ops.masking import length_mask, lengths


@keras.saving.register_keras_serializable(package="kapre_like")
class ClipCenter(keras.layers.Layer):
    """Keeps the middle of each clip. A shorter clip is kept whole.

    The middle is that of the clip without its padding, as in `audio.decode.center_crop`.

    Args:
        samples: Int > 0, samples that are kept.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[waveform, length]`: `(batch, time)` floating point, `(batch,)` integers.

    Output shape:
        A pair: `(batch, min(time, samples))` float32, zeros past each end, and `(batch,)`
        int32.

    Raises:
        ValueError: If `samples` is not an int > 0.
    """

    def __init__(self, *, samples: int, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        _check.positive_int("ClipCenter", samples=samples)
        self.samples = samples

    def call(self, inputs: Any) -> Any:
        waveform, length = _clips(inputs)
        start = ops.maximum(length - self.samples, 0) // 2
        kept = ops.minimum(length, self.samples)
        return _windows(waveform, start, kept, self.samples), kept

    def compute_output_spec(self, inputs: Any) -> Any:
        batch, time = inputs[0].shape
        return (
            keras.KerasTensor((batch, _width(time, self.samples)), dtype="float32"),
            keras.KerasTensor((batch,), dtype="int32"),
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "samples": self.samples}


@keras.saving.register_keras_serializable(package="kapre_like")
class ClipTiles(keras.layers.Layer):
    """Cuts each clip into windows of equal length, and stacks them into a longer batch.

    The windows of a clip follow each other. The last one is moved back to end with the clip.
    Each clip has as many rows as the longest clip of the batch needs. Surplus rows repeat the
    clip's last window, so that no row is empty, and have the count 0.

    Args:
        samples: Int > 0, samples of a window.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[waveform, length]`: `(batch, time)` floating point, `(batch,)` integers.

    Output shape:
        `(batch * windows, min(time, samples))` float32; `(batch * windows,)` int32, the
        length of each window; `(batch, windows)` float32, 0 for surplus rows, else 1.

    Raises:
        ValueError: If `samples` is not an int > 0.
    """

    def __init__(self, *, samples: int, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        _check.positive_int("ClipTiles", samples=samples)
        self.samples = samples

    def call(self, inputs: Any) -> Any:
        waveform, length = _clips(inputs)
        # `arange` of an unknown number is not available in every export format.
        number = ops.cumsum(ops.ones_like(waveform[:, :: self.samples], dtype="int32"), 1) - 1
        first = number * self.samples
        length = ops.expand_dims(length, axis=1)
        counts = ops.logical_or(ops.equal(number, 0), first < length)
        start = ops.minimum(first, ops.maximum(length - self.samples, 0))
        kept = ops.minimum(length, self.samples) + ops.zeros_like(number)
        windows = _windows(waveform, start, kept, self.samples)
        # -1 instead of a product of two unknown sizes, which some converters cannot compute.
        width = _rows(windows)
        return (
            ops.reshape(windows, (-1, width)),
            ops.reshape(kept, (-1,)),
            ops.cast(counts, "float32"),
        )

    def compute_output_spec(self, inputs: Any) -> Any:
        batch, time = inputs[0].shape
        windows = None if time is None else max(1, -(-time // self.samples))
        rows = None if batch is None or windows is None else batch * windows
        return (
            keras.KerasTensor((rows, _width(time, self.samples)), dtype="float32"),
            keras.KerasTensor((rows,), dtype="int32"),
            keras.KerasTensor((batch, windows), dtype="float32"),
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "samples": self.samples}


@keras.saving.register_keras_serializable(package="kapre_like")
class TileMean(keras.layers.Layer):
    """Averages a network's outputs over the windows of each clip.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[answers, counts]`: `(batch * windows, ...)`, and the `(batch, windows)` that
        `ClipTiles` returns.

    Output shape:
        `(batch, ...)` float32.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)

    def call(self, inputs: Any) -> Any:
        answers, counts = inputs
        inner = answers.shape[1:]
        batch, windows = ops.shape(counts)
        x = ops.reshape(ops.cast(answers, "float32"), (batch, windows, *inner))
        weights = ops.reshape(counts, (batch, windows, *(1 for _ in inner)))
        # `where`, because 0 times NaN of a surplus window would be NaN.
        x = ops.where(weights > 0, x, 0.0)
        return ops.sum(x, axis=1) / ops.sum(weights, axis=1)

    def compute_output_spec(self, inputs: Any) -> Any:
        answers, counts = inputs
        return keras.KerasTensor((counts.shape[0], *answers.shape[1:]), dtype="float32")


def with_length_rule(model: keras.Model, rule: LengthRule, sample_rate: int) -> keras.Model:
    """Returns a model that first applies a length rule to its clips.

    Args:
        model: A functional model from `waveform (batch, samples)` and `length (batch,)` to
            `(batch, classes)` or `(batch,)`, that ends in a `ModelCard`.
        rule: The length rule.
        sample_rate: Int > 0, Hz, of the waveform.

    Returns:
        The model itself if the rule is `"whole"`, or if it applies the rule already. Else a
        model with the same weights, inputs and output whose card contains the rule.

    Raises:
        ValueError: If the model applies another rule already, or does not end in a card.
    """
    existing = rule_layer(model)
    samples = rule.samples(sample_rate)
    if existing is not None:
        kind = "center" if isinstance(existing, ClipCenter) else "tiles"
        if (kind, existing.samples) != (rule.kind, samples):
            needed = f"for {str(rule)!r}; its rule is {kind} of {existing.samples} samples"
            _check.fail("with_length_rule", "model", needed, model.name)
        return model
    if samples is None:
        return model
    body, card = without_card(model)
    waveform, length = clip_inputs()
    if rule.kind == "center":
        cut = ClipCenter(samples=samples, dtype="float32", name="clip_center")
        answer = body(list(cut([waveform, length])))
    else:
        cut = ClipTiles(samples=samples, dtype="float32", name="clip_tiles")
        windows, lengths_, counts = cut([waveform, length])
        mean = TileMean(dtype="float32", name="tile_mean")
        answer = mean([body([windows, lengths_]), counts])
    facts = {"seconds": rule.seconds, "length_rule": rule.kind}
    return keras.Model([waveform, length], card_with(card, facts)(answer), name=model.name)


def rule_layer(model: keras.Model) -> ClipCenter | ClipTiles | None:
    """Returns the layer of a model that cuts its clips, or `None`."""
    for layer in getattr(model, "layers", ()):
        if isinstance(layer, ClipCenter | ClipTiles):
            return layer
        if isinstance(layer, keras.Model) and (found := rule_layer(layer)) is not None:
            return found
    return None


def without_card(model: keras.Model) -> tuple[keras.Model, ModelCard]:
    """Returns the model without its card, and the card.

    Raises:
        ValueError: If the model does not end in a card.
    """
    card = model.layers[-1]
    if not isinstance(card, ModelCard):
        fix = "End it with `kapre_like.models.ModelCard(...)(outputs)`."
        _check.fail("network", "model", "one that ends in a ModelCard", model.name, fix)
    return keras.Model(model.inputs, card.input, name=f"{model.name}_body"), card


def card_with(card: ModelCard, facts: dict[str, Any]) -> ModelCard:
    """Returns a copy of the card with some facts replaced."""
    return type(card).from_config({**card.get_config(), **facts})


def clip_inputs() -> tuple[Any, Any]:
    """Returns the inputs of a network for clips, `waveform` and `length`."""
    waveform = keras.Input((None,), dtype="float32", name="waveform")
    return waveform, keras.Input((), dtype="int32", name="length")


def _clips(inputs: Any) -> tuple[Any, Any]:
    """Returns the waveform in float32, and lengths clipped to its size."""
    waveform, length = inputs
    waveform = ops.cast(waveform, "float32")
    return waveform, lengths(length_mask(waveform, length=length))


def _windows(waveform: Any, start: Any, kept: Any, samples: int) -> Any:
    """Returns the windows of each clip that begin at `start`, with zeros after `kept` samples.

    Args:
        waveform: `(batch, time)`.
        start: int32 `(batch,)` or `(batch, windows)`.
        kept: int32 of the shape of `start`, samples of the clip in the window.
        samples: Int > 0, maximum samples of a window.

    Returns:
        `(batch, min(time, samples))` or `(batch, windows, min(time, samples))`.
    """
    ones = ops.ones_like(waveform, dtype="int32")
    # Indices into the flattened waveform, because every export format can gather from a vector.
    clip = ops.cumsum(ones[:, :1], axis=0) - 1
    time = ops.sum(ones[:1], axis=1, keepdims=True)
    position = ops.cumsum(ones[:1, :samples], axis=1) - 1
    start, kept = ops.expand_dims(start, axis=-1), ops.expand_dims(kept, axis=-1)
    if len(start.shape) == 3:
        clip, time, position = (ops.expand_dims(x, axis=1) for x in (clip, time, position))
    index = ops.minimum(start + position, time - 1) + clip * time
    values = ops.take(ops.reshape(waveform, (-1,)), index, axis=0)
    return ops.where(position < kept, values, 0.0)


def _width(time: int | None, samples: int) -> int | None:
    return None if time is None else min(time, samples)


def _rows(windows: Any) -> Any:
    """Returns the size of the last axis, which may be unknown in a graph."""
    return ops.shape(windows)[-1]
