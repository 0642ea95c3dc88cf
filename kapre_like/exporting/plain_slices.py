"""Splits slices that add axes, such as `x[..., None]`, into two operators of LiteRT."""

import contextlib
from collections.abc import Iterator

from keras import ops


@contextlib.contextmanager
def plain_slices(tensor: type) -> Iterator[None]:
    """Context in which `x[..., None]` is a slice without new axes, then `expand_dims`.

    LiteRT supports a new axis in a slice only in front of an existing axis.

    Args:
        tensor: Class whose `__getitem__` is replaced.
    """
    kept = tensor.__getitem__

    def sliced(x, key):
        items = key if isinstance(key, tuple) else (key,)
        if x.shape.rank is None or not _adds_axes(items):
            return kept(x, key)
        old = tuple(item for item in items if item is not None)
        y = kept(x, old) if old else x
        for axis in _new_axes(items, x.shape.rank):
            y = ops.expand_dims(y, axis=axis)
        return y

    tensor.__getitem__ = sliced
    try:
        yield
    finally:
        tensor.__getitem__ = kept


def _adds_axes(items: tuple) -> bool:
    """Returns whether `items` has a new axis, and otherwise slices, integers and `...` only."""
    plain = all(i is None or i is ... or isinstance(i, (slice, int)) for i in items)
    return plain and any(item is None for item in items)


def _new_axes(items: tuple, rank: int) -> list[int]:
    """Returns the positions of the new axes in the result, in ascending order."""
    named = sum(isinstance(item, (slice, int)) for item in items)
    axes, at = [], 0
    for item in items:
        if item is None:
            axes.append(at)
        at += rank - named if item is ... else not isinstance(item, int)
    return axes
