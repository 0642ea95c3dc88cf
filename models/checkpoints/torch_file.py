"""Reads `pytorch_model.bin` with PyTorch, without executing code from the file."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np

# Keys under which training programs save the weights, next to the optimizer state.
_INSIDE = ("state_dict", "model_state_dict", "model")


class TorchFile:
    """A file of tensors that `torch.save` wrote. Has the reading methods of `SafetensorsFile`.

    Args:
        path: The file.

    Raises:
        ImportError: If PyTorch is not installed.
        ValueError: If it is not such a file, or contains other objects than tensors.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            import torch
        except ImportError as error:
            raise ImportError(
                f"to read {path}, PyTorch is needed: `pip install torch`, or use a checkpoint "
                "with model.safetensors, which is read without it."
            ) from error
        try:
            # Allow only tensors and NumPy arrays, because other pickles may execute code.
            with torch.serialization.safe_globals(_arrays()):
                values = torch.load(path, map_location="cpu", weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
            raise ValueError(
                f"{path} is truncated, or contains other objects than tensors, which are not "
                "loaded because they could execute code. Use a checkpoint with "
                "model.safetensors."
            ) from error
        self.path, self._half = Path(path), (torch.float16, torch.bfloat16)
        self._values = _tensors(values, torch.Tensor)
        if not self._values:
            raise ValueError(
                f"{path} is not a dict of tensors, and has none under the keys "
                f"{', '.join(_INSIDE)}. Save `model.state_dict()`."
            )

    def names(self) -> list[str]:
        """Returns the tensors' names."""
        return list(self._values)

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor."""
        return tuple(self._values[name].shape)

    def raw(self, name: str) -> np.ndarray:
        """Returns a tensor. Half precision is converted to float32; NumPy has no bfloat16."""
        return self.read(name)

    def read(self, name: str) -> np.ndarray:
        """Returns a tensor. Half precision is converted to float32."""
        value = self._values[name]
        value = value.float() if value.dtype in self._half else value
        return value.detach().contiguous().numpy()


def _arrays() -> list[Any]:
    """Returns the NumPy classes and functions that a pickled array refers to.

    Training programs may save arrays next to the weights, such as a sampler's state (PANNs).
    """
    rebuild = np.zeros(0).__reduce__()[0]
    # The names in NumPy 1 and in NumPy 2.
    places = [f"numpy.{core}.multiarray._reconstruct" for core in ("core", "_core")]
    kinds = {type(np.dtype(code)) for code in "?bBhHiIlLqQefd"}
    return [*((rebuild, place) for place in places), np.ndarray, np.dtype, *kinds]


def _tensors(values: Any, kind: type) -> dict[str, Any]:
    """Returns the tensors of a dict, or of the dict under one of the keys `_INSIDE`."""
    if not isinstance(values, dict):
        return {}
    tables = [values, *(values[n] for n in _INSIDE if isinstance(values.get(n), dict))]
    found = [{k: v for k, v in table.items() if isinstance(v, kind)} for table in tables]
    # Use the largest dict, because counters of the training program may be tensors too.
    return max(found, key=len)
