"""Settings of fine-tuning and pretraining."""

from dataclasses import dataclass

from kapre_like import _check
from kapre_like.models.artifact.families import Job
from kapre_like.models.artifact.settings import setting
from kapre_like.models.training.augment_setting import check_augment
from kapre_like.models.training.finetuning.settings import (
    StageSettings,
    plan,
    tuned,
)
from kapre_like.models.training.transcription.settings import MAX_CLOSED_WORDS, TextSettings
from kapre_like.models.wav2vec2.config.network import FRONT_ENDS


@dataclass(frozen=True, kw_only=True)
class Wav2Vec2Settings(TextSettings, StageSettings):
    """Settings of the family `wav2vec2`."""

    checkpoint: str | None = setting(
        None, help="initial weights: a folder, or a name on the Hugging Face hub"
    )
    feature_encoder: str | None = setting(
        None, choices=(None, *FRONT_ENDS), help="log-mel instead of the convolutions"
    )
    refit: bool | None = setting(
        None,
        help="whether the last fifth of the epochs also trains on the validation clips "
        f"(default: true, but for transcripts only with at most {MAX_CLOSED_WORDS} different "
        "words)",
    )
    gradient_checkpointing: bool | None = tuned(
        "gradient_checkpointing",
        "recompute blocks in the backward pass: less memory, about a fifth more time",
    )


@dataclass(frozen=True, kw_only=True)
class Wav2Vec2Pretraining:
    """Settings of `kapre-like pretrain --model wav2vec2`."""

    checkpoint: str = setting(
        "wav2vec2-tiny",
        help="a preset without weights, or weights to continue from: a folder or a hub name",
    )
    steps: int | None = setting(None, min_value=1, help="maximum number of batches")
    minutes: float | None = setting(
        None, above=0, help="start no epoch after this many minutes of training"
    )
    batch_size: int = setting(8, min_value=1, help="random crops per batch")
    rate: float = setting(5e-4, above=0, help="highest learning rate")


def check_settings(settings: Wav2Vec2Settings, job: Job) -> None:
    """Raises an error for conflicting settings, or a missing checkpoint.

    Raises:
        ValueError: With a message of one line that contains the fix.
        ImportError: If a package for names on the hub is missing.
    """
    plan(settings, job.epochs, pretrained=settings.checkpoint is not None)
    check_augment(settings.augment, job)
    if settings.checkpoint is None or job.train is not None:
        return
    if settings.feature_encoder is not None:
        rule = "None with a checkpoint, which has convolutions"
        _check.fail("wav2vec2", "feature_encoder", rule, settings.feature_encoder)
    from kapre_like.models.checkpoints.folder import find_checkpoint, read_config
    from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config

    Wav2Vec2Config.from_json(read_config(find_checkpoint(settings.checkpoint)))


def check_pretraining(settings: Wav2Vec2Pretraining) -> None:
    """Raises an error for a missing checkpoint.

    Raises:
        ValueError: With a message of one line that contains the fix.
        ImportError: If a package for names on the hub is missing.
    """
    from kapre_like.models.checkpoints.folder import find_checkpoint
    from kapre_like.models.wav2vec2.family.frozen import is_untrained

    if not is_untrained(settings.checkpoint):
        find_checkpoint(settings.checkpoint, owner="pretrain")
