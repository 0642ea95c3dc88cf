"""The card of a model: a layer that stores facts about it, and how to find that layer."""

from collections.abc import Iterator
from typing import Any

import keras

from kapre_like import _check
from kapre_like.models.artifact.length_rule import KINDS
from kapre_like.saving import outermost_first

TASKS = ("classify", "regress", "transcribe", "frames", "ctc", "xvector", "pretrain", None)
_OUTPUTS = {
    "classify": "probabilities", "regress": "score", "transcribe": "log_probabilities",
}  # fmt: skip
# Tasks without classes or named scores. The others may have names, and "classify" must.
_NAMELESS = ("transcribe", "pretrain", None)


@keras.saving.register_keras_serializable(package="kapre_like")
class ModelCard(keras.layers.Layer):
    """Identity layer that stores metadata of a model.

    The metadata is the layer's configuration, so it is saved with the model in every format.
    `kapre_like.metadata(path)` reads them from a file without building the model.

    Args:
        task: `"classify"` or `"regress"` for one output per clip; `"transcribe"` for the text
            of a clip; `"frames"` for classes per frame; `"ctc"` for text with a vocabulary of
            Hugging Face; `"xvector"` for speaker embeddings; `"pretrain"` for training without
            labels; `None` for a network without a head.
        sample_rate: Int > 0, Hz, of the input waveforms.
        class_names: List of strings in the order of the outputs; `None` if there are no
            classes, or if the classes of a network for frames, text or speakers have no names.
            For `"regress"`, the names of the scores, or `None` for a single score.
        recipe: Dict of JSON values that describes how the model was made. `None` means an
            empty dict.
        seconds: Float > 0, the length of a window in `length_rule`; `None` with `"whole"`.
        length_rule: The part of a clip that the model processes: `"whole"`; `"center"`, the
            `seconds` in the middle; `"tiles"`, windows of `seconds` whose outputs are averaged.
        output: What the model returns, such as `"logits"` or `"embedding"`. `None` is
            `"probabilities"` for `"classify"`, `"score"` for `"regress"`,
            `"log_probabilities"` for `"transcribe"`, else unknown.
        checkpoint: Dict of JSON values from which a checkpoint for other libraries is written;
            `None` for a network without such a format.
        text: Dict of JSON values for `"transcribe"`: `vocabulary`, which maps the output to
            text, and `frame_seconds`, the time between two output frames. `None` for other
            tasks.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any tensor, or structure of tensors.

    Output shape:
        Same as the input.

    Raises:
        ValueError: If an argument is out of its domain, or does not fit the task.

    Example:
        >>> from kapre_like.models import ModelCard
        >>> ModelCard(task="classify", sample_rate=8000, class_names=["no", "yes"]).output_kind
        'probabilities'
    """

    def __init__(
        self,
        *,
        task: str | None,
        sample_rate: int,
        class_names: list[str] | None = None,
        recipe: dict[str, Any] | None = None,
        seconds: float | None = None,
        length_rule: str = "whole",
        output: str | None = None,
        checkpoint: dict[str, Any] | None = None,
        text: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        # The input keeps its dtype under every policy.
        super().__init__(autocast=False, **kwargs)
        _check.one_of("ModelCard", TASKS, task=task)
        _check.positive_int("ModelCard", sample_rate=sample_rate)
        _check_classes(task, class_names)
        _check_length_rule(length_rule, seconds)
        if checkpoint is not None and not isinstance(checkpoint, dict):
            _check.fail("ModelCard", "checkpoint", "a dict, or None", checkpoint)
        if (text is not None) != (task == "transcribe"):
            rule = "a dict for 'transcribe', and None for any other task"
            _check.fail("ModelCard", "text", rule, text)
        self.task, self.sample_rate = task, sample_rate
        self.class_names = None if class_names is None else list(class_names)
        self.recipe = {} if recipe is None else dict(recipe)
        self.seconds, self.length_rule = seconds, length_rule
        self.output_kind = _OUTPUTS.get(task) if output is None else output
        self.checkpoint = None if checkpoint is None else dict(checkpoint)
        self.text = None if text is None else dict(text)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.tree.map_structure(
            lambda x: keras.KerasTensor(x.shape, dtype=x.dtype), inputs
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self.facts()}

    def facts(self) -> dict[str, Any]:
        """Returns the facts as `kapre_like.metadata` does."""
        return {
            "task": self.task,
            "class_names": self.class_names,
            "sample_rate": self.sample_rate,
            "seconds": self.seconds,
            "length_rule": self.length_rule,
            "output": self.output_kind,
            "recipe": self.recipe,
            "checkpoint": self.checkpoint,
            "text": self.text,
        }


def card_of(model: Any) -> ModelCard:
    """Returns the card of a model, which may be inside a nested model.

    If there are several, a card of the outer model has priority over those of nested models,
    and within one model the last card has priority. So a model that was extended can end in
    a new card.

    Args:
        model: A `keras.Model`.

    Raises:
        ValueError: If the model has no card.
    """
    for layer in outermost_first(model, _layers):
        if isinstance(layer, ModelCard):
            return layer
    fix = "End it with `kapre_like.models.ModelCard(...)(outputs)`."
    _check.fail("card_of", "model", "a model with a ModelCard inside", model, fix)


def walk_layers(model: Any) -> Iterator[Any]:
    """Yields every layer of `model`, then the layers of nested models."""
    return (layer for layer in outermost_first(model, _layers) if layer is not model)


def _layers(model: Any) -> list[Any]:
    return list(getattr(model, "layers", ()))


def _check_classes(task: str | None, class_names: Any) -> None:
    if task == "classify" and class_names is None:
        _check.fail("ModelCard", "class_names", "a list for 'classify'", class_names)
    if task in _NAMELESS and class_names is not None:
        _check.fail("ModelCard", "class_names", f"None for {task!r}", class_names)


def _check_length_rule(length_rule: str, seconds: float | None) -> None:
    _check.one_of("ModelCard", KINDS, length_rule=length_rule)
    if length_rule == "whole" and seconds is not None:
        _check.fail("ModelCard", "seconds", "None for the length rule 'whole'", seconds)
    if length_rule != "whole":
        _check.positive("ModelCard", seconds=seconds)
