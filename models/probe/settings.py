"""Settings of the family `probe`."""

from dataclasses import dataclass

from kapre_like.models.artifact.settings import setting
from kapre_like.models.probe.views import AUTO, POOLINGS
from kapre_like.models.training.tree_defaults import MAX_TREES

HEADS = ("auto", "linear", "boosted", "fusion")
# The network that is used without a backbone. Its weights are random.
UNTRAINED_NETWORK = "wav2vec2-tiny"
UNTRAINED = (
    f"no backbone was given, so {UNTRAINED_NETWORK}, a small network with random weights, is "
    "used; this is not a pretrained model. `kapre-like weights` lists the pretrained networks"
)


@dataclass(frozen=True, kw_only=True)
class ProbeSettings:
    """Settings of the family `probe`; `kapre-like families probe` prints them."""

    backbone: str | None = setting(
        None,
        help="the frozen network: a name in `kapre-like weights`, a file, a folder, or a name "
        "on the Hugging Face hub",
    )
    weights: str | None = setting(
        None, help="file or folder of weights (default: the file found on this machine)"
    )
    takes: str | None = setting(
        None,
        help="input of a file of another program (.onnx, .tflite, .keras, SavedModel): "
        "waveform:RATE[:SECONDS[:HOP]] or patches:NETWORK",
    )
    output: int | str | None = setting(
        None, help="output of such a file, by name or number (default: the only one)"
    )
    layer: int | str | None = setting(
        None,
        help="hidden state by number, `last` or another name, or several joined by + "
        "(default: chosen by inner folds)",
    )
    pooling: str = setting(
        AUTO, choices=POOLINGS, help="statistics over time; auto: chosen by inner folds"
    )
    head: str = setting(
        "auto",
        choices=HEADS,
        help="linear, boosted (trees on embeddings) or fusion (trees on embeddings and "
        "statistics); auto: chosen by inner folds, for classes without fusion",
    )
    max_trees: int | None = setting(
        None,
        min_value=1,
        help=f"maximum number of trees; fewer are trained if they suffice (default: "
        f"{MAX_TREES['classify']} for classes, {MAX_TREES['regress']} for scores)",
    )
