"""Compares the tensors of a file with those that a network needs."""

from collections.abc import Mapping
from pathlib import Path

Shapes = Mapping[str, tuple[int, ...]]


def check_tensors(owner: str, path: Path, needed: Shapes, found: Shapes) -> None:
    """Checks that a file contains exactly the tensors of a network.

    Args:
        owner: Name of the network, for error messages.
        path: The file.
        needed: Shapes of the network's tensors, by their names in the file.
        found: Shapes of the file's tensors, by name.

    Raises:
        ValueError: If the file is for another network, or a tensor is missing, surplus, or of
            another shape. The message has the tensor, the shapes and the file.
    """
    missing = [name for name in needed if name not in found]
    if len(missing) == len(needed):
        names = ", ".join(list(found)[:3]) or "none"
        _fail(owner, f"weights of {owner}", f"{path}, whose first tensors are {names}")
    if missing:
        name = missing[0]
        rule = f"complete, with the tensor {name} of shape {_plain(needed[name])}"
        _fail(owner, rule, f"{path}, which does not have it")
    for name, shape in needed.items():
        if _plain(found[name]) != _plain(shape):
            rule = f"a file in which {name} has the shape {_plain(shape)}"
            _fail(owner, rule, f"{path}, in which it has the shape {_plain(found[name])}")
    surplus = [name for name in found if name not in needed]
    if surplus:
        name = surplus[0]
        rule = f"a file with only the tensors of {owner}"
        _fail(owner, rule, f"{path}, which also has {name} of shape {_plain(found[name])}")


def unreadable(owner: str, path: Path, formats: str) -> ValueError:
    """Returns the error for a file whose format a network does not support."""
    return ValueError(f"{owner}: `weights` must be one of: {formats}. Received: {path}.")


def _plain(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(size) for size in shape)


def _fail(owner: str, rule: str, received: str) -> None:
    fix = f"Give the complete published weights of {owner}."
    raise ValueError(f"{owner}: `weights` must be {rule}. Received: {received}. {fix}")
