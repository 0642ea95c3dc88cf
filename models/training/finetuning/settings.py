"""Settings of fine-tuning in two stages, and their defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from kapre_like import _check
from kapre_like.models.artifact.clip_batches import BATCH, BATCH_SECONDS
from kapre_like.models.artifact.settings import setting

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclass(frozen=True)
class FineTuning:
    """Settings of fine-tuning. The defaults are for pretrained weights.

    Attributes:
        epochs: Int > 0, maximum number of epochs of both stages together.
        head_epochs: Int >= 0 and < `epochs`, the epochs that train the head alone. 0 skips the
            first stage.
        head_rate: Float > 0, peak learning rate of the head, in both stages.
        rate: Float > 0, peak learning rate of the top block.
        rate_decay: Float in (0, 1], ratio of each block's rate to that of the block above.
        upper: Int > 0, number of blocks, from the top, that the second stage trains. `None`
            trains all blocks, and the layers between them and the feature encoder.
        freeze_feature_encoder: Whether the weights of the layers that turn sound into frames
            are frozen in both stages.
        warmup_share: Float in (0, 1], share of a stage's steps with a rising rate.
        weight_decay: Float >= 0, decoupled weight decay.
        clip_norm: Float > 0, the maximum global norm of the gradients.
        accumulate: Int > 0, batches per optimizer step.
        patience: Int > 0, epochs without a better validation loss before a stage ends.
        precision: One of `PRECISIONS`, the dtype policy in training. Saved weights are float32.
        gradient_checkpointing: Whether the backward pass computes the activations of blocks
            again, instead of keeping them in memory.
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
            ValueError: If a name is not a setting, or a value is out of its domain.
        """
        known = [field.name for field in fields(self)]
        for name in settings:
            _check.one_of("FineTuning", known, setting=name)
        return replace(self, **settings)

    def stages(self) -> list[tuple[str, int]]:
        """Returns the name (`head` or `body`) and the number of epochs of each stage."""
        both = [("head", self.head_epochs), ("body", self.epochs - self.head_epochs)]
        return [(name, epochs) for name, epochs in both if epochs]


# Without pretrained weights the whole network is trained, at one rate, for more epochs.
_SCRATCH = {
    "head_epochs": 0, "head_rate": 1e-3, "rate": 1e-3, "rate_decay": 1.0,
    "freeze_feature_encoder": False,
}  # fmt: skip
_EPOCHS = {True: 10, False: 40}


def tuned(name: str, help: str, *, usual: str | None = None, **limits: Any) -> Any:
    """Declares a setting of `FineTuning`. Its help text has both defaults."""
    default = getattr(FineTuning, name)
    text = f"{help} (default: {usual or _word(default)}"
    if _SCRATCH.get(name, default) != default or (usual and name in _SCRATCH):
        text += f"; from random weights {_word(_SCRATCH[name])}"
    return setting(None, help=f"{text})", **limits)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool | str) else f"{value:g}"


@dataclass(frozen=True, kw_only=True)
class StageSettings:
    """Settings of all families that fine-tune. `plan` replaces `None` with the default."""

    batch_size: int | None = setting(
        None,
        min_value=1,
        help=f"clips per batch (default: at most {BATCH} clips and {BATCH_SECONDS:g} seconds)",
    )
    head_epochs: int | None = tuned(
        "head_epochs", "epochs that train the head alone", usual="a third", min_value=0
    )
    head_rate: float | None = tuned("head_rate", "highest learning rate of the head", above=0)
    rate: float | None = tuned("rate", "highest learning rate of the top block", above=0)
    rate_decay: float | None = tuned(
        "rate_decay", "rate of a block as a share of the one above", above=0, max_value=1
    )
    upper: int | None = tuned(
        "upper", "blocks from the top that are trained", usual="all", min_value=1
    )
    freeze_feature_encoder: bool | None = tuned(
        "freeze_feature_encoder", "whether layers that turn sound into frames are frozen"
    )
    warmup_share: float | None = tuned(
        "warmup_share", "share of the steps in which the rate rises", above=0, max_value=1
    )
    weight_decay: float | None = tuned(
        "weight_decay", "AdamW's decoupled weight decay", min_value=0
    )
    clip_norm: float | None = tuned("clip_norm", "maximum norm of the gradients", above=0)
    accumulate: int | None = tuned("accumulate", "batches per optimizer step", min_value=1)
    patience: int | None = tuned(
        "patience", "epochs without a better validation loss before a stage ends", min_value=1
    )
    precision: str | None = tuned(
        "precision", "dtype policy while training", choices=(None, *PRECISIONS)
    )
    refit: bool = setting(
        True, help="whether the last fifth of the epochs also trains on the validation clips"
    )
    augment: str = setting(
        "none",
        help="augmentation recipe: none, its name, or a YAML file; layers for spectrograms are "
        "left out",
    )
    label_smoothing: float = setting(
        0.0, min_value=0, below=1, help="share of each label that is spread over all classes"
    )


def plan(
    settings: StageSettings,
    epochs: int | None,
    *,
    pretrained: bool,
    usual: Mapping[str, Any] | None = None,
) -> FineTuning:
    """Returns the settings of fine-tuning with all defaults.

    A network with pretrained weights is trained in two stages, one with random weights in one
    stage. A setting that is `None` gets the default of that case.

    Args:
        settings: See `StageSettings`. Fields that `FineTuning` does not have are ignored.
        epochs: Int > 0, or `None` for 10 with pretrained and 40 with random weights.
        pretrained: Whether the network has pretrained weights.
        usual: Defaults of a family for pretrained weights, which replace those here.

    Raises:
        ValueError: If settings contradict each other.
    """
    epochs = epochs or _EPOCHS[pretrained]
    kind = {"head_epochs": epochs // 3, **(usual or {})} if pretrained else _SCRATCH
    names = [field.name for field in fields(FineTuning) if field.name != "epochs"]
    asked = {name: getattr(settings, name, None) for name in names}
    given = {name: value for name, value in asked.items() if value is not None}
    return FineTuning(epochs=epochs, **{**kind, **given})
