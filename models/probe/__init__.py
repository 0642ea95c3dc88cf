"""The family `probe`: a light head on the embeddings of a frozen network.

Names are imported when first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.probe.family import ProbeModel as ProbeModel

__all__ = ["ProbeModel"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.family"), name)


def __dir__() -> list[str]:
    return __all__
