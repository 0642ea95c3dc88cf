"""Models and the experiments that judge them; installs as `kapre_like.models`.

Everything here is imported when first touched (PEP 562), so that naming this package costs
nothing and the CatBoost path never meets Keras or TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.artifact.card import ModelCard as ModelCard
    from kapre_like.models.artifact.load import load_model as load_model
    from kapre_like.models.artifact.registry import family as family
    from kapre_like.models.experiment import compare as compare
    from kapre_like.models.experiment import evaluate as evaluate
    from kapre_like.models.experiment import export as export
    from kapre_like.models.experiment import predict as predict
    from kapre_like.models.experiment import pretrain as pretrain
    from kapre_like.models.experiment import show as show
    from kapre_like.models.experiment import train as train
    from kapre_like.models.experiment import tune_decoder as tune_decoder

_HOME = {
    "ModelCard": "kapre_like.models.artifact.card",
    "compare": "kapre_like.models.experiment",
    "evaluate": "kapre_like.models.experiment",
    "export": "kapre_like.models.experiment",
    "family": "kapre_like.models.artifact.registry",
    "load_model": "kapre_like.models.artifact.load",
    "predict": "kapre_like.models.experiment",
    "pretrain": "kapre_like.models.experiment",
    "show": "kapre_like.models.experiment",
    "train": "kapre_like.models.experiment",
    "tune_decoder": "kapre_like.models.experiment",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
