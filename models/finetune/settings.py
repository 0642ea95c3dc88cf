"""Settings of the family `finetune`."""

from dataclasses import dataclass
from typing import Any

from kapre_like.models.artifact.settings import setting
from kapre_like.models.training.finetuning.settings import StageSettings, tuned

# Joins of statistics that `"auto"` tries, by the loss on held-out clips.
AUTO, TRIED = "auto", ("mean+std", "mean+max")
POOLINGS = (
    AUTO, "mean", "std", "max", "mean+std", "mean+max", "std+max", "mean+std+max",
)  # fmt: skip
# Defaults for pretrained weights: the head is fitted before, so it learns no faster than the
# network, and needs no epochs of its own.
USUAL: dict[str, Any] = {"head_epochs": 0, "head_rate": 1e-4}
# Used without a backbone; its weights are random.
UNTRAINED_NETWORK = "wav2vec2-tiny"
UNTRAINED = (
    f"no backbone was given: {UNTRAINED_NETWORK}, a small network of random weights, is "
    "trained from scratch; this is no pretrained model. `kapre-like weights` lists the "
    "pretrained networks"
)


@dataclass(frozen=True, kw_only=True)
class FineTuneSettings(StageSettings):
    """Settings of the family `finetune`; `kapre-like families finetune` prints them."""

    backbone: str | None = setting(
        None,
        help="the network to begin with: a name in `kapre-like weights`, a file, a folder, or "
        "a name on the Hugging Face hub",
    )
    weights: str | None = setting(
        None, help="file or folder of weights (default: what is on this machine)"
    )
    takes: str | None = setting(
        None, help="what a Keras file of your own takes; see docs/pretrained.md"
    )
    pooling: str = setting(
        AUTO,
        choices=POOLINGS,
        help="statistics over time that the head sees; auto: by inner folds",
    )
    dropout: float = setting(0.1, least=0, below=1, help="before the last layer")
    head_epochs: int | None = tuned(
        "head_epochs", "epochs that train the head alone", usual="0, it is fitted", least=0
    )
    head_rate: float | None = tuned(
        "head_rate", "highest learning rate of the head", usual="0.0001", above=0
    )
