"""Wav2Vec2 in Keras 3: networks, and Hugging Face's checkpoints read and written."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.wav2vec2.config import Wav2Vec2Config as Wav2Vec2Config
    from kapre_like.models.wav2vec2.network import wav2vec2 as wav2vec2
    from kapre_like.models.wav2vec2.presets import PRESETS as PRESETS
    from kapre_like.models.wav2vec2.presets import preset as preset
    from kapre_like.models.wav2vec2.pretraining import (
        wav2vec2_for_pretraining as wav2vec2_for_pretraining,
    )
    from kapre_like.models.wav2vec2.reading import from_huggingface as from_huggingface
    from kapre_like.models.wav2vec2.writing import to_huggingface as to_huggingface

_SOURCES = {
    "PRESETS": "presets",
    "Wav2Vec2Config": "config",
    "from_huggingface": "reading",
    "preset": "presets",
    "to_huggingface": "writing",
    "wav2vec2": "network",
    "wav2vec2_for_pretraining": "pretraining",
}
__all__ = sorted(_SOURCES)


def __getattr__(name: str) -> Any:
    if name in _SOURCES:
        value = getattr(importlib.import_module(f"{__name__}.{_SOURCES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
