"""Functions that build the pretrained networks. Each is imported on first use."""

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

_HOME = {
    "ast": "ast.backbone",
    "musicnn_vgg": "musicnn_vgg.backbone",
    "musicnn_vgg_msd": "musicnn_vgg.backbone",
    "panns_cnn10": "panns.networks",
    "panns_cnn14": "panns.networks",
    "panns_cnn14_16k": "panns.networks",
    "panns_cnn6": "panns.networks",
    "speech_embedding": "speech_embedding.backbone",
    "vggish": "vggish.backbone",
    "yamnet": "yamnet.backbone",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"kapre_like.models.pretrained.{_HOME[name]}")
    return getattr(module, name)


def __dir__() -> list[str]:
    return __all__
