"""Trainable audio front ends in Keras 3, and a workbench that compares light and heavy models.

Names are imported when first used. So `import kapre_like` takes milliseconds, and the feature
path (`kapre_like.features`, `kapre_like.audio`) never imports Keras or TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING, Any

from kapre_like._layer_table import LAYERS as _LAYERS
from kapre_like._version import __version__

if TYPE_CHECKING:
    from kapre_like import audio as audio
    from kapre_like import augment as augment
    from kapre_like import features as features
    from kapre_like import kapre as kapre
    from kapre_like import layers as layers
    from kapre_like import models as models
    from kapre_like import presets as presets
    from kapre_like.exporting import export as export
    from kapre_like.layers import *  # noqa: F403
    from kapre_like.models.artifact.load import load_model as load_model
    from kapre_like.models.artifact.opening import load_predictor as load_predictor
    from kapre_like.models.blocks import FramesToSequence as FramesToSequence
    from kapre_like.models.blocks import MaskedBatchNormalization as MaskedBatchNormalization
    from kapre_like.models.blocks import MaskedMean as MaskedMean
    from kapre_like.models.blocks import UnpackMask as UnpackMask
    from kapre_like.saving import metadata as metadata
    from kapre_like.streaming import Streaming as Streaming

# Layers for networks after a front end, which ignore padding.
_MASKED = ("FramesToSequence", "MaskedBatchNormalization", "MaskedMean", "UnpackMask")

# `_MASKED`, `load_model` and `load_predictor` come from floors above this package
# (ARCHITECTURE.md).
_SOURCES = {
    **dict.fromkeys(_LAYERS, "kapre_like.layers"),
    **dict.fromkeys(_MASKED, "kapre_like.models.blocks"),
    "Streaming": "kapre_like.streaming",
    "export": "kapre_like.exporting",
    "load_model": "kapre_like.models.artifact.load",
    "load_predictor": "kapre_like.models.artifact.opening",
    "metadata": "kapre_like.saving",
}
_SUBMODULES = ("audio", "augment", "features", "kapre", "layers", "models", "presets")

__all__ = ["__version__", *_SUBMODULES, *_SOURCES]


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"kapre_like.{name}")
    if name in _SOURCES:
        value = getattr(importlib.import_module(_SOURCES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'kapre_like' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(set(__all__) | {name for name in globals() if name.startswith("__")})
