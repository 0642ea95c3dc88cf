"""Assigns the tensors of a file to the variables of a network.

A tensor that is missing, surplus, of another shape or not finite is an error. File formats
differ in the order of axes, which `Tensor.axes` describes.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Protocol

import keras
import numpy as np

from kapre_like.models.checkpoints.matching import check_tensors


class TensorFile(Protocol):
    """A file of tensors, such as `TorchFile` or `WeightFiles`."""

    def names(self) -> list[str]:
        """Returns the tensors' names."""

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor."""

    def read(self, name: str) -> np.ndarray:
        """Returns a tensor."""


@dataclass(frozen=True)
class Tensor:
    """A tensor of a file, and the variable that it is assigned to.

    Attributes:
        name: Name in the file.
        layer: Name of the Keras layer.
        variable: Dotted path from the layer to the variable.
        axes: Axes of the tensor in the order of the variable's axes. `None` for the same order.
    """

    name: str
    layer: str
    variable: str
    axes: tuple[int, ...] | None = None

    def shape_in_file(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the shape that the tensor has in the file.

        Args:
            shape: Shape of the variable.
        """
        axes = self.axes or tuple(range(len(shape)))
        return tuple(shape[axes.index(axis)] for axis in range(len(shape)))


def torch_dense(name: str, layer: str, inside: str = "") -> Iterator[Tensor]:
    """Yields weight and bias of PyTorch's `Linear`, for `Dense`."""
    yield Tensor(f"{name}.weight", layer, f"{inside}kernel", (1, 0))
    yield Tensor(f"{name}.bias", layer, f"{inside}bias")


def torch_norm(name: str, layer: str, inside: str = "") -> Iterator[Tensor]:
    """Yields weight and bias of PyTorch's normalizations."""
    yield Tensor(f"{name}.weight", layer, f"{inside}gamma")
    yield Tensor(f"{name}.bias", layer, f"{inside}beta")


def torch_batch_norm(name: str, layer: str) -> Iterator[Tensor]:
    """Yields the four tensors of PyTorch's `BatchNorm2d`, for batch normalization."""
    yield from torch_norm(name, layer)
    yield Tensor(f"{name}.running_mean", layer, "moving_mean")
    yield Tensor(f"{name}.running_var", layer, "moving_variance")


def torch_kernel(name: str, layer: str) -> Tensor:
    """Returns the kernel of PyTorch's `Conv2d`, for `Conv2D`."""
    return Tensor(f"{name}.weight", layer, "kernel", (2, 3, 1, 0))


def fill(
    owner: str,
    model: keras.Model,
    table: Iterable[Tensor],
    file: TensorFile,
    *,
    source: str | Path,
    ignored: Collection[str] = (),
) -> None:
    """Assigns the tensors of a file to the variables of a model.

    Args:
        owner: Name of the network, for error messages.
        model: The model. `table` must contain all its weights.
        table: The tensors.
        file: The opened file.
        source: Name or path of the file, for error messages.
        ignored: Names of tensors that the file may contain in addition to those of the table.

    Raises:
        ValueError: If a tensor is missing, surplus, of another shape or not finite.
    """
    rows = {row: attrgetter(row.variable)(model.get_layer(row.layer)) for row in table}
    needed = {row.name: row.shape_in_file(variable.shape) for row, variable in rows.items()}
    found = {name: file.shape(name) for name in file.names() if name not in ignored}
    check_tensors(owner, Path(source), needed, found)
    for row, variable in rows.items():
        value = file.read(row.name)
        if not np.isfinite(value).all():
            raise ValueError(
                f"{owner}: `weights` must be a file of finite numbers. Received: {source}, "
                f"whose {row.name} contains NaN or infinity. Download it again."
            )
        variable.assign(value if row.axes is None else np.transpose(value, row.axes))
