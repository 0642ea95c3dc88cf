"""Applies an augmentation recipe in training.

Waveform layers are put before the network, in the training model only. Label layers, such as
MixUp, change the batches before the model. The saved model has neither.
"""

from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from kapre_like.augment.recipe import Recipe, read_recipe
from kapre_like.models.blocks.clip_windows import clip_inputs
from kapre_like.models.training.augment_setting import NONE
from kapre_like.models.training.loop import generator_state


def recipe_of(source: str | None, recipe: dict[str, Any]) -> Recipe | None:
    """Returns the augmentation that the setting `augment` names; `None` without one.

    Args:
        source: Name of a recipe, path of a YAML file, `"none"` or `None`.
        recipe: Recipe of the training, with `sample_rate`, `class_names` and `seed`.
    """
    if source in (None, NONE):
        return None
    return read_recipe(
        source,
        sample_rate=recipe["sample_rate"],
        n_classes=_n_classes(recipe),
        seed=recipe["seed"],
    )


def text_of(changes: Recipe | None) -> dict[str, str]:
    """Returns the YAML text of a recipe under the key `augmentation`; empty without one.

    It is part of a training's fingerprint, because a file of the same name may have changed. It
    is also saved in the settings of the trained model.
    """
    return {} if changes is None else {"augmentation": changes.text}


def behind_augmentation(network: keras.Model, recipe: Recipe | None) -> keras.Model:
    """Returns a training model that augments waveforms before `network`.

    The network is a layer of the training model, so both have the same weights in the same
    order.
    """
    if recipe is None or not recipe.waveform:
        return network
    waveform, length = clip_inputs()
    x = [waveform, length]
    for layer in recipe.waveform:
        x = layer(x)
    return keras.Model([waveform, length], network(x), name=f"{network.name}_in_training")


def left_out(recipe: Recipe | None) -> list[str]:
    """Returns a note if a recipe has layers that a network on waveforms cannot apply."""
    if recipe is None or not recipe.spectrogram:
        return []
    names = ", ".join(type(layer).__name__ for layer in recipe.spectrogram)
    return [
        f"augment={recipe.name}: its layers for spectrograms ({names}) are left out, because "
        "this network takes waveforms"
    ]


def changed_batches(
    train: Any, valid: Any, changes: Recipe | None, recipe: dict[str, Any]
) -> tuple["ChangedBatches", "ChangedBatches | None"]:
    """Returns both pipelines with probabilities as labels. Label layers change `train` only.

    Args:
        train: A `kapre_like.audio.Pipeline`.
        valid: Another `Pipeline`, or `None`.
        changes: As from `recipe_of`.
        recipe: Recipe of the training.
    """
    layers = () if changes is None else changes.labels
    classes, seed = _n_classes(recipe), recipe["seed"]
    return (
        ChangedBatches(train, classes, layers, seed),
        None if valid is None else ChangedBatches(valid, classes),
    )


def _n_classes(recipe: dict[str, Any]) -> int | None:
    names = recipe["class_names"]
    return None if names is None else len(names)


@dataclass(frozen=True)
class ChangedBatches:
    """A pipeline whose labels are probabilities, changed by the label layers of a recipe.

    Epoch `k` depends only on the pipeline, `seed` and `k`, so a resumed training gets the same
    batches.

    Attributes:
        pipeline: A `kapre_like.audio.Pipeline`.
        n_classes: Int > 0; `None` for scores, which are not changed to probabilities.
        layers: Label layers of a recipe; empty for validation.
        seed: Int >= 0.
    """

    pipeline: Any
    n_classes: int | None
    layers: tuple[keras.layers.Layer, ...] = ()
    seed: int = 0

    @property
    def n_batches(self) -> int:
        """Batches per epoch."""
        return self.pipeline.n_batches

    def epoch(self, epoch: int = 0) -> Any:
        """Returns a `tf.data.Dataset` of one epoch: `((waveform, length), label)`."""
        for number, layer in enumerate(self.layers):
            state = generator_state([self.seed, epoch, number])
            layer.seed_generator.state.assign(state)
        return self.pipeline.epoch(epoch).map(self._change).prefetch(2)

    def _change(self, clips: Any, label: Any) -> Any:
        if self.n_classes is not None:
            label = ops.one_hot(label, self.n_classes, dtype="float32")
        clips = list(clips)
        for layer in self.layers:
            clips, label = layer((clips, label), training=True)
        return tuple(clips), label
