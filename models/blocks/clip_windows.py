"""The length rule of a model inside its graph, so that every saved and exported file holds it.

The same windows as `models/artifact/length_rule.py` cuts in NumPy.
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
    """Keeps the middle of each clip; a shorter clip is kept whole.

    The middle is that of the clip without its padding, as `audio.decode.centre_crop` finds it.

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
    """Cuts each clip into windows of one length, and makes a longer batch of them.

    The windows of a clip follow each other; the last is moved back so that it ends where the
    clip does. A clip has as many rows as the longest clip of the batch: those it does not need
    repeat its last window, so that no row is empty, and do not count.

    Args:
        samples: Int > 0, samples of a window.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[waveform, length]`: `(batch, time)` floating point, `(batch,)` integers.

    Output shape:
        `(batch * windows, min(time, samples))` float32; `(batch * windows,)` int32, the
        length of each window; `(batch, windows)` float32, 1 for a window that counts, else 0.

    Raises:
        ValueError: If `samples` is not an int > 0.
    """

    def __init__(self, *, samples: int, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        _check.positive_int("ClipTiles", samples=samples)
        self.samples = samples

    def call(self, inputs: Any) -> Any:
        waveform, length = _clips(inputs)
        # `arange` of an unknown number is not to be had in every format.
        number = ops.cumsum(ops.ones_like(waveform[:, :: self.samples], dtype="int32"), 1) - 1
        first = number * self.samples
        alone = ops.expand_dims(length, axis=1)
        counts = ops.logical_or(ops.equal(number, 0), first < alone)
        start = ops.minimum(first, ops.maximum(alone - self.samples, 0))
        kept = ops.minimum(alone, self.samples) + ops.zeros_like(number)
        windows = _windows(waveform, start, kept, self.samples)
        # Not `ops.shape`: a product of unknown axes is more than some converters can do.
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
    """Averages what a network answered for the windows of each clip.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[answers, counts]`: `(batch * windows, ...)` and `(batch, windows)`, as
        `ClipTiles` returns it.

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
        # Not a product alone: NaN of a window that does not count must not reach the clip.
        x = ops.where(weights > 0, x, 0.0)
        return ops.sum(x, axis=1) / ops.sum(weights, axis=1)

    def compute_output_spec(self, inputs: Any) -> Any:
        answers, counts = inputs
        return keras.KerasTensor((counts.shape[0], *answers.shape[1:]), dtype="float32")


def with_length_rule(model: keras.Model, rule: LengthRule, sample_rate: int) -> keras.Model:
    """Returns a model that applies a length rule to its clips first.

    Args:
        model: A functional model from `waveform (batch, samples)` and `length (batch,)` to
            `(batch, classes)` or `(batch,)`, that ends in a `ModelCard`.
        rule: The rule. A model that holds one already must hold this one.
        sample_rate: Int > 0, Hz, of the waveform.

    Returns:
        The model itself for the rule `"whole"`, and if it holds the rule. Else a model of the
        same weights, inputs and output whose card names the rule.

    Raises:
        ValueError: If the model holds another rule, or does not end in a card.
    """
    held = rule_layer(model)
    samples = rule.samples(sample_rate)
    if held is not None:
        kind = "center" if isinstance(held, ClipCenter) else "tiles"
        if (kind, held.samples) != (rule.kind, samples):
            what = f"for {str(rule)!r}; it holds {kind} of {held.samples} samples"
            _check.fail("with_length_rule", "model", what, model.name)
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
    """Returns the layer of a model that cuts its clips; `None` if there is none."""
    for layer in getattr(model, "layers", ()):
        if isinstance(layer, ClipCenter | ClipTiles):
            return layer
        if isinstance(layer, keras.Model) and (found := rule_layer(layer)) is not None:
            return found
    return None


def without_card(model: keras.Model) -> tuple[keras.Model, ModelCard]:
    """Returns the model up to its card, and the card that it ends in.

    Raises:
        ValueError: If the model ends in something else.
    """
    card = model.layers[-1]
    if not isinstance(card, ModelCard):
        fix = "End it with `kapre_like.models.ModelCard(...)(outputs)`."
        _check.fail("network", "model", "one that ends in a ModelCard", model.name, fix)
    return keras.Model(model.inputs, card.input, name=f"{model.name}_body"), card


def card_with(card: ModelCard, facts: dict[str, Any]) -> ModelCard:
    """Returns a new card that says the same, but for these facts."""
    return type(card).from_config({**card.get_config(), **facts})


def clip_inputs() -> tuple[Any, Any]:
    """The inputs that every network for clips has."""
    waveform = keras.Input((None,), dtype="float32", name="waveform")
    return waveform, keras.Input((), dtype="int32", name="length")


def _clips(inputs: Any) -> tuple[Any, Any]:
    """The waveform in float32, and lengths that are inside it."""
    waveform, length = inputs
    waveform = ops.cast(waveform, "float32")
    return waveform, lengths(length_mask(waveform, length=length))


def _windows(waveform: Any, start: Any, kept: Any, samples: int) -> Any:
    """Of each clip what begins at `start`, with zeros past the samples that are kept.

    Args:
        waveform: `(batch, time)`.
        start: int32 `(batch,)` or `(batch, windows)`.
        kept: int32, as `start`: samples of the clip from there on.
        samples: Int > 0, the most samples of a window.

    Returns:
        `(batch, min(time, samples))` or `(batch, windows, min(time, samples))`.
    """
    ones = ops.ones_like(waveform, dtype="int32")
    # One long row, and where each clip begins in it: every format can gather from that.
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
    """The last axis of windows, which may be unknown while a graph is made."""
    return ops.shape(windows)[-1]
