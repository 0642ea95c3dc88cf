"""Assigns the tensors of a checkpoint to the variables of a model, and reports on it."""

from operator import attrgetter
from typing import Any, NamedTuple

import keras
import numpy as np

from kapre_like.models.artifact.card import walk_layers
from kapre_like.models.checkpoints.weight_files import WeightFiles
from kapre_like.models.wav2vec2.checkpoint.tensors import Tensor

_OWNER = "from_huggingface"


class Loaded(NamedTuple):
    """Report on a loaded checkpoint. `str` returns it as one line.

    Attributes:
        source: Path or name of the checkpoint.
        read: Names of the tensors that were assigned to a variable.
        unused: Names of the tensors that the model does not use.
        fresh: Paths of the variables without a tensor, which are random.
        notes: Further notes.
    """

    source: str
    read: list[str]
    unused: list[str]
    fresh: list[str]
    notes: list[str]

    def __str__(self) -> str:
        parts = [f"{len(self.read)} tensors read"]
        if self.fresh:
            parts.append(f"FRESH, so untrained: {', '.join(self.fresh)}")
        if self.unused:
            parts.append(f"unused: {', '.join(self.unused)}")
        return f"{_OWNER}: {self.source}: {'; '.join([*parts, *self.notes])}"


def fill(
    model: keras.Model, table: list[Tensor], files: WeightFiles, *, source: str, head: bool
) -> Loaded:
    """Assigns the tensors of a checkpoint to the variables of a model.

    Args:
        model: A network of this package.
        table: See `tensors`.
        files: See `WeightFiles`.
        source: Path or name of the checkpoint, for error messages.
        head: Whether the head is read, too. Otherwise its variables stay random.

    Raises:
        ValueError: If the backbone is not complete, or a tensor and its variable differ in
            shape.
    """
    names = {row: _found(row, files) for row in table}
    missing = [row for row, name in names.items() if name is None and row.needed]
    if missing:
        raise _incomplete(missing, files, source)
    variables = variables_of(model, table)
    read, filled = [], set()
    for row, name in names.items():
        if name is None or not (head or row.backbone):
            continue
        _assign(variables[row], row, name, files, source)
        # If weight normalization was removed, two variables are read from one tensor.
        read += [] if name in read else [name]
        filled.add(id(variables[row]))
    unused = sorted({*files.names()} - {*read})
    fresh = [v.path for v in model.weights if id(v) not in filled and is_learned(v)]
    return Loaded(source, read, unused, fresh, [])


def variables_of(model: keras.Model, table: list[Tensor]) -> dict[Tensor, Any]:
    """Returns the variable of each row, or its sum with low-rank matrices.

    Raises:
        ValueError: If a layer of the table is not in the model.
    """
    layers = {layer.name: layer for layer in walk_layers(model)}
    for row in table:
        if row.layer not in layers:
            raise ValueError(
                f"{model.name} has no layer {row.layer!r}, which contains {row.name} of a "
                "checkpoint. It is not a network of transformers."
            )
    return {row: attrgetter(row.attribute)(layers[row.layer]) for row in table}


def is_learned(variable: Any) -> bool:
    """Returns whether a variable is a weight instead of a counter or a random state."""
    return "float" in keras.backend.standardize_dtype(variable.dtype)


def _found(row: Tensor, files: WeightFiles) -> str | None:
    """Returns the name of a row's tensor in the checkpoint."""
    prefix = files.prefix if row.backbone else files.head_prefix
    options = [prefix + name for name in row.names]
    return next((name for name in options if name in files), None)


def _assign(variable: Any, row: Tensor, name: str, files: WeightFiles, source: str) -> None:
    array = files.read(name)
    if not np.isfinite(array).all():
        wrong = array.size - np.count_nonzero(np.isfinite(array))
        raise ValueError(
            f"{_OWNER}: {name} in {source} has {wrong} of {array.size} numbers that are NaN or "
            "infinite, so all outputs would be NaN. Download or train it again."
        )
    array = row.read(array, plain=name.endswith(row.plain) if row.plain else False)
    if tuple(variable.shape) != array.shape:
        shape = row.write(keras.ops.convert_to_numpy(keras.ops.zeros(variable.shape))).shape
        raise ValueError(
            f"{_OWNER}: {name} in {source} must be of shape {shape} for the variable "
            f"{variable.path} of shape {tuple(variable.shape)}. Received: "
            f"shape={files.shape(name)}. {_WHY[row.backbone]}"
        )
    variable.assign(array)


def _incomplete(missing: list[Tensor], files: WeightFiles, source: str) -> ValueError:
    listed = ", ".join(row.name for row in missing[:4]) + (", ..." if missing[4:] else "")
    names = ", ".join(files.names()[:3])
    return ValueError(
        f"{_OWNER}: {source} lacks {len(missing)} tensors of the network in its config.json: "
        f"{listed}. Their weights would be random, so no network is built. The file has "
        f"{len(files.names())} tensors, such as {names}."
    )


_WHY = {
    True: "config.json and the weights belong to different networks.",
    False: "The number of labels or tokens differs: `fresh_head=True` makes a new head.",
}
