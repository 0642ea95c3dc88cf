"""Builds the network at the start of a training, from a checkpoint or with random weights."""

from collections.abc import Callable
from typing import Any

import keras

from kapre_like.models.artifact.card import card_of
from kapre_like.models.training.finetuning.stages import dtype_policy
from kapre_like.models.training.labels import brief
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface
from kapre_like.models.wav2vec2.heads.network import wav2vec2

PRESET = "wav2vec2-tiny"
UNTRAINED = (
    f"no checkpoint was given: {PRESET}, a small network with random weights, is trained from "
    "scratch; it is not a pretrained model"
)


def build(
    recipe: dict[str, Any],
    *,
    unit: dict[str, float] | None,
    precision: str = "float32",
    log: Callable[[str], None] = lambda _: None,
    **options: Any,
) -> keras.Model:
    """Returns the network with a new head for the labels of a recipe.

    Args:
        recipe: Dict with `task`, `class_names`, `sample_rate`, `seed`, and `settings` with
            `checkpoint`, which may be `None`.
        unit: See `fine_tune`.
        precision: Dtype policy of the layers.
        log: Called with one line on the initial weights.
        **options: Options of `wav2vec2`, such as `gradient_checkpointing` and
            `feature_encoder`.
    """
    head = "regress" if recipe["task"] == "regress" else "classify"
    if head == "classify":
        options |= {"labels": recipe["class_names"], "output": "probabilities"}
    else:
        options |= unit or {}
    checkpoint = recipe["settings"]["checkpoint"]
    keras.utils.set_random_seed(recipe["seed"])
    with dtype_policy(precision):
        if checkpoint is None:
            log(UNTRAINED)
            model = wav2vec2(PRESET, head, **options)
        else:
            model = from_huggingface(
                checkpoint, head, fresh_head=True, report=lambda x: log(str(x)), **options
            )
    return _with_card(model, recipe)


def _with_card(model: keras.Model, recipe: dict[str, Any]) -> keras.Model:
    """Returns the network with the recipe in its card, which `kapre_like.metadata` reads."""
    rate = CheckpointFacts.of(model).sampling_rate
    if rate != recipe["sample_rate"]:
        raise ValueError(
            f"{recipe['settings']['checkpoint']}: was trained at {rate} Hz, and the data is "
            f"read at {recipe['sample_rate']} Hz. Use a checkpoint for that rate."
        )
    card_of(model).recipe = {
        **brief(recipe),
        "settings": {"checkpoint": recipe["settings"]["checkpoint"]},
    }
    return model
