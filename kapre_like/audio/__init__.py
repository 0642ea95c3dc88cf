"""Reads sound files as waveforms, tables and batches. Names are imported when first used.

Only `pipeline` (the names `Pipeline` and `dataset`) needs TensorFlow. The function `scan` is
not exported here, because its module `kapre_like.audio.scan` has the same name.
"""

import importlib
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapre_like.audio.decode import FileInfo as FileInfo
    from kapre_like.audio.decode import Sound as Sound
    from kapre_like.audio.decode import center_crop as center_crop
    from kapre_like.audio.decode import info as info
    from kapre_like.audio.decode import read as read
    from kapre_like.audio.decode import read_sound as read_sound
    from kapre_like.audio.inspecting import inspect as inspect
    from kapre_like.audio.limits import read_limits as read_limits
    from kapre_like.audio.manifest import read_dataset as read_dataset
    from kapre_like.audio.manifest import read_unlabeled as read_unlabeled
    from kapre_like.audio.pipeline import Pipeline as Pipeline
    from kapre_like.audio.pipeline import dataset as dataset
    from kapre_like.audio.splits import folds as folds
    from kapre_like.audio.splits import hold_out as hold_out

_HOME = {
    "FileInfo": "decode",
    "Pipeline": "pipeline",
    "Sound": "decode",
    "center_crop": "decode",
    "dataset": "pipeline",
    "folds": "splits",
    "hold_out": "splits",
    "info": "decode",
    "inspect": "inspecting",
    "read": "decode",
    "read_dataset": "manifest",
    "read_limits": "limits",
    "read_sound": "decode",
    "read_unlabeled": "manifest",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name == "read_unlabelled":
        message = "read_unlabelled was renamed in 0.1.0 and goes in 0.2.0. Use read_unlabeled."
        warnings.warn(message, FutureWarning, stacklevel=2)
        name = "read_unlabeled"
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
