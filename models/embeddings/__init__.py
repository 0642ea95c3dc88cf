"""Embeddings from the hidden states of frozen networks, cached on disk.

`frozen` has the base class of networks, and `networks` opens a network of any installed kind.
`files` opens ONNX, LiteRT, SavedModel and Keras files. `embedder` computes embeddings with the
`cache`. `table` and `transformer` have the public interfaces.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.embeddings.files.backbone import Backbone as Backbone
    from kapre_like.models.embeddings.frozen import FrozenNetwork as FrozenNetwork
    from kapre_like.models.embeddings.networks import open_network as open_network
    from kapre_like.models.embeddings.table import embedding_table as embedding_table
    from kapre_like.models.embeddings.transformer import ClipEmbeddings as ClipEmbeddings

_HOME = {
    "Backbone": "kapre_like.models.embeddings.files.backbone",
    "ClipEmbeddings": "kapre_like.models.embeddings.transformer",
    "FrozenNetwork": "kapre_like.models.embeddings.frozen",
    "embedding_table": "kapre_like.models.embeddings.table",
    "open_network": "kapre_like.models.embeddings.networks",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
