"""Trainable audio front ends in Keras 3, and a workbench that weighs light models and heavy.

Names are imported when first used, so `import kapre_like` costs milliseconds, and the feature
path (`kapre_like.features`, `kapre_like.audio`) never brings in Keras or TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING, Any

from kapre_like._version import __version__

if TYPE_CHECKING:
    from kapre_like import audio, features, layers, models
    from kapre_like.exporting import export
    from kapre_like.layers import (
        STFT,
        ApplyFilterbank,
        InverseSTFT,
        LengthMask,
        Magnitude,
        MagnitudeToDecibel,
        MelSpectrogram,
        Phase,
        Power,
        PowerToDecibel,
    )
    from kapre_like.models.load import load_model
    from kapre_like.saving import metadata

# `load_model` is the one name taken from above this package's floors (ARCHITECTURE.md).
_SOURCES = {
    "ApplyFilterbank": "kapre_like.layers",
    "InverseSTFT": "kapre_like.layers",
    "LengthMask": "kapre_like.layers",
    "Magnitude": "kapre_like.layers",
    "MagnitudeToDecibel": "kapre_like.layers",
    "MelSpectrogram": "kapre_like.layers",
    "Phase": "kapre_like.layers",
    "Power": "kapre_like.layers",
    "PowerToDecibel": "kapre_like.layers",
    "STFT": "kapre_like.layers",
    "export": "kapre_like.exporting",
    "load_model": "kapre_like.models.load",
    "metadata": "kapre_like.saving",
}
_SUBMODULES = ("audio", "features", "layers", "models")

__all__ = [  # noqa: RUF022 -- grouped: modules, layers, functions
    "__version__",
    "audio",
    "features",
    "layers",
    "models",
    "ApplyFilterbank",
    "InverseSTFT",
    "LengthMask",
    "Magnitude",
    "MagnitudeToDecibel",
    "MelSpectrogram",
    "Phase",
    "Power",
    "PowerToDecibel",
    "STFT",
    "export",
    "load_model",
    "metadata",
]


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
