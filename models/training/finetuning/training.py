"""Fine-tunes a network: both stages on the training clips, then a cycle on all clips."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from kapre_like.models.artifact.families import HeldOut
from kapre_like.models.training.augmenting import (
    behind_augmentation,
    changed_batches,
    left_out,
    recipe_of,
    text_of,
)
from kapre_like.models.training.batches import clips_per_batch, pipeline
from kapre_like.models.training.epoch_budget import EpochBudget, epoch_budget
from kapre_like.models.training.finetuning.settings import FineTuning, StageSettings
from kapre_like.models.training.finetuning.stages import fine_tune, prepare_stage
from kapre_like.models.training.labels import class_weight, fingerprint, score_unit
from kapre_like.models.training.loop import Progress, diverged
from kapre_like.models.training.refit import (
    FOLDER,
    RATE,
    WARMUP_SHARE,
    epochs_left,
    held_out_of,
    refit_epochs,
    second_cycle,
)

if TYPE_CHECKING:
    import keras

    from kapre_like.models.training.finetuning.family import FineTunedFamily, Start

Log = Callable[[str], None]


class StagedTraining:
    """A fine-tuning with its augmentation, batches, stages and second cycle.

    Args:
        family: The class of the family.
        train: Table of the training clips.
        valid: Table of the validation clips, or `None`.
        recipe: As in `Family.train`.
        settings: The settings of the family.
        folder: Folder for checkpoints.
        log: Called with one line at a time.

    Attributes:
        recipe: The recipe; its `settings` are complete after `run`.
        held_out: Predictions for the validation clips before the second cycle; `None` without
            a second cycle.
        progress: Progress of both cycles.
    """

    def __init__(
        self,
        family: "type[FineTunedFamily]",
        train: pd.DataFrame,
        valid: pd.DataFrame | None,
        *,
        recipe: dict[str, Any],
        settings: StageSettings,
        folder: Path,
        log: Log,
    ) -> None:
        self._family, self._train, self._valid = family, train, valid
        self._settings, self._folder, self._log = settings, folder, log
        self._batch_size = settings.batch_size or clips_per_batch(train, recipe["seconds"])
        self._unit = score_unit(train) if recipe["task"] == "regress" else None
        self._changes = recipe_of(settings.augment, recipe)
        # Without augmentation and label smoothing, labels stay class numbers.
        self._plain = self._changes is None and not settings.label_smoothing
        self.recipe = recipe
        self.held_out: HeldOut | None = None
        self.progress = Progress()

    def run(self) -> "keras.Model":
        """Trains the network, and returns one in float32 without augmentation."""
        start = self._start()
        tuning = self._family.plan(self._settings, self.recipe["epochs"])
        network, self._places = start.build(self.recipe, tuning)
        model = behind_augmentation(network, self._changes)
        pipelines = self._batches(self._train, self._valid)
        budget = self._budget(model, pipelines, tuning)
        tuning = self._family.plan(self._settings, budget.epochs)
        last = self._last_epochs(tuning)
        tuning = tuning.changed(epochs=tuning.epochs - last)
        self.recipe["settings"] |= {
            **asdict(tuning), "epochs": budget.epochs, "batch_size": self._batch_size,
            **budget.entry(), **text_of(self._changes),
        }  # fmt: skip
        model, first = self._tune(
            model, pipelines, (self._train, self._valid), tuning, budget.is_over,
            fitted=start.fitted, folder=self._folder, log=self._log,
        )  # fmt: skip
        self.progress = first
        # If no epoch improved a fitted head, further epochs will not either.
        if last and first.best_epoch and not budget.is_over(first) and not diverged(first):
            judged = model if tuning.precision == "float32" else self._final(start, model)
            held_out = held_out_of(judged, self._valid, pipelines[1])
            # Both pipelines hold their decoded clips in memory.
            del pipelines
            epochs = epochs_left(first, tuning.epochs, last)
            model = self._second_cycle(model, tuning, epochs, budget)
            if self.progress is not first:
                self.held_out = held_out
        self.recipe["settings"] |= {
            "best_epoch": first.best_epoch,
            "refit_epochs": self.progress.epoch - first.epoch,
            **budget.entry(self.progress),
        }
        return self._final(start, model)

    def _final(self, start: "Start", model: "keras.Model") -> "keras.Model":
        """Returns the network in float32, with all layers trainable and no optimizer."""
        final, _ = start.build(self.recipe, None)
        final.set_weights(model.get_weights())
        return final

    def _start(self) -> "Start":
        """Returns the network before training, and adds its facts to the recipe."""
        unused = left_out(self._changes)
        for note in unused:
            self._log(note)
        start = self._family.start(
            self._train, self.recipe, self._settings, self._unit, self._log
        )
        facts = {**start.facts, "notes": [*start.facts["notes"], *unused]}
        self.recipe = {**self.recipe, "settings": {**asdict(self._settings), **facts}}
        return start

    def _last_epochs(self, tuning: FineTuning) -> int:
        """Returns how many of all epochs are on all clips, after one of the body or more."""
        # `None` is the default of `wav2vec2`.
        if self._valid is None or self._settings.refit is False:
            return 0
        return min(refit_epochs(tuning.epochs), tuning.epochs - tuning.head_epochs - 1)

    def _second_cycle(
        self, model: "keras.Model", tuning: FineTuning, epochs: int, budget: EpochBudget
    ) -> "keras.Model":
        """Trains all layers that the stages trained, on all clips, at lower rates."""
        clips = pd.concat([self._train, self._valid], ignore_index=True)
        self._log(f"second cycle: all {len(clips)} clips, epochs: {epochs}")
        lower = tuning.changed(
            epochs=epochs, head_epochs=0, patience=epochs, warmup_share=WARMUP_SHARE,
            rate=RATE * tuning.rate, head_rate=RATE * tuning.head_rate,
        )  # fmt: skip
        model, self.progress = second_cycle(
            model,
            self.progress,
            lambda enough: self._tune(
                model, self._batches(clips, None), (clips, None), lower, enough,
                folder=self._folder / FOLDER, log=lambda line: self._log(f"all clips: {line}"),
            ),
            budget=budget,
            log=self._log,
        )  # fmt: skip
        return model

    def _tune(
        self,
        model: "keras.Model",
        pipelines: tuple[Any, Any],
        tables: tuple[pd.DataFrame, pd.DataFrame | None],
        tuning: FineTuning,
        enough: Callable[[Progress], bool],
        **options: Any,
    ) -> tuple["keras.Model", Progress]:
        return fine_tune(
            model,
            *pipelines,
            settings=tuning,
            **self._stage,
            enough=enough,
            class_weight=class_weight(tables[0], self.recipe),
            seed=self.recipe["seed"],
            fingerprint={**fingerprint(*tables, self.recipe), **text_of(self._changes)},
            **options,
        )

    @property
    def _stage(self) -> dict[str, Any]:
        """Options of `prepare_stage` that all stages share."""
        smoothing = None if self._plain else self._settings.label_smoothing
        return {"places": self._places, "unit": self._unit, "label_smoothing": smoothing}

    def _budget(
        self, model: "keras.Model", pipelines: tuple[Any, Any], tuning: FineTuning
    ) -> EpochBudget:
        # Time the stage that trains the body, because it takes longer than the other.
        stage = {"steps": 2, **self._stage}
        return epoch_budget(
            model,
            *pipelines,
            minutes=self.recipe.get("minutes"),
            wanted=tuning.epochs,
            min_epochs=1 + (self._settings.head_epochs or 0),
            cycles=2 if self._last_epochs(tuning) else 1,
            prepare=lambda model: prepare_stage(model, "body", tuning, **stage),
            folder=self._folder,
            log=self._log,
        )

    def _batches(self, train: pd.DataFrame, valid: pd.DataFrame | None) -> tuple[Any, Any]:
        """Returns the pipelines of both tables, with the labels that the loss takes."""
        options = {"batch_size": self._batch_size}
        pipelines = (
            pipeline(train, self.recipe, shuffle=True, bucket=True, **options),
            None if valid is None else pipeline(valid, self.recipe, **options),
        )
        if self._plain:
            return pipelines
        return changed_batches(*pipelines, self._changes, self.recipe)
