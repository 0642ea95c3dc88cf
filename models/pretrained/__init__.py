"""Pretrained networks: a waveform in, embeddings out.

A folder per network has its `config`, `backbone`, `weights` and `preset`. `assembly` connects a
network of patches or of whole clips to a waveform, `preset` says what is known of a network
without opening it, and `kinds` opens one for `kapre_like.models.embeddings`. The functions that
build the networks are imported when first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.pretrained.speech_embedding.backbone import (
        speech_embedding as speech_embedding,
    )
    from kapre_like.models.pretrained.vggish.backbone import vggish as vggish
    from kapre_like.models.pretrained.yamnet.backbone import yamnet as yamnet

# Each is a folder that is called like a function; see `callable_folder`.
__all__ = ["speech_embedding", "vggish", "yamnet"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return __all__
