"""The family `finetune`: any pretrained network with a new head, trained end to end.

Names are imported when first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.models.finetune.family import FineTunedModel as FineTunedModel

__all__ = ["FineTunedModel"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.family"), name)


def __dir__() -> list[str]:
    return __all__
