"""Reads `pytorch_model.bin` with PyTorch, without executing code from the file."""

import pickle
from pathlib import Path

import numpy as np


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
            # Only tensors, because any other pickle may execute code.
            values = torch.load(path, map_location="cpu", weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
            raise ValueError(
                f"{path} is cut off, or holds more than tensors, and is then not opened: "
                "it could run a program. Take a checkpoint with model.safetensors."
            ) from error
        if not isinstance(values, dict):
            raise ValueError(f"{path} holds no table of tensors.")
        self.path, self._half = Path(path), (torch.float16, torch.bfloat16)
        self._values = {k: v for k, v in values.items() if isinstance(v, torch.Tensor)}

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
