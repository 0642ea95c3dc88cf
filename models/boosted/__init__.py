"""The light family: CatBoost on clip features. Names are imported when first used."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.boosted.family import BoostedModel as BoostedModel

__all__ = ["BoostedModel"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.family"), name)


def __dir__() -> list[str]:
    return __all__
