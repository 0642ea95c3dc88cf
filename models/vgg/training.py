"""Trains a VGG: one cycle on the training clips, then one on the validation clips too."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from kapre_like.models.artifact.clip_batches import BATCH
from kapre_like.models.artifact.families import HeldOut
from kapre_like.models.training.augmenting import (
    behind_augmentation,
    changed_batches,
    recipe_of,
    text_of,
)
from kapre_like.models.training.batches import clips_per_batch, pipeline
from kapre_like.models.training.compiling import compile_model
from kapre_like.models.training.epoch_budget import EpochBudget, epoch_budget
from kapre_like.models.training.labels import class_weight, fingerprint
from kapre_like.models.training.loop import Progress, diverged, fit
from kapre_like.models.training.refit import (
    FOLDER,
    epochs_left,
    held_out_of,
    refit_epochs,
    refit_schedule,
    second_cycle,
)
from kapre_like.models.training.schedule import Schedule

if TYPE_CHECKING:
    import keras

Log = Callable[[str], None]


class Training:
    """A training with its recipe: augmentation, batches, both cycles.

    Args:
        train: Table of the training clips.
        valid: Table of the validation clips, or `None`.
        recipe: As in `Family.train`.
        settings: The settings of the family, without open defaults.
        folder: Folder for checkpoints.
        log: Called with one line at a time.

    Attributes:
        saved: Entry `settings` of the recipe after `run`.
        held_out: Predictions for the validation clips before the second cycle; `None` without
            a second cycle.
        progress: Progress of both cycles.
    """

    def __init__(
        self,
        train: pd.DataFrame,
        valid: pd.DataFrame | None,
        *,
        recipe: dict[str, Any],
        settings: Any,
        folder: Path,
        log: Log,
    ) -> None:
        self._train, self._valid, self._recipe = train, valid, recipe
        self._settings, self._folder, self._log = settings, folder, log
        self._changes = recipe_of(settings.augment, recipe)
        self._batch_size = settings.batch_size or clips_per_batch(train, recipe["seconds"])
        self._loss = {"task": recipe["task"], "label_smoothing": settings.label_smoothing}
        self.saved: dict[str, Any] = {}
        self.held_out: HeldOut | None = None
        self.progress = Progress()

    @property
    def spectrogram_layers(self) -> tuple[Any, ...]:
        """The augmentation layers for the log-mel inside the network."""
        return () if self._changes is None else self._changes.spectrogram

    def run(self, network: "keras.Model", wanted: int) -> "keras.Model":
        """Trains a network, and returns a model with its weights.

        Args:
            network: As from `vgg`, with `spectrogram_layers`.
            wanted: Int > 0, epochs without a time limit.
        """
        model = behind_augmentation(network, self._changes)
        pipelines = self._batches(self._train, self._valid)
        budget = self._budget(model, pipelines, wanted)
        self.saved = {
            **asdict(self._settings), "batch_size": self._batch_size, "epochs": budget.epochs,
            **text_of(self._changes), **budget.entry(),
        }  # fmt: skip
        self._recipe = {**self._recipe, "settings": dict(self.saved)}
        last = refit_epochs(budget.epochs) if self._refits else 0
        schedule = self._schedule(budget.epochs - last)
        model, first = self._fit(
            model,
            pipelines,
            (self._train, self._valid),
            schedule,
            lambda progress: budget.is_over(progress) or diverged(progress),
        )
        self.progress = first
        if diverged(first):
            self._log(f"the loss is not finite: the weights of epoch {first.best_epoch} count")
        if last and not budget.is_over(first) and not diverged(first):
            held_out = held_out_of(model, self._valid, pipelines[1])
            # Both pipelines hold their decoded clips in memory.
            del pipelines
            last = epochs_left(first, schedule.epochs, last)
            model = self._continued(model, refit_schedule(schedule, last), budget)
            if self.progress is not first:
                self.held_out = held_out
        self.saved |= {
            "best_epoch": first.best_epoch,
            "refit_epochs": self.progress.epoch - first.epoch,
            **budget.entry(self.progress),
        }
        return model

    @property
    def _refits(self) -> bool:
        return self._valid is not None and self._settings.refit

    def _continued(
        self, model: "keras.Model", schedule: Schedule, budget: EpochBudget
    ) -> "keras.Model":
        """Trains the second cycle, on all clips."""
        clips = pd.concat([self._train, self._valid], ignore_index=True)
        self._log(f"second cycle: all {len(clips)} clips, epochs: {schedule.epochs}")

        def train(enough: Callable[[Progress], bool]) -> tuple["keras.Model", Progress]:
            batches, tables = self._batches(clips, None), (clips, None)
            return self._fit(model, batches, tables, schedule, enough, folder=FOLDER)

        model, self.progress = second_cycle(
            model, self.progress, train, budget=budget, log=self._log
        )
        return model

    def _fit(
        self,
        model: "keras.Model",
        pipelines: tuple[Any, Any],
        tables: tuple[pd.DataFrame, pd.DataFrame | None],
        schedule: Schedule,
        enough: Callable[[Progress], bool],
        *,
        folder: str = "",
    ) -> tuple["keras.Model", Progress]:
        steps, loss = pipelines[0].n_batches, self._loss
        return fit(
            model,
            *pipelines,
            schedule=schedule,
            prepare=lambda model: compile_model(model, schedule, steps=steps, **loss),
            enough=enough,
            class_weight=class_weight(tables[0], self._recipe),
            seed=self._recipe["seed"],
            folder=self._folder / folder,
            fingerprint={**fingerprint(*tables, self._recipe), **text_of(self._changes)},
            log=lambda line: self._log(f"all clips: {line}" if folder else line),
            monitor=None if self._settings.patience is None else "valid_loss",
        )

    def _batches(self, train: pd.DataFrame, valid: pd.DataFrame | None) -> tuple[Any, Any]:
        recipe = self._recipe
        return changed_batches(
            pipeline(train, recipe, batch_size=self._batch_size, shuffle=True, bucket=True),
            None if valid is None else pipeline(valid, recipe, batch_size=4 * BATCH),
            self._changes,
            recipe,
        )

    def _budget(
        self, model: "keras.Model", pipelines: tuple[Any, Any], wanted: int
    ) -> EpochBudget:
        limits = [self._settings.minutes, self._recipe.get("minutes")]
        short = {"schedule": self._schedule(1), "steps": 2, **self._loss}
        return epoch_budget(
            model,
            *pipelines,
            minutes=min((limit for limit in limits if limit is not None), default=None),
            wanted=wanted,
            cycles=2 if self._refits else 1,
            prepare=lambda model: compile_model(model, **short),
            folder=self._folder,
            log=self._log,
        )

    def _schedule(self, epochs: int) -> Schedule:
        patience = self._settings.patience or epochs
        return Schedule.of(replace(self._settings, patience=patience), epochs)
