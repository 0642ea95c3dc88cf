"""Reads `pytorch_model.bin` with PyTorch, without executing code from the file."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np

# Where trainers keep the weights beside the state of an optimizer.
_INSIDE = ("state_dict", "model_state_dict", "model")


class TorchFile:
    """A file of tensors that `torch.save` wrote, with the reading half of `SafetensorsFile`.

    Args:
        path: The file.

    Raises:
        ImportError: If PyTorch is not installed.
        ValueError: If it is no such file, or holds more than tensors.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            import torch
        except ImportError as error:
            raise ImportError(
                f"{path} is read by PyTorch, which is not installed: `pip install torch`, or "
                "take a checkpoint with model.safetensors, which needs nothing."
            ) from error
        try:
            # Only tensors and NumPy's arrays, because any other pickle may execute code.
            with torch.serialization.safe_globals(_arrays()):
                values = torch.load(path, map_location="cpu", weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
            raise ValueError(
                f"{path} is cut off, or holds more than tensors, and is then not opened: "
                "it could run a program. Take a checkpoint with model.safetensors."
            ) from error
        self.path, self._half = Path(path), (torch.float16, torch.bfloat16)
        self._values = _tensors(values, torch.Tensor)
        if not self._values:
            raise ValueError(
                f"{path} holds no table of tensors, neither itself nor under one of "
                f"{', '.join(_INSIDE)}. Save `model.state_dict()`."
            )

    def names(self) -> list[str]:
        """Returns the tensors' names."""
        return list(self._values)

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor."""
        return tuple(self._values[name].shape)

    def raw(self, name: str) -> np.ndarray:
        """Returns a tensor. NumPy has no bfloat16, so it becomes float32."""
        return self.read(name)

    def read(self, name: str) -> np.ndarray:
        """Returns a tensor; half precision is widened to float32."""
        value = self._values[name]
        value = value.float() if value.dtype in self._half else value
        return value.detach().contiguous().numpy()


def _arrays() -> list[Any]:
    """Returns what NumPy's arrays are made of in a file.

    Trainers keep the state of a sampler beside the weights, such as in the files of PANNs.
    """
    rebuild = np.zeros(0).__reduce__()[0]
    # Of NumPy 1 and of NumPy 2.
    places = [f"numpy.{core}.multiarray._reconstruct" for core in ("core", "_core")]
    kinds = {type(np.dtype(code)) for code in "?bBhHiIlLqQefd"}
    return [*((rebuild, place) for place in places), np.ndarray, np.dtype, *kinds]


def _tensors(values: Any, kind: type) -> dict[str, Any]:
    """Returns the tensors by name, of the table or of the table that a training put them in."""
    if not isinstance(values, dict):
        return {}
    tables = [values, *(values[n] for n in _INSIDE if isinstance(values.get(n), dict))]
    found = [{k: v for k, v in table.items() if isinstance(v, kind)} for table in tables]
    # A trainer's own counters may be tensors, too.
    return max(found, key=len)
