"""Features of clips for light models: vectors of named numbers, without Keras or TensorFlow.

Names are imported when first used, so a trained model predicts without scikit-learn.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.features.clip_features import ClipFeatures as ClipFeatures
    from kapre_like.features.table import feature_table as feature_table
    from kapre_like.features.vector import band_centre_hz as band_centre_hz

_HOME = {"ClipFeatures": "clip_features", "band_centre_hz": "vector", "feature_table": "table"}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
