"""Convolutions and bidirectional GRUs for CTC. Names are imported when first used."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.deepspeech2.network import deepspeech2
    from kapre_like.models.deepspeech2.rows import ROWS, frame_seconds, output_frames

_SOURCES = {
    "ROWS": "rows",
    "deepspeech2": "network",
    "frame_seconds": "rows",
    "output_frames": "rows",
}
__all__ = ["ROWS", "deepspeech2", "frame_seconds", "output_frames"]


def __getattr__(name: str) -> Any:
    if name in _SOURCES:
        value = getattr(importlib.import_module(f"{__name__}.{_SOURCES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
