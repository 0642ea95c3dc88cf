"""Lets the folder of a network be called like the function that builds the network.

`kapre_like.models.pretrained.yamnet` is a folder with modules and also the name of a function.
Python replaces an attribute of a package when it imports a folder of the same name, so the
function alone would be found or not depending on what was imported before.
"""

import importlib
import sys
from types import ModuleType
from typing import Any


class CallableFolder(ModuleType):
    """A package that passes a call on to the function of its own name in its `backbone`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in ("__signature__", "__wrapped__"):
            # What `inspect.signature` and `help` ask for.
            return getattr(self._function, name) if name == "__signature__" else self._function
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    @property
    def _function(self) -> Any:
        module = importlib.import_module(f"{self.__name__}.backbone")
        return getattr(module, self.__name__.rpartition(".")[2])


def make_callable(package: str) -> None:
    """Makes an imported package a `CallableFolder`; call it with `__name__`."""
    sys.modules[package].__class__ = CallableFolder
