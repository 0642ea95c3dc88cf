"""The tensors of a checkpoint folder, in one or several files."""

import json
from pathlib import Path
from typing import Any

import numpy as np

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

    Attributes:
        prefix: What stands before the names of the backbone, such as `"encoder."`.
        head_prefix: What stands before those of a head.

    Raises:
        ValueError: If there is none, a part is missing, or a file is damaged.
        ImportError: If the tensors lie in `pytorch_model.bin` and PyTorch is not there.
    """

    def __init__(self, folder: str | Path, *, anchor: str) -> None:
        self._files: dict[str, Any] = {}
        for part in weight_paths(Path(folder)):
            file = (SafetensorsFile if part.suffix == ".safetensors" else TorchFile)(part)
            self._files.update(dict.fromkeys(file.names(), file))
        ends = [name for name in self._files if name.endswith(anchor)]
        self.prefix = ends[0].removesuffix(anchor) if ends else ""
        above = self.prefix.removesuffix(".").rpartition(".")[0]
        self.head_prefix = f"{above}." if above else ""

    def names(self) -> list[str]:
        """Returns the tensors' names."""
        return list(self._files)

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor."""
        return self._files[name].shape(name)

    def read(self, name: str) -> np.ndarray:
        """Returns a tensor; half precision is widened to float32."""
        return self._files[name].read(name)

    def raw(self, name: str) -> Any:
        """Returns a tensor in its own type, as `write_safetensors` takes it."""
        return self._files[name].raw(name)


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
