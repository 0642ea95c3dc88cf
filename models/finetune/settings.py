"""Settings of the family `finetune`."""

from dataclasses import dataclass

from kapre_like.models.artifact.settings import setting
from kapre_like.models.training.finetuning.settings import StageSettings

POOLINGS = (
    "mean", "std", "max", "mean+std", "mean+max", "std+max", "mean+std+max",
)  # fmt: skip
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
    pooling: str = setting(
        "mean+max", choices=POOLINGS, help="statistics over time that the head sees"
    )
    dropout: float = setting(0.1, least=0, below=1, help="before the last layer")
