"""Finds a family of models by its name.

A package enters its families in the entry-point group `kapre_like.families`. Any other class is
named as `"module:Class"`.
"""

import re
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import NamedTuple

from kapre_like.models.artifact.families import Family

GROUP = "kapre_like.families"


class Listed(NamedTuple):
    """A family as `kapre-like families` lists it.

    Attributes:
        name: As in `--model NAME`.
        family: The class, or `None` if its module cannot be imported.
        trouble: Why it cannot be used and how to fix it, or `""`.
    """

    name: str
    family: type[Family] | None
    trouble: str

    @classmethod
    def of(cls, name: str) -> "Listed":
        """Returns a family by its name or `"module:Class"`.

        Raises:
            ValueError: If there is no such family.
        """
        found = find(name)
        return cls(name, found, _trouble(found))


def names() -> list[str]:
    """Returns the sorted names of all families in installed packages."""
    return sorted({entry.name for entry in metadata.entry_points(group=GROUP)})


def listed() -> list[Listed]:
    """Returns all families in installed packages, including those that cannot be used."""
    found = []
    for name in names():
        try:
            found.append(Listed.of(name))
        except Exception as error:  # another package may fail in any way
            found.append(Listed(name, None, f"{type(error).__name__}: {error}"))
    return found


def find(name: str) -> type[Family]:
    """Returns the class of a family, whether or not the packages it needs are installed.

    Raises:
        ValueError: If there is no family of that name.
    """
    place = _place(str(name))
    if place is None:
        known = ", ".join(names())
        raise ValueError(
            f"There is no model family {name!r}. Use one of: {known}; or 'module:Class'."
        )
    module, _, attribute = place.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise ValueError(
            f"There is no model family {name!r}: there is no module {error.name!r} on Python's "
            "path. Check the name, or set PYTHONPATH to the folder of the module."
        ) from error
    except AttributeError as error:
        raise ValueError(
            f"There is no model family {name!r}: the module {module} has no {attribute!r}. "
            "Check the name."
        ) from error


def family(name: str) -> type[Family]:
    """Returns the class of a family that can be used.

    Args:
        name: Such as `"boosted"` or `"vgg"`, or `"module:Class"`.

    Raises:
        ValueError: If there is no family of that name.
        ImportError: If a package that it needs is not installed. The message states the fix.
    """
    cls = find(name)
    if trouble := _trouble(cls):
        raise ImportError(f"The model family {name!r} cannot be used: {trouble}")
    return cls


def folder_name(name: str) -> str:
    """Returns the name of a family's folder: `"Own"` for `"a.b:Own"`."""
    return name.rpartition(":")[2]


def _place(name: str) -> str | None:
    """Returns a family's `module:Class`, or `None` if there is no such family."""
    for entry in metadata.entry_points(group=GROUP, name=name):
        return entry.value
    return name if re.fullmatch(r"[\w.]+:\w+", name) else None


def _trouble(cls: type[Family]) -> str:
    missing = [package for package in cls.needs if find_spec(package) is None]
    if not missing:
        return ""
    fix = f" Run: pip install '{cls.install}'" if cls.install else ""
    return f"{', '.join(missing)} is not installed.{fix}"
