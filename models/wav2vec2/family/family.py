"""The Wav2Vec2 family: a network for waveforms, fine-tuned or trained from scratch."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from kapre_like.models.artifact.families import Job
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.training.finetuning.family import Built, FineTunedFamily, Start
from kapre_like.models.training.finetuning.settings import FineTuning
from kapre_like.models.wav2vec2.family.settings import (
    Wav2Vec2Pretraining,
    Wav2Vec2Settings,
    check_pretraining,
    check_settings,
)

if TYPE_CHECKING:
    import pandas as pd


class Wav2Vec2Model(FineTunedFamily):
    """A Wav2Vec2 network with a head for clips, and its recipe.

    Args:
        model: A `keras.Model` from `start.build`, with the recipe's length rule.
        recipe: See `FineTunedFamily`. `settings` also has `checkpoint_digest`.
        history: See `FineTunedFamily`.
    """

    name: ClassVar[str] = "wav2vec2"
    summary: ClassVar[str] = "a transformer for waveforms, fine-tuned from a checkpoint"
    hint: ClassVar[str] = "--set checkpoint=NAME"
    tasks: ClassVar[tuple[str, ...]] = ("classify", "regress", "transcribe")
    only_sample_rate: ClassVar[int | None] = 16000
    Settings: ClassVar[type] = Wav2Vec2Settings
    Pretraining: ClassVar[type | None] = Wav2Vec2Pretraining
    keras_modules: ClassVar[tuple[str, ...]] = (
        *FineTunedFamily.keras_modules,
        "kapre_like.models.wav2vec2.registered",
    )

    @classmethod
    def check(cls, settings: Wav2Vec2Settings, job: Job) -> None:
        """Raises an error for a missing checkpoint or conflicting settings."""
        if job.task == "transcribe":
            _for_text().check(settings, job)
        check_settings(settings, job)

    @classmethod
    def unlearnable(
        cls, train: Any, valid: Any, *, recipe: dict[str, Any], settings: Wav2Vec2Settings
    ) -> list[dict[str, str]]:
        """Returns the clips that do not fit their transcripts; see `Family.unlearnable`."""
        if recipe["task"] != "transcribe":
            return []
        return _for_text().unlearnable(train, valid, recipe=recipe, settings=settings)

    @classmethod
    def train(
        cls, train: Any, valid: Any, *, recipe: dict[str, Any], settings: Any, **where: Any
    ) -> Any:
        """Trains a network for classes, scores or text; see `Family.train`."""
        learn = _for_text().train if recipe["task"] == "transcribe" else super().train
        return learn(train, valid, recipe=recipe, settings=settings, **where)

    @classmethod
    def is_pretrained(cls, settings: Wav2Vec2Settings) -> bool:
        """Returns whether there is a checkpoint."""
        return settings.checkpoint is not None

    @classmethod
    def start(
        cls,
        train: "pd.DataFrame",
        recipe: dict[str, Any],
        settings: Wav2Vec2Settings,
        unit: dict[str, float] | None,
        log: Callable[[str], None],
    ) -> Start:
        """Returns the network with a new head; see `FineTunedFamily.start`."""
        del train, recipe
        from kapre_like.models.checkpoints.folder import checkpoint_digest
        from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
        from kapre_like.models.wav2vec2.family.places import wav2vec2_places
        from kapre_like.models.wav2vec2.family.start import UNTRAINED, build

        def built(recipe: dict[str, Any], tuning: FineTuning | None) -> Built:
            options: dict[str, Any] = {"feature_encoder": settings.feature_encoder}
            if tuning is not None:
                options["precision"] = tuning.precision
                options["gradient_checkpointing"] = tuning.gradient_checkpointing
                options["log"] = log
            model = build(recipe, unit=unit, **options)
            return Built(model, wav2vec2_places(model, CheckpointFacts.of(model).network()))

        if settings.checkpoint is None:
            return Start({"checkpoint_digest": None, "notes": [UNTRAINED]}, built)
        digest = checkpoint_digest(settings.checkpoint)
        return Start({"checkpoint_digest": digest, "notes": []}, built)

    @classmethod
    def check_pretraining(cls, settings: Wav2Vec2Pretraining) -> None:
        """Raises an error for a missing checkpoint."""
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

        shared = {name: recipe[name] for name in ("sample_rate", "seconds", "epochs", "seed")}
        run = PretrainingSettings(**asdict(settings), **shared)
        model, progress = pretrain_table(table, run, folder=folder, log=log)
        return write_pretrained(model, final, log), progress.history

    @classmethod
    def load(cls, folder: Path) -> Any:
        """Loads a folder from `save`, or the network with its head from `pretrain`."""
        task = read_recipe(folder).get("task")
        if task == "transcribe":
            return _for_text().load(folder)
        if task != "pretrain":
            return super().load(folder)
        from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface

        return from_huggingface(folder, "pretrain")


def _for_text() -> Any:
    """Returns the family's class for transcripts."""
    from kapre_like.models.wav2vec2.family.transcribing import Wav2Vec2ForText

    return Wav2Vec2ForText
