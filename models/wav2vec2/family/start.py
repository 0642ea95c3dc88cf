"""The network that a training begins with: a checkpoint's, or a small one of random weights."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras

from kapre_like.models.artifact.card import card_of
from kapre_like.models.checkpoints.folder import find_checkpoint
from kapre_like.models.training.labels import brief
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface
from kapre_like.models.wav2vec2.heads.network import wav2vec2

PRESET = "wav2vec2-tiny"
_NOBODY = (
    "no checkpoint was given: {}, a small network of random weights, {}; this is no "
    "pretrained model"
)
UNTRAINED = _NOBODY.format(PRESET, "is trained from scratch")
UNTRAINED_PROBE = _NOBODY.format(PRESET, "is listened to as it is")


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
        recipe: With `task`, `class_names`, `sample_rate`, `seed` and `checkpoint`.
        unit: See `fine_tune`.
        precision: Dtype policy of the layers.
        log: Called with a line on what the weights are.
        **options: Of `wav2vec2`, such as `gradient_checkpointing` and `feature_encoder`.
    """
    head = "regress" if recipe["task"] == "regress" else "classify"
    if head == "classify":
        options |= {"labels": recipe["class_names"], "output": "probabilities"}
    else:
        options |= unit or {}
    checkpoint = recipe.get("checkpoint")
    keras.utils.set_random_seed(recipe["seed"])
    with _policy(precision):
        if checkpoint is None:
            log(UNTRAINED)
            model = wav2vec2(PRESET, head, **options)
        else:
            model = from_huggingface(
                checkpoint, head, fresh_head=True, report=lambda x: log(str(x)), **options
            )
    return _with_card(model, recipe)


def checkpoint_facts(checkpoint: str | None) -> dict[str, Any] | None:
    """What a recipe says of a checkpoint: its name, and a digest of configuration and weights.

    Another checkpoint under the same name makes another training.
    """
    if checkpoint is None:
        return None
    folder = find_checkpoint(checkpoint)
    digest = hashlib.sha256()
    for path in sorted(Path(folder).iterdir()):
        if path.name == "config.json" or path.suffix in (".safetensors", ".bin"):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return {"name": checkpoint, "sha256": digest.hexdigest()[:16]}


def _with_card(model: keras.Model, recipe: dict[str, Any]) -> keras.Model:
    """The network with the recipe in its card, which `kapre_like.metadata` reads."""
    rate = CheckpointFacts.of(model).sampling_rate
    if rate != recipe["sample_rate"]:
        raise ValueError(
            f"{recipe['checkpoint']}: was trained on sound at {rate} Hz, and this data is read "
            f"at {recipe['sample_rate']} Hz. Use a checkpoint at that rate."
        )
    card_of(model).recipe = {**brief(recipe), "checkpoint": recipe.get("checkpoint")}
    return model


@contextlib.contextmanager
def _policy(name: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
