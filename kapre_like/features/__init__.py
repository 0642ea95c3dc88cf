"""Features of clips for light models: vectors of named numbers, without Keras or TensorFlow.

Names are imported when first used, so a trained model predicts without scikit-learn.
"""

import importlib
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.features.clip_features import ClipFeatures as ClipFeatures
    from kapre_like.features.table import feature_table as feature_table
    from kapre_like.features.vector import band_center_hz as band_center_hz

_HOME = {"ClipFeatures": "clip_features", "band_center_hz": "vector", "feature_table": "table"}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name == "band_centre_hz":
        message = "band_centre_hz was renamed in 0.1.0 and goes in 0.2.0. Use band_center_hz."
        warnings.warn(message, FutureWarning, stacklevel=2)
        name = "band_center_hz"
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
