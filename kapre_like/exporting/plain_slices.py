"""Slices that add axes, such as `x[..., None]`, as two operators that LiteRT has."""

import contextlib
from collections.abc import Iterator

from keras import ops


@contextlib.contextmanager
def plain_slices(tensor: type) -> Iterator[None]:
    """While it lasts, `x[..., None]` is a slice without the new axes, and `expand_dims`.

    LiteRT has slices with a new axis only in front of an axis that was there.

    Args:
        tensor: The class of the tensors that are sliced.
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
    """Whether a new axis stands among slices, numbers and `...` only."""
    plain = all(i is None or i is ... or isinstance(i, (slice, int)) for i in items)
    return plain and any(item is None for item in items)


def _new_axes(items: tuple, rank: int) -> list[int]:
    """Where the new axes are in the result, from the first to the last."""
    named = sum(isinstance(item, (slice, int)) for item in items)
    axes, at = [], 0
    for item in items:
        if item is None:
            axes.append(at)
        at += rank - named if item is ... else not isinstance(item, int)
    return axes
