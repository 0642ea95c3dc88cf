"""Fills the variables of a network from a file of tensors.

Nothing is left out in silence: a tensor that is missing, surplus, misshaped or not finite is an
error. Files differ in the order of axes, which `Tensor.axes` describes.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, NoReturn, Protocol

import keras
import numpy as np


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
    """A tensor of a file, and the variable that it fills.

    Attributes:
        name: Name in the file.
        layer: Name of the Keras layer.
        variable: Dotted path from the layer to the variable.
        axes: Axes of the tensor in the order of the variable's; `None` for the same order.
    """

    name: str
    layer: str
    variable: str
    axes: tuple[int, ...] | None = None


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
        model: The model. Every weight of it must be in `table`.
        table: The tensors.
        file: The opened file.
        source: What to call the file.
        ignored: Names of tensors that the file may have beside those of the table.

    Raises:
        ValueError: If a tensor is missing, surplus, misshaped or not finite.
    """
    table = list(table)
    wanted, found = {row.name for row in table}, set(file.names())
    missing = [row.name for row in table if row.name not in found]
    surplus = sorted(found - wanted - set(ignored))
    if missing:
        _refuse(owner, f"with all tensors of {owner}", source, "without", missing)
    if surplus:
        _refuse(owner, f"with no tensors but those of {owner}", source, "with", surplus)
    for row in table:
        variable = attrgetter(row.variable)(model.get_layer(row.layer))
        variable.assign(_value(owner, row, tuple(variable.shape), file, source))


def _value(
    owner: str, row: Tensor, shape: tuple[int, ...], file: TensorFile, source: str | Path
) -> np.ndarray:
    """Returns a tensor in the order of the variable's axes."""
    axes = range(len(shape)) if row.axes is None else row.axes
    wanted = tuple(shape[axes.index(axis)] for axis in range(len(shape)))
    if file.shape(row.name) != wanted:
        raise ValueError(
            f"{owner}: `weights` must be a file of {owner}, whose {row.name} has the shape "
            f"{wanted}. Received: {source}, where it has the shape {file.shape(row.name)}."
        )
    value = file.read(row.name)
    if not np.isfinite(value).all():
        raise ValueError(
            f"{owner}: `weights` must be a file of finite numbers. Received: {source}, whose "
            f"{row.name} has NaN or infinite numbers. Download it again."
        )
    return value if row.axes is None else np.transpose(value, row.axes)


def _refuse(owner: str, rule: str, source: str | Path, how: str, names: list[str]) -> NoReturn:
    listed = ", ".join(names[:3]) + (", ..." if names[3:] else "")
    raise ValueError(
        f"{owner}: `weights` must be a file {rule}. Received: {source}, {how} {listed} "
        f"({len(names)} in all): it is of another network."
    )


def kernel_initializers(weights: Any, seed: int) -> Iterator[keras.initializers.Initializer]:
    """Yields an initializer for each kernel of a network.

    Args:
        weights: File that will fill the kernels, which are zeros until then; `None` for
            random kernels (Glorot uniform).
        seed: Int >= 0, for random kernels.
    """
    rng = np.random.default_rng(seed)
    while True:
        drawn = keras.initializers.GlorotUniform(seed=int(rng.integers(2**31)))
        yield drawn if weights is None else keras.initializers.Zeros()
