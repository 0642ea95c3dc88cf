"""Finds the axes of a network's input, and converts rows to inputs and outputs to frames."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kapre_like.models.embeddings.files.programs import Tensor

# Number of rows to run at once if the batch size is free.
_ROWS = 32
_INTEGERS = ("int8", "uint8", "int16")


@dataclass(frozen=True)
class Layout:
    """The batch axis of an input, and the positions of a row's axes.

    Attributes:
        tensor: The input.
        batch: Fixed batch size; `None` if it is free; 0 for an input without a batch axis.
        axes: For each axis after the batch: the number of the row's axis, or `None` for an axis
            of size 1.
        sizes: Sizes of a row's axes in the file, with `None` for free sizes.
    """

    tensor: Tensor
    batch: int | None
    axes: tuple[int | None, ...]
    sizes: tuple[int | None, ...]

    @property
    def rows(self) -> int:
        """Number of rows to run at once, an int > 0."""
        return _ROWS if self.batch is None else max(self.batch, 1)

    def arrange(self, rows: np.ndarray) -> np.ndarray:
        """Converts rows `(rows, ...)` float32 to the file's input."""
        order = [axis for axis in self.axes if axis is not None]
        x = rows.transpose(0, *(axis + 1 for axis in order))
        found = iter(x.shape[1:])
        x = x.reshape(len(x), *(1 if axis is None else next(found) for axis in self.axes))
        return quantized(x if self.batch != 0 else x[0], self.tensor)


def find_layout(tensor: Tensor, sizes: Sequence[int | None]) -> Layout | None:
    """Returns the layout of an input for rows of these sizes; `None` if they do not fit.

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
        # A free first axis is a batch axis, but the axes after it do not fit.
        return None
    found = _match(tensor.shape, sizes)
    return None if found is None else Layout(tensor, 0, *found)


def _match(
    shape: Sequence[int | None], sizes: Sequence[int | None]
) -> tuple[tuple[int | None, ...], tuple[int | None, ...]] | None:
    """Returns the row's axis for each axis of a shape, and the sizes of the row's axes.

    Axes of size 1 may be anywhere. Axes of known size are matched before free ones. Of equal
    matches, the one in the order of the row is used.
    """
    best, max_score = None, -1
    positions = range(len(shape))
    for order in itertools.permutations(range(len(sizes))):
        # Combinations start with the first axes, so channels are last in doubt.
        for chosen in itertools.combinations(positions, len(sizes)):
            matched = dict(zip(chosen, order, strict=True))
            fits = [
                _fits(shape[i], sizes[matched[i]] if i in matched else 1) for i in positions
            ]
            if all(fits) and sum(fits) > max_score:
                best, max_score = tuple(matched.get(i) for i in positions), sum(fits)
    if best is None:
        return None
    found = dict(zip(best, shape, strict=True))
    return best, tuple(found[axis] or sizes[axis] for axis in range(len(sizes)))


def _fits(size: int | None, wanted: int | None) -> int:
    """Returns a score: 0 if a size cannot be the wanted one, and more if it is likely."""
    if wanted is None:
        # An axis of size 1 is a channel, not a waveform.
        return 0 if size == 1 else 2
    if size is None:
        return 1 if wanted == 1 else 2
    return 3 if size == wanted else 0


def quantized(x: np.ndarray, tensor: Tensor) -> np.ndarray:
    """Converts floats to the dtype of an input, with its scale and zero point."""
    if not tensor.scale:
        return x.astype(tensor.dtype)
    limits = np.iinfo(tensor.dtype)
    steps = np.round(x / tensor.scale) + tensor.zero
    return np.clip(steps, limits.min, limits.max).astype(tensor.dtype)


def frames_of(output: Any, tensor: Tensor, rows: int) -> np.ndarray | None:
    """Converts an output to float32 `(rows, frames, channels)`; `None` if it does not fit.

    Args:
        output: Array that the program returned.
        tensor: Name, shape and dtype of the output.
        rows: Number of rows that were run. The output of a single row may have no batch axis.
    """
    x = np.asarray(output)
    x = (x.astype("float32") - tensor.zero) * tensor.scale if tensor.scale else x
    x = x.astype("float32")
    if rows > 1 and (not x.ndim or len(x) != rows):
        return None
    if x.ndim < 2:
        # One number per row, or the channels of a single row.
        return x.reshape(rows, 1, -1)
    if x.ndim == 2:
        return x[:, None] if rows > 1 else x[None]
    inner = [size for size in x.shape[1:-1] if size != 1] or [1]
    if len(inner) > 1 or len(x) != rows:
        return None
    return x.reshape(rows, inner[0], x.shape[-1])
