"""The Wav2Vec2 family: a network on raw sound, fine-tuned from a checkpoint or trained anew."""

import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from kapre_like.models.artifact.families import Job
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.training.batches import clips_per_batch, pipeline
from kapre_like.models.training.keras_family import KerasFamily
from kapre_like.models.training.labels import class_weight, fingerprint, score_unit
from kapre_like.models.wav2vec2.family.settings import (
    Wav2Vec2Pretraining,
    Wav2Vec2Settings,
    check_pretraining,
    check_settings,
    plan,
)

if TYPE_CHECKING:
    import pandas as pd


class Wav2Vec2Model(KerasFamily):
    """A Wav2Vec2 network with a head for clips, with the recipe that made it.

    Args:
        model: A `keras.Model` as `start.build` makes it, behind the recipe's length rule.
        recipe: As in `recipe.json`; `settings` also says all that `FineTuning` names,
            `best_epoch`, `checkpoint_digest`, `collapsed` and `notes` (what a user of the
            model must know, in sentences).
        history: Learning curves: `train_loss`, `valid_loss`, and the accuracy of each;
            `valid_top_class` and `valid_spread` of `collapse.py`.
    """

    name: ClassVar[str] = "wav2vec2"
    summary: ClassVar[str] = "a transformer on raw sound, fine-tuned from a checkpoint"
    only_sample_rate: ClassVar[int | None] = 16000
    Settings: ClassVar[type] = Wav2Vec2Settings
    Pretraining: ClassVar[type | None] = Wav2Vec2Pretraining
    keras_modules: ClassVar[tuple[str, ...]] = (
        *KerasFamily.keras_modules,
        "kapre_like.models.wav2vec2.registered",
    )

    @classmethod
    def check(cls, settings: Wav2Vec2Settings, job: Job) -> None:
        """Raises an error for a missing checkpoint or conflicting settings."""
        check_settings(settings, job)

    @classmethod
    def train(
        cls,
        train: "pd.DataFrame",
        valid: "pd.DataFrame | None",
        *,
        recipe: dict[str, Any],
        settings: Wav2Vec2Settings,
        folder: Path,
        log: Callable[[str], None],
    ) -> "Wav2Vec2Model":
        """Trains on the clips of a table, with early stopping on those of another.

        Args:
            train: Table as from `kapre_like.audio.scan`.
            valid: Likewise, of other groups; `None` trains all epochs.
            recipe: See `Family.train`.
            settings: See `Wav2Vec2Settings`.
            folder: For checkpoints: a killed training goes on from there.
            log: Called with one line per epoch.
        """
        from kapre_like.models.training.epoch_budget import epoch_budget
        from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
        from kapre_like.models.wav2vec2.family.finetuning import fine_tune, prepare_stage
        from kapre_like.models.wav2vec2.family.start import build

        tuning = plan(settings, recipe["epochs"])
        batch_size = settings.batch_size or clips_per_batch(train, recipe["seconds"])
        about = _about_checkpoint(settings.checkpoint)
        recipe = {**recipe, "settings": {**asdict(settings), **about}}
        unit = score_unit(train) if recipe["task"] == "regress" else None
        network = {"unit": unit, "feature_encoder": settings.feature_encoder}
        model = build(
            recipe,
            precision=tuning.precision,
            gradient_checkpointing=tuning.gradient_checkpointing,
            log=log,
            **network,
        )
        pipelines = (
            pipeline(train, recipe, batch_size=batch_size, shuffle=True, bucket=True),
            None if valid is None else pipeline(valid, recipe, batch_size=batch_size),
        )
        stage = {"config": CheckpointFacts.of(model).network(), "unit": unit}
        budget = epoch_budget(
            model,
            *pipelines,
            minutes=recipe.get("minutes"),
            wanted=tuning.epochs,
            least=1 + (settings.head_epochs or 0),
            # The stage of all layers takes longer than the other.
            prepare=lambda model: prepare_stage(model, "body", tuning, steps=2, **stage),
            folder=folder,
            log=log,
        )
        tuning = plan(settings, budget.epochs)
        told = {**asdict(tuning), "batch_size": batch_size, **budget.entry()}
        recipe["settings"] |= told
        tuned, progress = fine_tune(
            model,
            *pipelines,
            settings=tuning,
            **stage,
            enough=budget.is_over,
            class_weight=class_weight(train, recipe),
            seed=recipe["seed"],
            folder=folder,
            fingerprint=fingerprint(train, valid, recipe),
            log=log,
        )
        # Build it again: in float32, all layers trainable, and without an optimizer.
        final = build(recipe, **network)
        final.set_weights(tuned.get_weights())
        recipe["settings"] |= {"best_epoch": progress.best_epoch, **budget.entry(progress)}
        trained = cls.trained(final, recipe=recipe, history=progress.history)
        trained._tell_of_collapse(train if valid is None else valid, log)
        return trained

    @classmethod
    def check_pretraining(cls, settings: Wav2Vec2Pretraining) -> None:
        """Raises an error for a checkpoint that is not there."""
        check_pretraining(settings)

    @classmethod
    def pretrain(
        cls,
        table: "pd.DataFrame",
        *,
        recipe: dict[str, Any],
        settings: Wav2Vec2Pretraining,
        folder: Path,
        final: Path,
        log: Callable[[str], None],
    ) -> tuple[list[str], dict[str, list[float]]]:
        """Trains on clips without labels, and writes a checkpoint; see `Family.pretrain`."""
        from kapre_like.models.wav2vec2.pretraining.run import (
            PretrainingSettings,
            pretrain_table,
            write_pretrained,
        )

        words = {name: recipe[name] for name in ("sample_rate", "seconds", "epochs", "seed")}
        told = PretrainingSettings(**asdict(settings), **words)
        model, progress = pretrain_table(table, told, folder=folder, log=log)
        return write_pretrained(model, final, log), progress.history

    @classmethod
    def load(cls, folder: Path) -> Any:
        """Loads what `save` wrote, or the network with its head that `pretrain` wrote."""
        if read_recipe(folder).get("task") != "pretrain":
            return super().load(folder)
        from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface

        return from_huggingface(folder, "pretrain")

    def _tell_of_collapse(self, table: "pd.DataFrame", log: Callable[[str], None]) -> None:
        """Reports in log, warning and recipe if the model predicts the same for all clips."""
        from kapre_like.models.wav2vec2.family.collapse import is_constant

        settings = self.recipe["settings"]
        settings["collapsed"] = False
        varied = table["label"].nunique() > 1
        if not varied or not is_constant(self.history, settings["best_epoch"]):
            return
        settings["collapsed"] = True
        text = (
            f"the wav2vec2 model has collapsed: it gives all {len(table)} validation clips "
            "the same answer. Its figures are those of a constant. Train longer, at a lower "
            "rate, on more clips, or begin with pretrained weights: --set checkpoint=NAME."
        )
        if self.recipe["task"] == "classify":
            share = table["label"].value_counts(normalize=True)
            text += (
                f" The most frequent label, {share.index[0]}, is {share.iloc[0]:.1%} of them."
            )
        settings["notes"].append(text)
        log(text)
        warnings.warn(text, stacklevel=3)


def _about_checkpoint(checkpoint: str | None) -> dict[str, Any]:
    """Returns the digest of the checkpoint, or a note that there is none."""
    from kapre_like.models.checkpoints.folder import checkpoint_digest
    from kapre_like.models.wav2vec2.family.start import UNTRAINED

    if checkpoint is None:
        return {"checkpoint_digest": None, "notes": [UNTRAINED]}
    return {"checkpoint_digest": checkpoint_digest(checkpoint), "notes": []}
