"""The safetensors file format: length of the header, header in JSON, and data.

The package `safetensors` cannot return bfloat16 tensors as NumPy arrays, so files are read
here. They are memory-mapped, so a tensor uses memory only after it is read.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
    "BF16": "<u2",
}  # fmt: skip


class SafetensorsFile:
    """A safetensors file, opened for reading.

    Args:
        path: The file.

    Raises:
        ValueError: If it is not a safetensors file, or is truncated.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            self._begin = 8 + length
            table = _table(file.read(length)) if size >= self._begin else None
        if table is None:
            raise ValueError(
                f"{self.path} is not a safetensors file, or its header is truncated. Copy or "
                "download it again."
            )
        self._table = table
        end = self._begin + max([0, *(entry["data_offsets"][1] for entry in table.values())])
        if size < end:
            raise ValueError(
                f"{self.path} is truncated: it should have {end} bytes, and has {size}. Copy "
                "or download it again."
            )

    def names(self) -> list[str]:
        """Returns the tensors' names."""
        return list(self._table)

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor without reading it."""
        return tuple(self._table[name]["shape"])

    def raw(self, name: str) -> tuple[str, np.ndarray]:
        """Returns a tensor's type as named in the file, and its data without conversion.

        Raises:
            ValueError: If its type is not supported.
        """
        entry = self._table[name]
        kind = entry["dtype"]
        if kind not in _TYPES:
            raise ValueError(f"{self.path}: {name} has the type {kind}, which is unsupported.")
        first, last = entry["data_offsets"]
        count = (last - first) // np.dtype(_TYPES[kind]).itemsize
        if count == 0:
            return kind, np.zeros(self.shape(name), _TYPES[kind])
        numbers = np.memmap(
            self.path, _TYPES[kind], "r", offset=self._begin + first, shape=(count,)
        )
        return kind, np.asarray(numbers).reshape(self.shape(name))

    def read(self, name: str) -> np.ndarray:
        """Returns a tensor. Half precision is converted to float32."""
        kind, array = self.raw(name)
        if kind == "BF16":
            # bfloat16 is the upper half of a float32.
            return (array.astype("<u4") << 16).view("<f4")
        return array.astype("float32") if kind == "F16" else array


def write_safetensors(
    path: str | Path, arrays: dict[str, np.ndarray | tuple[str, np.ndarray]]
) -> None:
    """Writes a safetensors file as PyTorch does.

    Args:
        path: File to write.
        arrays: Arrays, or results of `SafetensorsFile.raw`, by name.
    """
    types = {np.dtype(value): key for key, value in _TYPES.items() if key != "BF16"}
    table: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    parts, end = [], 0
    for name in sorted(arrays):
        value = arrays[name]
        kind, array = value if isinstance(value, tuple) else (types[value.dtype], value)
        begin, end = end, end + array.nbytes
        shape = [int(size) for size in array.shape]
        table[name] = {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}
        parts.append(np.ascontiguousarray(array))
    header = json.dumps(table, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    with Path(path).open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for part in parts:
            file.write(part.tobytes())


def _table(text: bytes) -> dict[str, Any] | None:
    try:
        table = json.loads(text)
    except ValueError:
        return None
    if not isinstance(table, dict):
        return None
    table.pop("__metadata__", None)
    keys = {"dtype", "shape", "data_offsets"}
    whole = all(isinstance(entry, dict) and keys <= {*entry} for entry in table.values())
    return table if whole else None
