"""The tensors of a checkpoint folder, in one or several files."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.models.checkpoints.lora import CONFIG, LoraAdapter
from kapre_like.models.checkpoints.quantized import (
    dequantized,
    is_companion,
    layout_of,
    scales_of,
)
from kapre_like.models.checkpoints.safetensors import SafetensorsFile
from kapre_like.models.checkpoints.torch_file import TorchFile

# In the order in which transformers searches for them.
WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)


class WeightFiles:
    """The tensors of a folder by name. Each is read on access.

    Args:
        folder: A folder with one of `WEIGHTS`.
        anchor: Name of a tensor of the backbone without its prefix, to find the prefixes.
        quantization: Quantization settings of `config.json`, see `quantized`.
        over: Further file whose tensors replace those of the same names.

    Attributes:
        prefix: Prefix of the backbone's tensor names, such as `"encoder."`.
        head_prefix: Prefix of the head's tensor names.
        notes: Lines on how tensors were changed.

    Raises:
        ValueError: If there are no weights, a part is missing, or a file is damaged.
        ImportError: If the tensors are in `pytorch_model.bin` and PyTorch is not installed.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        anchor: str,
        quantization: dict[str, Any] | None = None,
        over: Path | None = None,
    ) -> None:
        self._files: dict[str, Any] = {}
        folder = Path(folder)
        for part in [*weight_paths(folder), *([over] if over else [])]:
            file = (SafetensorsFile if part.suffix == ".safetensors" else TorchFile)(part)
            self._files.update(dict.fromkeys(file.names(), file))
        self._scales = scales_of(quantization, self._files, folder)
        self._lora = None
        if (folder / CONFIG).is_file():
            self._lora = LoraAdapter(folder, {*self._files})
            self._files |= {name: self._lora for name in self._lora.replaced}
        self.notes = self._notes()
        ends = [name for name in self._files if name.endswith(anchor)]
        self.prefix = ends[0].removesuffix(anchor) if ends else ""
        above = self.prefix.removesuffix(".").rpartition(".")[0]
        self.head_prefix = f"{above}." if above else ""

    def names(self) -> list[str]:
        """Returns the tensors' names."""
        # Leave out scales and layouts, which are part of quantized tensors.
        return [n for n in self._files if not (self._scales and is_companion(n))]

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor."""
        return self._files[name].shape(name)

    def read(self, name: str) -> np.ndarray:
        """Returns a tensor as floats. Half precision and int8 are converted to float32.

        Raises:
            ValueError: If it does not contain floats or quantized integers.
        """
        if self._lora is not None and name in self._lora.replaced:
            return self._lora.merged(name, None)
        array = self._files[name].read(name)
        if name in self._scales:
            array = self._dequantized(name, array)
        if array.dtype.kind != "f":
            raise ValueError(
                f"{name} contains {array.dtype}, not floats, and config.json has no "
                "quantization_config for it. Use the checkpoint in floats."
            )
        return array if self._lora is None else self._lora.merged(name, array)

    def raw(self, name: str) -> Any:
        """Returns a tensor in its stored type, as `write_safetensors` takes it."""
        if name in self._scales or (self._lora is not None and self._lora.changes(name)):
            return self.read(name)
        return self._files[name].raw(name)

    def _dequantized(self, name: str, array: np.ndarray) -> np.ndarray:
        layout = layout_of(name)
        if layout in self._files and self._files[layout].read(layout).any():
            raise ValueError(
                f"{name} is quantized in the memory layout of one kind of GPU, which is not "
                "supported. Use the checkpoint in floats."
            )
        scale = self._scales[name]
        return dequantized(array, self._files[scale].read(scale))

    def _notes(self) -> list[str]:
        notes = []
        if self._scales:
            notes.append(f"{len(self._scales)} int8 tensors were dequantized")
        if self._lora is not None:
            notes.append(f"{len(self._lora)} tensors of a LoRA adapter were merged")
        return notes


def weight_paths(folder: Path) -> list[Path]:
    """Returns the files with a folder's tensors.

    Raises:
        ValueError: If there are none, or a part is missing.
    """
    found = [name for name in WEIGHTS if (folder / name).is_file()]
    if not found:
        raise ValueError(f"{folder} has no weights: it has none of {', '.join(WEIGHTS)}.")
    first = folder / found[0]
    return shards(first) if first.suffix == ".json" else [first]


def shards(index: Path) -> list[Path]:
    """Returns the files that an index lists.

    Raises:
        ValueError: If it is not an index, or a file is missing.
    """
    names = shard_names(index)
    for name in names:
        if not (index.parent / name).is_file():
            raise ValueError(
                f"{index.parent} is incomplete: {index.name} lists {name}, which is missing "
                f"({len(names)} files in all). Download it again."
            )
    return [index.parent / name for name in names]


def shard_names(index: Path) -> list[str]:
    """Returns the names of the files in an index.

    Raises:
        ValueError: If it is not an index.
    """
    try:
        return sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{index} is not a JSON index of weights.") from error
