"""Base class of the families that fine-tune a network."""

import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from kapre_like.models.training.batches import clips_per_batch, pipeline
from kapre_like.models.training.finetuning.settings import FineTuning, StageSettings, plan
from kapre_like.models.training.keras_family import KerasFamily
from kapre_like.models.training.labels import class_weight, fingerprint, score_unit

if TYPE_CHECKING:
    import keras
    import pandas as pd

    from kapre_like.augment.recipe import Recipe
    from kapre_like.models.blocks.layer_places import LayerPlaces


class Built(NamedTuple):
    """A network with a new head.

    Attributes:
        model: Maps `[waveform, length]` to probabilities or scores.
        places: Positions of its layers under the head.
    """

    model: "keras.Model"
    places: "LayerPlaces"


class Start(NamedTuple):
    """The network before training, and how to build it.

    Attributes:
        facts: Facts on the network for the recipe's settings, including `notes`.
        build: Function of a recipe whose settings contain these facts, and of a `FineTuning`
            or `None`. It returns a `Built` with the precision of the `FineTuning`; `None`
            means float32.
        fitted: Whether the head is already fitted. Then the network is also evaluated before
            the first epoch.
    """

    facts: dict[str, Any]
    build: Callable[[dict[str, Any], FineTuning | None], Built]
    fitted: bool = False


class FineTunedFamily(KerasFamily):
    """A network with a new head, trained in two stages; see `FineTuning`.

    A subclass defines the network by `is_pretrained` and `start`.

    Args:
        model: A `keras.Model` as `start` builds it, with the recipe's length rule.
        recipe: As in `recipe.json`. Its `settings` also contain all fields of `FineTuning`,
            `best_epoch` (0 is the network before the first epoch), `collapsed`, the facts of
            `start`, and in `notes` sentences for the users of the model.
        history: Learning curves: `train_loss` and `valid_loss` with their accuracies, and
            `valid_top_class` and `valid_spread` of `blocks/collapse.py`.
    """

    # How a user selects pretrained weights, for the message about a collapsed model.
    hint: ClassVar[str] = ""
    # Defaults for pretrained weights that differ from those of `plan`.
    usual: ClassVar[dict[str, Any]] = {}

    @classmethod
    def is_pretrained(cls, settings: Any) -> bool:
        """Returns whether the network has pretrained weights."""
        raise NotImplementedError

    @classmethod
    def start(
        cls,
        train: "pd.DataFrame",
        recipe: dict[str, Any],
        settings: Any,
        unit: dict[str, float] | None,
        log: Callable[[str], None],
    ) -> Start:
        """Returns the network before training.

        Args:
            train: Table of the training clips.
            recipe: As in `train`.
            settings: An instance of `Settings`.
            unit: `score_scale` and `score_offset` for regression; `None` for classification.
            log: Called with lines that describe the weights.
        """
        raise NotImplementedError

    @classmethod
    def train(
        cls,
        train: "pd.DataFrame",
        valid: "pd.DataFrame | None",
        *,
        recipe: dict[str, Any],
        settings: StageSettings,
        folder: Path,
        log: Callable[[str], None],
    ) -> Self:
        """Trains on the clips of `train`, with early stopping on those of `valid`.

        Args:
            train: Table as from `kapre_like.audio.scan`.
            valid: Table of clips of other groups; `None` trains all epochs.
            recipe: See `Family.train`.
            settings: An instance of `Settings`.
            folder: Checkpoint folder. An interrupted training resumes from it.
            log: Called with one line per epoch.
        """
        from kapre_like.models.training.augmenting import (
            behind_augmentation,
            left_out,
            recipe_of,
            text_of,
        )
        from kapre_like.models.training.epoch_budget import epoch_budget
        from kapre_like.models.training.finetuning.stages import fine_tune, prepare_stage

        tuning = cls._plan(settings, recipe["epochs"])
        batch_size = settings.batch_size or clips_per_batch(train, recipe["seconds"])
        unit = score_unit(train) if recipe["task"] == "regress" else None
        changes = recipe_of(settings.augment, recipe)
        for note in left_out(changes):
            log(note)
        start = cls.start(train, recipe, settings, unit, log)
        notes = [*start.facts["notes"], *left_out(changes)]
        recipe = {**recipe, "settings": {**asdict(settings), **start.facts, "notes": notes}}
        network, places = start.build(recipe, tuning)
        model = behind_augmentation(network, changes)
        pipelines = (
            pipeline(train, recipe, batch_size=batch_size, shuffle=True, bucket=True),
            None if valid is None else pipeline(valid, recipe, batch_size=batch_size),
        )
        pipelines, smoothing = _with_labels(pipelines, changes, settings, recipe)
        stage = {"places": places, "unit": unit, "label_smoothing": smoothing}
        budget = epoch_budget(
            model,
            *pipelines,
            minutes=recipe.get("minutes"),
            wanted=tuning.epochs,
            min_epochs=1 + (settings.head_epochs or 0),
            # Time the stage that trains the body, because it takes longer than the other.
            prepare=lambda model: prepare_stage(model, "body", tuning, steps=2, **stage),
            folder=folder,
            log=log,
        )
        tuning = cls._plan(settings, budget.epochs)
        recipe["settings"] |= asdict(tuning) | {"batch_size": batch_size} | budget.entry()
        recipe["settings"] |= text_of(changes)
        tuned, progress = fine_tune(
            model,
            *pipelines,
            settings=tuning,
            **stage,
            fitted=start.fitted,
            enough=budget.is_over,
            class_weight=class_weight(train, recipe),
            seed=recipe["seed"],
            folder=folder,
            fingerprint={**fingerprint(train, valid, recipe), **text_of(changes)},
            log=log,
        )
        # Build it again, in float32, with all layers trainable and without an optimizer.
        final, _ = start.build(recipe, None)
        final.set_weights(tuned.get_weights())
        recipe["settings"] |= {"best_epoch": progress.best_epoch, **budget.entry(progress)}
        trained = cls.trained(final, recipe=recipe, history=progress.history)
        trained._report_collapse(train if valid is None else valid, log)
        return trained

    @classmethod
    def _plan(cls, settings: StageSettings, epochs: int | None) -> FineTuning:
        pretrained = cls.is_pretrained(settings)
        return plan(settings, epochs, pretrained=pretrained, usual=cls.usual)

    def _report_collapse(self, table: "pd.DataFrame", log: Callable[[str], None]) -> None:
        """Logs, warns and adds to the recipe if all clips have the same prediction."""
        from kapre_like.models.blocks.collapse import is_constant

        settings = self.recipe["settings"]
        settings["collapsed"] = False
        varied = table["label"].nunique() > 1
        # Before the first epoch the head is a fitted model, and there is no curve to check.
        epoch = settings["best_epoch"]
        if not varied or not epoch or not is_constant(self.history, epoch):
            return
        settings["collapsed"] = True
        text = (
            f"the {self.name} model has collapsed: its prediction is the same for all "
            f"{len(table)} validation clips. Its metrics are those of a constant. Train "
            f"longer, at a lower rate, on more clips, or start from pretrained weights: "
            f"{self.hint}."
        )
        if self.recipe["task"] == "classify":
            share = table["label"].value_counts(normalize=True)
            text += (
                f" The most frequent label, {share.index[0]}, is {share.iloc[0]:.1%} of them."
            )
        settings["notes"].append(text)
        log(text)
        warnings.warn(text, stacklevel=3)


def _with_labels(
    pipelines: tuple[Any, Any],
    changes: "Recipe | None",
    settings: StageSettings,
    recipe: dict[str, Any],
) -> tuple[tuple[Any, Any], float | None]:
    """Returns the pipelines with the labels that the loss takes, and its label smoothing.

    Without augmentation and label smoothing, labels stay class numbers and the smoothing is
    `None`.
    """
    if changes is None and not settings.label_smoothing:
        return pipelines, None
    from kapre_like.models.training.augmenting import changed_batches

    return changed_batches(*pipelines, changes, recipe), settings.label_smoothing
