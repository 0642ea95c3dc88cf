"""VGG-style 3x3 convnets on log-mel spectrograms. Names are imported when first used."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.vgg.backbone import vgg_backbone
    from kapre_like.models.vgg.family import VGGModel
    from kapre_like.models.vgg.network import vgg
    from kapre_like.models.vgg.receptive import receptive_field
    from kapre_like.models.vgg.rows import ROWS

_SOURCES = {
    "ROWS": "rows",
    "VGGModel": "family",
    "receptive_field": "receptive",
    "vgg": "network",
    "vgg_backbone": "backbone",
}
__all__ = ["ROWS", "VGGModel", "receptive_field", "vgg", "vgg_backbone"]


def __getattr__(name: str) -> Any:
    if name in _SOURCES:
        value = getattr(importlib.import_module(f"{__name__}.{_SOURCES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
