"""Trains a network for text: one cycle on the training clips, then one on all clips."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import pandas as pd

from kapre_like.models.training.augmenting import behind_augmentation, recipe_of, text_of
from kapre_like.models.training.batches import clips_per_batch, pipeline
from kapre_like.models.training.epoch_budget import EpochBudget, epoch_budget
from kapre_like.models.training.labels import fingerprint
from kapre_like.models.training.loop import Progress, diverged, fit
from kapre_like.models.training.refit import FOLDER, epochs_left, refit_epochs, second_cycle
from kapre_like.models.training.schedule import Schedule
from kapre_like.models.training.transcription.delayed_augmentation import DelayedAugmentation
from kapre_like.models.training.transcription.judging import Judge
from kapre_like.models.training.transcription.targets import targets_of

if TYPE_CHECKING:
    from kapre_like.models.training.transcription.family import TranscribingFamily

Log = Callable[[str], None]


class TextTraining:
    """A training with its vocabulary, augmentation, batches and both cycles.

    Args:
        family: The class of the family.
        train: Table of the training clips.
        valid: Table of the validation clips, or `None`.
        recipe: As in `Family.train`.
        settings: The settings of the family.
        folder: Folder for checkpoints.
        log: Called after each epoch with a line and three examples.

    Attributes:
        settings: The settings, with the number of epochs without improvement that end the
            training.
        recipe: The recipe, with `text`, and all entries of `settings` after `run`.
        progress: Progress of both cycles.
    """

    def __init__(
        self,
        family: "type[TranscribingFamily]",
        train: pd.DataFrame,
        valid: pd.DataFrame | None,
        *,
        recipe: dict[str, Any],
        settings: Any,
        folder: Path,
        log: Log,
    ) -> None:
        self._family, self._train, self._valid = family, train, valid
        self._folder, self._log = folder, log
        self._vocabulary = family.vocabulary_of(settings, train, valid)
        self._batch_size = settings.batch_size or clips_per_batch(train, None)
        self._changes = recipe_of(settings.augment, recipe)
        self._delayed = DelayedAugmentation(targets_of(train["label"], self._vocabulary), log)
        self.settings, self.recipe, self.progress = settings, recipe, Progress()

    def run(self) -> keras.Model:
        """Trains a network, and returns one in float32 without augmentation."""
        words = len({word for text in self._train["label"] for word in self._words(text)})
        pipelines = self._batches(self._train, self._valid)
        steps = pipelines[0].n_batches
        wanted = self.recipe["epochs"] or self._family.usual_epochs(self.settings, steps, words)
        self._log(self._about(wanted))
        refit = None
        if self._valid is not None:
            refit = self._family.refit_settings(self.settings, words)
        model = self._untrained()
        budget = self._budget(model, pipelines, wanted, cycles=1 + (refit is not None))
        self._note(budget)
        last = refit_epochs(budget.epochs) if refit else 0
        planned = budget.epochs - last
        model, first = self._first_cycle(model, pipelines, planned, budget)
        self.progress = first
        # The loss of the last epoch may start the augmentation.
        self._delayed(model, first)
        if refit and last and not budget.is_over(first) and not diverged(first):
            # Both pipelines hold their decoded clips in memory.
            del pipelines
            model = self._second_cycle(model, refit, epochs_left(first, planned, last), budget)
        self.recipe["settings"] |= {
            "best_epoch": first.best_epoch,
            "refit_epochs": self.progress.epoch - first.epoch,
            "augmented_from_epoch": self._delayed.start,
            **budget.entry(self.progress),
        }
        final = self._network(final=True)
        final.set_weights(model.get_weights())
        return final

    def _words(self, text: str) -> list[str]:
        return self._vocabulary.rule(text).split()

    def _about(self, epochs: int) -> str:
        """Describes the training in one line."""
        minutes = self._train["duration_s"].sum() / 60
        words = sum(len(text.split()) for text in self._train["label"])
        kind = self._vocabulary.kind
        return (
            f"{self._family.name}: {minutes:.1f} min with {words} words, "
            f"{len(self._vocabulary)} {kind} with the blank, augmentation "
            f"{self.settings.augment}, {epochs} epochs"
        )

    def _network(self, **options: Any) -> keras.Model:
        return self._family.network_of(self.settings, self._vocabulary, self.recipe, **options)

    def _untrained(self) -> keras.Model:
        """Returns the network before its training, behind the layers for waveforms."""
        layers = () if self._changes is None else self._changes.spectrogram
        network = self._network(augmentations=layers, log=self._log)
        self._family.start(
            network, self._train, self._vocabulary, recipe=self.recipe, settings=self.settings
        )
        return behind_augmentation(network, self._changes)

    def _note(self, budget: EpochBudget) -> None:
        """Adds the settings and the vocabulary to the recipe."""
        # By default all epochs, because the first words may be learned late.
        patience = self.settings.patience or budget.epochs
        self.settings = replace(self.settings, patience=patience)
        rate = self.recipe["sample_rate"]
        self.recipe = {
            **self.recipe,
            "settings": {
                **asdict(self.settings), "batch_size": self._batch_size,
                "epochs": budget.epochs, **text_of(self._changes), "notes": [],
                **budget.entry(),
            },
            "text": {
                "vocabulary": self._vocabulary.to_json(),
                "frame_seconds": self._family.seconds_per_frame(self.settings, rate),
            },
        }  # fmt: skip

    def _first_cycle(
        self, model: keras.Model, pipelines: tuple[Any, Any], epochs: int, budget: EpochBudget
    ) -> tuple[keras.Model, Progress]:
        """Trains on the training clips, and keeps the epoch with the lowest CER."""
        judge = None
        if self._valid is not None:
            judge = Judge(pipelines[1], self._valid["label"], self._vocabulary)
        return self._fit(
            model, pipelines[0], (self._train, self._valid), self.settings, epochs,
            before=self._delayed,
            enough=lambda progress: budget.is_over(progress) or diverged(progress),
            folder=self._folder,
            log=self._log,
            judge=judge,
            remark=(lambda _: "") if judge is None else judge.remark,
            # Most words are wrong in an early epoch, so WER compares such epochs by chance.
            monitor="valid_cer",
        )  # fmt: skip

    def _second_cycle(
        self, model: keras.Model, settings: Any, epochs: int, budget: EpochBudget
    ) -> keras.Model:
        """Trains on all clips, and keeps the last epoch."""
        first = self.progress
        clips = pd.concat([self._train, self._valid], ignore_index=True)
        self._log(f"second cycle: all {len(clips)} clips, epochs: {epochs}")
        model, self.progress = second_cycle(
            model,
            first,
            lambda enough: self._fit(
                model, self._batches(clips, None)[0], (clips, None), settings, epochs,
                before=lambda model, _: self._delayed(model, first),
                enough=enough,
                folder=self._folder / FOLDER,
                log=lambda line: self._log(f"all clips: {line}"),
                monitor=None,
            ),
            budget=budget,
            log=self._log,
        )  # fmt: skip
        return model

    def _fit(
        self,
        model: keras.Model,
        batches: Any,
        tables: tuple[pd.DataFrame, pd.DataFrame | None],
        settings: Any,
        epochs: int,
        **options: Any,
    ) -> tuple[keras.Model, Progress]:
        return fit(
            model,
            batches,
            None,  # `judge` computes the validation loss
            schedule=Schedule(epochs=epochs, patience=self.settings.patience),
            prepare=self._prepare(settings, epochs, batches.n_batches),
            seed=self.recipe["seed"],
            fingerprint={**fingerprint(*tables, self.recipe), **text_of(self._changes)},
            **options,
        )

    def _prepare(self, settings: Any, epochs: int, steps: int) -> Callable[[keras.Model], None]:
        """Returns a function that compiles a model."""
        cycle = {"epochs": epochs, "steps": steps, "blank": self._vocabulary.blank}
        return lambda model: self._family.compile(model, settings, **cycle)

    def _budget(
        self, model: keras.Model, pipelines: tuple[Any, Any], wanted: int, *, cycles: int
    ) -> EpochBudget:
        minutes = [getattr(self.settings, "minutes", None), self.recipe.get("minutes")]
        return epoch_budget(
            model,
            *pipelines,
            minutes=min((m for m in minutes if m is not None), default=None),
            wanted=wanted,
            cycles=cycles,
            prepare=self._prepare(self.settings, 1, 2),
            folder=self._folder,
            log=self._log,
        )

    def _batches(self, train: pd.DataFrame, valid: pd.DataFrame | None) -> tuple[Any, Any]:
        """Returns the pipelines of both tables, with token numbers as labels."""

        def of(table: pd.DataFrame, **options: Any) -> Any:
            targets = targets_of(table["label"], self._vocabulary)
            return pipeline(
                table, self.recipe, batch_size=self._batch_size, targets=targets, **options
            )

        batches = of(train, shuffle=True, bucket=True, short_first=True)
        return batches, None if valid is None else of(valid)
