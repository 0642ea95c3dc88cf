"""Pretrained networks: a waveform in, embeddings out.

A folder per network has its `config`, `backbone`, `weights` and `preset`. `assembly` connects a
network of patches or of whole clips to a waveform, `preset` says what is known of a network
without opening it, and `kinds` opens one for `kapre_like.models.embeddings`. The functions that
build the networks are imported when first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.pretrained.ast.backbone import ast as ast
    from kapre_like.models.pretrained.musicnn_vgg.backbone import musicnn_vgg as musicnn_vgg
    from kapre_like.models.pretrained.musicnn_vgg.backbone import (
        musicnn_vgg_msd as musicnn_vgg_msd,
    )
    from kapre_like.models.pretrained.panns.networks import panns_cnn6 as panns_cnn6
    from kapre_like.models.pretrained.panns.networks import panns_cnn10 as panns_cnn10
    from kapre_like.models.pretrained.panns.networks import panns_cnn14 as panns_cnn14
    from kapre_like.models.pretrained.panns.networks import panns_cnn14_16k as panns_cnn14_16k
    from kapre_like.models.pretrained.speech_embedding.backbone import (
        speech_embedding as speech_embedding,
    )
    from kapre_like.models.pretrained.vggish.backbone import vggish as vggish
    from kapre_like.models.pretrained.yamnet.backbone import yamnet as yamnet

# Each is a folder that is called like a function; see `callable_folder`.
_FOLDERS = ("ast", "musicnn_vgg", "speech_embedding", "vggish", "yamnet")
# Further functions, and the modules that have them.
_HOME = {
    "musicnn_vgg_msd": "musicnn_vgg.backbone",
    "panns_cnn10": "panns.networks",
    "panns_cnn14": "panns.networks",
    "panns_cnn14_16k": "panns.networks",
    "panns_cnn6": "panns.networks",
}
__all__ = sorted([*_FOLDERS, *_HOME])


def __getattr__(name: str) -> Any:
    if name in _FOLDERS:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
