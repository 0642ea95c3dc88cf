"""Finds the axes of a network's input, and brings rows into them and outputs out of them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kapre_like.models.embeddings.files.programs import Tensor

# Rows that are run at once where the file leaves it free.
_ROWS = 32
_INTEGERS = ("int8", "uint8", "int16")


@dataclass(frozen=True)
class Layout:
    """Where an input has its batch, and the axes of a row in it.

    Attributes:
        tensor: The input.
        batch: Number of rows of a call that the file fixes; `None` if it is free; 0 for an
            input without a batch axis.
        axes: For each axis after the batch the axis of a row that it holds, and `None` for an
            axis of size 1.
        sizes: Sizes of a row's axes in the file, `None` where they are free.
    """

    tensor: Tensor
    batch: int | None
    axes: tuple[int | None, ...]
    sizes: tuple[int | None, ...]

    @property
    def rows(self) -> int:
        """Int > 0, the number of rows to run at once."""
        return _ROWS if self.batch is None else max(self.batch, 1)

    def arrange(self, rows: np.ndarray) -> np.ndarray:
        """Returns rows `(rows, ...)` float32 as the file's input."""
        held = [axis for axis in self.axes if axis is not None]
        x = rows.transpose(0, *(axis + 1 for axis in held))
        found = iter(x.shape[1:])
        x = x.reshape(len(x), *(1 if axis is None else next(found) for axis in self.axes))
        return quantized(x if self.batch != 0 else x[0], self.tensor)


def find_layout(tensor: Tensor, sizes: Sequence[int | None]) -> Layout | None:
    """Returns the axes of an input for rows of some sizes; `None` if they do not fit.

    Args:
        tensor: The input.
        sizes: Sizes of a row's axes: `(None,)` for a waveform of any length, `(96, 64)` for
            patches of 96 frames and 64 bands.
    """
    if tensor.dtype not in _INTEGERS and not tensor.dtype.startswith("float"):
        return None
    if tensor.shape is None:
        tensor = replace(tensor, shape=(None,) * (1 + len(sizes)))
    if len(tensor.shape) > len(sizes):
        batch, *inner = tensor.shape
        found = _match(inner, sizes)
        if found is not None:
            return Layout(tensor, batch, *found)
    if None in tensor.shape and None not in sizes:
        # A free axis in front is a batch of other rows.
        return None
    found = _match(tensor.shape, sizes)
    return None if found is None else Layout(tensor, 0, *found)


def _match(
    shape: Sequence[int | None], sizes: Sequence[int | None]
) -> tuple[tuple[int | None, ...], tuple[int | None, ...]] | None:
    """Returns the axis of a row in each axis of a shape, and the sizes that hold.

    Axes of size 1 may stand anywhere. Axes that are known count before those that are free,
    and an order as in the row before another.
    """
    best, most = None, -1
    places = range(len(shape))
    for order in itertools.permutations(range(len(sizes))):
        # From the front, so that channels are last where nothing else is known.
        for chosen in itertools.combinations(places, len(sizes)):
            held = dict(zip(chosen, order, strict=True))
            fits = [_fits(shape[i], sizes[held[i]] if i in held else 1) for i in places]
            if all(fits) and sum(fits) > most:
                axes = tuple(held.get(i) for i in places)
                best, most = axes, sum(fits)
    if best is None:
        return None
    found = dict(zip(best, shape, strict=True))
    return best, tuple(found[axis] or sizes[axis] for axis in range(len(sizes)))


def _fits(size: int | None, wanted: int | None) -> int:
    """Returns 0 if a size cannot be the wanted one, 1 if it may be, and more if it is."""
    if wanted is None:
        # A single number is a channel, and no waveform.
        return 0 if size == 1 else 2
    if size is None:
        return 1 if wanted == 1 else 2
    return 3 if size == wanted else 0


def quantized(x: np.ndarray, tensor: Tensor) -> np.ndarray:
    """Returns numbers in the type of an input, by its scale and zero point."""
    if not tensor.scale:
        return x.astype(tensor.dtype)
    limits = np.iinfo(tensor.dtype)
    steps = np.round(x / tensor.scale) + tensor.zero
    return np.clip(steps, limits.min, limits.max).astype(tensor.dtype)


def frames_of(output: Any, tensor: Tensor, rows: int) -> np.ndarray | None:
    """Returns an output as float32 `(rows, frames, channels)`; `None` if it cannot be that.

    Args:
        output: Array that the program returned.
        tensor: Facts of the output.
        rows: Number of rows that were run. A single row may have no batch axis in the output.
    """
    x = np.asarray(output)
    x = (x.astype("float32") - tensor.zero) * tensor.scale if tensor.scale else x
    x = x.astype("float32")
    if rows > 1 and (not x.ndim or len(x) != rows):
        return None
    if x.ndim < 2:
        # A number per row, or the channels of a single row.
        return x.reshape(rows, 1, -1)
    if x.ndim == 2:
        return x[:, None] if rows > 1 else x[None]
    inner = [size for size in x.shape[1:-1] if size != 1] or [1]
    if len(inner) > 1 or len(x) != rows:
        return None
    return x.reshape(rows, inner[0], x.shape[-1])
