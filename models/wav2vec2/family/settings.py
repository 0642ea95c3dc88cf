"""Settings of fine-tuning and pretraining."""

from dataclasses import dataclass, fields, replace
from typing import Any

from kapre_like import _check
from kapre_like.models.artifact.clip_batches import BATCH, BATCH_SECONDS
from kapre_like.models.artifact.families import Job
from kapre_like.models.artifact.settings import setting
from kapre_like.models.wav2vec2.config.network import FRONT_ENDS

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclass(frozen=True)
class FineTuning:
    """Settings of fine-tuning. The defaults are for pretrained weights.

    Attributes:
        epochs: Int > 0, of both stages together, at most.
        head_epochs: Int >= 0 and below `epochs`: how many of them train the head alone. 0
            leaves the first stage out.
        head_rate: Float > 0, peak learning rate of the head, in both stages.
        rate: Float > 0, peak learning rate of the uppermost block.
        rate_decay: Float in (0, 1]: each block's rate, as a share of that of the one above.
        upper: Int > 0, how many blocks from the top learn in the second stage; `None`: all,
            and what is between them and the feature encoder.
        freeze_feature_encoder: Whether the convolutions keep their weights throughout.
        warmup_share: Float in (0, 1), share of a stage's steps on the way up.
        weight_decay: Float >= 0, decoupled.
        clip_norm: Float > 0, the greatest norm of all gradients together.
        accumulate: Int > 0, batches per step of the optimizer.
        patience: Int > 0, epochs without a better validation loss before a stage ends.
        precision: One of `PRECISIONS`, while training; what is saved is float32.
        gradient_checkpointing: Whether blocks are computed again in the backward pass
            instead of kept.
    """

    epochs: int
    head_epochs: int = 0
    head_rate: float = 1e-3
    rate: float = 1e-4
    rate_decay: float = 0.9
    upper: int | None = None
    freeze_feature_encoder: bool = True
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    accumulate: int = 1
    patience: int = 8
    precision: str = "float32"
    gradient_checkpointing: bool = False

    def __post_init__(self) -> None:
        owner = "FineTuning"
        _check.positive_int(
            owner, epochs=self.epochs, accumulate=self.accumulate, patience=self.patience
        )
        _check.non_negative_int(owner, head_epochs=self.head_epochs)
        if self.head_epochs >= self.epochs:
            _check.fail(owner, "head_epochs", f"< epochs={self.epochs}", self.head_epochs)
        if self.upper is not None:
            _check.positive_int(owner, upper=self.upper)
        names = ("head_rate", "rate", "rate_decay", "warmup_share", "clip_norm")
        _check.positive(owner, **{name: getattr(self, name) for name in names})
        for name in ("rate_decay", "warmup_share"):
            if getattr(self, name) > 1:
                _check.fail(owner, name, "a number in (0, 1]", getattr(self, name))
        _check.non_negative(owner, weight_decay=self.weight_decay)
        _check.one_of(owner, PRECISIONS, precision=self.precision)
        flags = ("freeze_feature_encoder", "gradient_checkpointing")
        _check.boolean(owner, **{name: getattr(self, name) for name in flags})

    def changed(self, **settings: Any) -> "FineTuning":
        """Returns a copy with other values.

        Raises:
            ValueError: If there is no setting of a name, or a value is out of its domain.
        """
        known = [field.name for field in fields(self)]
        for name in settings:
            _check.one_of("FineTuning", known, setting=name)
        return replace(self, **settings)

    def stages(self) -> list[tuple[str, int]]:
        """Returns the name and the epochs of each stage: `head`, `body`."""
        both = [("head", self.head_epochs), ("body", self.epochs - self.head_epochs)]
        return [(name, epochs) for name, epochs in both if epochs]


# Without pretrained weights the whole network is trained, at one rate, for more epochs.
_SCRATCH = {
    "head_epochs": 0, "head_rate": 1e-3, "rate": 1e-3, "rate_decay": 1.0,
    "freeze_feature_encoder": False,
}  # fmt: skip
_EPOCHS = {True: 10, False: 40}


def _tuned(name: str, help: str, *, usual: str | None = None, **limits: Any) -> Any:
    """A setting of `FineTuning`. Its help states the default with and without a checkpoint."""
    default = getattr(FineTuning, name)
    text = f"{help} (default: {usual or _word(default)}"
    if _SCRATCH.get(name, default) != default or (usual and name in _SCRATCH):
        text += f"; from random weights {_word(_SCRATCH[name])}"
    return setting(None, help=f"{text})", **limits)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool | str) else f"{value:g}"


@dataclass(frozen=True, kw_only=True)
class Wav2Vec2Settings:
    """Settings of the family `wav2vec2`. `plan` replaces `None` by the default."""

    checkpoint: str | None = setting(
        None, help="weights to begin with: a folder, or a name on the Hugging Face hub"
    )
    batch_size: int | None = setting(
        None,
        least=1,
        help=f"clips per batch (default: at most {BATCH} clips and {BATCH_SECONDS:g} seconds)",
    )
    feature_encoder: str | None = setting(
        None, choices=(None, *FRONT_ENDS), help="log-mel in the place of the convolutions"
    )
    head_epochs: int | None = _tuned(
        "head_epochs", "epochs that train the head alone", usual="a third", least=0
    )
    head_rate: float | None = _tuned("head_rate", "highest learning rate of the head", above=0)
    rate: float | None = _tuned("rate", "highest learning rate of the top block", above=0)
    rate_decay: float | None = _tuned(
        "rate_decay", "rate of a block as a share of the one above", above=0, most=1
    )
    upper: int | None = _tuned(
        "upper", "blocks from the top that are trained", usual="all", least=1
    )
    freeze_feature_encoder: bool | None = _tuned(
        "freeze_feature_encoder", "whether the convolutions keep their weights"
    )
    warmup_share: float | None = _tuned(
        "warmup_share", "share of the steps in which the rate rises", above=0, most=1
    )
    weight_decay: float | None = _tuned(
        "weight_decay", "AdamW's decoupled weight decay", least=0
    )
    clip_norm: float | None = _tuned("clip_norm", "greatest norm of the gradient", above=0)
    accumulate: int | None = _tuned("accumulate", "batches per optimizer step", least=1)
    patience: int | None = _tuned(
        "patience", "epochs without a better validation loss before a stage ends", least=1
    )
    precision: str | None = _tuned(
        "precision", "dtype policy while training", choices=(None, *PRECISIONS)
    )
    gradient_checkpointing: bool | None = _tuned(
        "gradient_checkpointing", "whether blocks are computed twice to save memory"
    )


@dataclass(frozen=True, kw_only=True)
class Wav2Vec2Pretraining:
    """Settings of `kapre-like pretrain --model wav2vec2`."""

    checkpoint: str = setting(
        "wav2vec2-tiny",
        help="a network without weights, or weights to go on with: a folder, or a hub name",
    )
    steps: int | None = setting(None, least=1, help="batches at most")
    minutes: float | None = setting(
        None, above=0, help="begin no epoch after so many minutes of training"
    )
    batch_size: int = setting(8, least=1, help="random crops per batch")
    rate: float = setting(5e-4, above=0, help="highest learning rate")


def plan(settings: Wav2Vec2Settings, epochs: int | None) -> FineTuning:
    """Returns the settings of fine-tuning with all defaults.

    From a checkpoint it is trained in stages, from random weights all at once. A setting that
    is `None` takes the default of that case.

    Args:
        settings: See `Wav2Vec2Settings`.
        epochs: Int > 0, or `None` for 10 from a checkpoint and 40 from random weights.

    Raises:
        ValueError: If settings do not go together.
    """
    pretrained = settings.checkpoint is not None
    epochs = epochs or _EPOCHS[pretrained]
    kind = {"head_epochs": epochs // 3} if pretrained else _SCRATCH
    names = [field.name for field in fields(FineTuning) if field.name != "epochs"]
    asked = {name: getattr(settings, name) for name in names}
    given = {name: value for name, value in asked.items() if value is not None}
    return FineTuning(epochs=epochs, **{**kind, **given})


def check_settings(settings: Wav2Vec2Settings, job: Job) -> None:
    """Raises an error for conflicting settings, or a missing checkpoint.

    Raises:
        ValueError: In one line that says the fix.
        ImportError: If a name on the hub needs a package that is missing.
    """
    plan(settings, job.epochs)
    if settings.checkpoint is None or job.train is not None:
        return
    if settings.feature_encoder is not None:
        rule = "None with a checkpoint, which has its own"
        _check.fail("wav2vec2", "feature_encoder", rule, settings.feature_encoder)
    from kapre_like.models.checkpoints.folder import find_checkpoint, read_config
    from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config

    Wav2Vec2Config.from_json(read_config(find_checkpoint(settings.checkpoint)))


def check_pretraining(settings: Wav2Vec2Pretraining) -> None:
    """Raises an error for a checkpoint that is not there.

    Raises:
        ValueError: In one line that says the fix.
        ImportError: If a name on the hub needs a package that is missing.
    """
    from kapre_like.models.checkpoints.folder import find_checkpoint
    from kapre_like.models.wav2vec2.family.frozen import is_untrained

    if not is_untrained(settings.checkpoint):
        find_checkpoint(settings.checkpoint, owner="pretrain")
