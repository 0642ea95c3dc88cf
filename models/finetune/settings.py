"""Settings of the family `finetune`."""

from dataclasses import dataclass
from typing import Any

from kapre_like.models.artifact.settings import setting
from kapre_like.models.training.finetuning.settings import StageSettings, tuned

# Combinations of statistics among which `"auto"` chooses by the loss on held-out clips.
AUTO, TRIED = "auto", ("mean+std", "mean+max")
POOLINGS = (
    AUTO, "mean", "std", "max", "mean+std", "mean+max", "std+max", "mean+std+max",
)  # fmt: skip
# Defaults for pretrained weights. The head is already fitted, so it does not need a stage of
# its own, or a higher learning rate than the network.
USUAL: dict[str, Any] = {"head_epochs": 0, "head_rate": 1e-4}
# The network that is used without a backbone. Its weights are random.
UNTRAINED_NETWORK = "wav2vec2-tiny"
UNTRAINED = (
    f"no backbone was given, so {UNTRAINED_NETWORK}, a small network with random weights, is "
    "trained from scratch; this is not a pretrained model. `kapre-like weights` lists the "
    "pretrained networks"
)


@dataclass(frozen=True, kw_only=True)
class FineTuneSettings(StageSettings):
    """Settings of the family `finetune`; `kapre-like families finetune` prints them."""

    backbone: str | None = setting(
        None,
        help="the pretrained network: a name in `kapre-like weights`, a file, a folder, or a "
        "name on the Hugging Face hub",
    )
    weights: str | None = setting(
        None, help="file or folder of weights (default: the file found on this machine)"
    )
    takes: str | None = setting(
        None, help="input of a Keras file of your own; see docs/pretrained.md"
    )
    pooling: str = setting(
        AUTO,
        choices=POOLINGS,
        help="statistics over time for the head; auto: chosen by inner folds",
    )
    dropout: float = setting(
        0.1, min_value=0, below=1, help="dropout rate before the last layer"
    )
    head_epochs: int | None = tuned(
        "head_epochs",
        "epochs that train the head alone",
        usual="0, because the head is fitted",
        min_value=0,
    )
    head_rate: float | None = tuned(
        "head_rate", "highest learning rate of the head", usual="0.0001", above=0
    )
