"""Reads weights in HDF5, in the layout of Keras 1 and 2."""

from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.running import package


class H5File:
    """The weights of a Keras 2 file by name. Has the reading methods of `SafetensorsFile`.

    The file has the attribute `layer_names`, and each layer's group has the attribute
    `weight_names`. In a file of a whole model, both are inside the group `model_weights`.

    Args:
        path: The file.

    Raises:
        ImportError: If h5py is not installed.
        ValueError: If it is not such a file, or is truncated.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        h5py = package("h5py", "tensorflow", f"{path}: a file of weights in HDF5")
        try:
            with h5py.File(self.path, "r") as file:
                self._arrays = _arrays(file.get("model_weights", file))
        except (OSError, RuntimeError, KeyError) as error:
            raise ValueError(
                f"{path} is not a weights file of Keras 2, or is truncated. Copy or download "
                "it again."
            ) from error

    def names(self) -> list[str]:
        """Returns the names of the weights, without the output number (`:0`)."""
        return list(self._arrays)

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a weight."""
        return self._arrays[name].shape

    def read(self, name: str) -> np.ndarray:
        """Returns a weight."""
        return self._arrays[name]


def _arrays(root: Any) -> dict[str, np.ndarray]:
    arrays = {}
    for layer in _texts(root.attrs["layer_names"]):
        group = root[layer]
        for name in _texts(group.attrs["weight_names"]):
            arrays[name.partition(":")[0]] = np.asarray(group[name])
    return arrays


def _texts(values: Any) -> list[str]:
    return [v.decode() if isinstance(v, bytes) else str(v) for v in values]
