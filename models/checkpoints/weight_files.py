"""The tensors of a checkpoint folder, in one or several files."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.models.checkpoints.lora import CONFIG, LoraAdapter
from kapre_like.models.checkpoints.quantized import (
    is_companion,
    layout_of,
    multiplied_out,
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
        anchor: Name of a tensor of the backbone, by which the prefixes are known.
        quantization: What `config.json` says of quantised weights, see `quantized`.
        over: Further file whose tensors stand for those of the same names.

    Attributes:
        prefix: What stands before the names of the backbone, such as `"encoder."`.
        head_prefix: What stands before those of a head.
        notes: Lines on what was done to the tensors.

    Raises:
        ValueError: If there is none, a part is missing, or a file is damaged.
        ImportError: If the tensors lie in `pytorch_model.bin` and PyTorch is not there.
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
        # Scales are part of the tensors that they belong to.
        return [n for n in self._files if not (self._scales and is_companion(n))]

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor."""
        return self._files[name].shape(name)

    def read(self, name: str) -> np.ndarray:
        """Returns a tensor as floats: half precision widened to float32, int8 multiplied out.

        Raises:
            ValueError: If it does not hold floats.
        """
        if self._lora is not None and name in self._lora.replaced:
            return self._lora.merged(name, None)
        array = self._files[name].read(name)
        if name in self._scales:
            array = self._multiplied_out(name, array)
        if array.dtype.kind != "f":
            raise ValueError(
                f"{name} holds {array.dtype} and not floats, and config.json has no "
                "quantization_config that says how to read it. Take the checkpoint in floats."
            )
        return array if self._lora is None else self._lora.merged(name, array)

    def raw(self, name: str) -> Any:
        """Returns a tensor in its own type, as `write_safetensors` takes it."""
        if name in self._scales or (self._lora is not None and self._lora.changes(name)):
            return self.read(name)
        return self._files[name].raw(name)

    def _multiplied_out(self, name: str, array: np.ndarray) -> np.ndarray:
        layout = layout_of(name)
        if layout in self._files and self._files[layout].read(layout).any():
            raise ValueError(
                f"{name} is quantised in the memory layout of one kind of GPU, which is not "
                "read here. Take the checkpoint in floats."
            )
        scale = self._scales[name]
        return multiplied_out(array, self._files[scale].read(scale))

    def _notes(self) -> list[str]:
        notes = []
        if self._scales:
            notes.append(f"{len(self._scales)} int8 tensors were multiplied out")
        if self._lora is not None:
            notes.append(f"{len(self._lora)} tensors of a LoRA adapter were merged")
        return notes


def weight_paths(folder: Path) -> list[Path]:
    """Returns the files with a folder's tensors.

    Raises:
        ValueError: If there is none, or a part is missing.
    """
    found = [name for name in WEIGHTS if (folder / name).is_file()]
    if not found:
        raise ValueError(f"{folder} has no weights: none of {', '.join(WEIGHTS)} is in it.")
    first = folder / found[0]
    return shards(first) if first.suffix == ".json" else [first]


def shards(index: Path) -> list[Path]:
    """Returns the files that an index names.

    Raises:
        ValueError: If it is no index, or a file is missing.
    """
    names = shard_names(index)
    for name in names:
        if not (index.parent / name).is_file():
            raise ValueError(
                f"{index.parent} is not whole: {index.name} names {name}, which is missing "
                f"({len(names)} files in all). Download it again."
            )
    return [index.parent / name for name in names]


def shard_names(index: Path) -> list[str]:
    """Returns the names of the files in an index.

    Raises:
        ValueError: If it is no index.
    """
    try:
        return sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{index} is no index of weights in JSON.") from error
