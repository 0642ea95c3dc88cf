"""Wav2Vec2 in Keras 3: networks, and Hugging Face's checkpoints read and written."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.wav2vec2.config import Wav2Vec2Config
    from kapre_like.models.wav2vec2.network import wav2vec2

_SOURCES = {
    "Wav2Vec2Config": "config",
    "wav2vec2": "network",
}
__all__ = ["Wav2Vec2Config", "wav2vec2"]


def __getattr__(name: str) -> Any:
    if name in _SOURCES:
        value = getattr(importlib.import_module(f"{__name__}.{_SOURCES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
