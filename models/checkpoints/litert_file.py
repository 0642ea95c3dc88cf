"""Reads the operators and constants of a LiteRT (TensorFlow Lite) file, without running it."""

import struct
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.running import package

# Supported tensor types of the format.
_TYPES = {
    "FLOAT32": "<f4", "FLOAT16": "<f2", "INT8": "i1", "UINT8": "u1", "INT16": "<i2",
    "INT32": "<i4", "INT64": "<i8",
}  # fmt: skip
_BROKEN = (struct.error, IndexError, ValueError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True)
class Operator:
    """An operator of the file's graph.

    Attributes:
        kind: Name in the format, such as `"CONV_2D"`.
        inputs: Numbers of the input tensors; -1 for an optional input that is missing.
        outputs: Numbers of the output tensors.
        options: Its options by name, such as `strideH`.
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, Any] = field(default_factory=dict)


class LiteRTFile:
    """A LiteRT file. Tensors are identified by number, because their names may repeat.

    Args:
        path: The file.

    Raises:
        ImportError: If `ai_edge_litert` is not installed.
        ValueError: If it is not such a file, or is truncated.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        module = "ai_edge_litert.schema_py_generated"
        self._schema = package(module, "litert", f"{path}: a LiteRT file")
        content = self.path.read_bytes()
        if content[4:8] != b"TFL3":
            raise ValueError(f"{path} is not a LiteRT file. Give a file that ends in .tflite.")
        try:
            self._model = self._schema.ModelT.InitFromPackedBuf(content, 0)
            self._graph = self._model.subgraphs[0]
            self._kinds = [self._kind(code) for code in self._model.operatorCodes]
            for number in range(len(self._graph.tensors)):
                self._check_size(number)
        except _BROKEN as error:
            raise ValueError(
                f"{path} is a truncated or damaged LiteRT file. Copy or download it again."
            ) from error

    @cached_property
    def operators(self) -> tuple[Operator, ...]:
        """The operators in execution order."""
        return tuple(
            Operator(
                self._kinds[op.opcodeIndex],
                tuple(int(number) for number in op.inputs),
                tuple(int(number) for number in op.outputs),
                dict(vars(op.builtinOptions)) if op.builtinOptions is not None else {},
            )
            for op in self._graph.operators
        )

    @cached_property
    def inputs(self) -> tuple[int, ...]:
        """Numbers of the graph's input tensors."""
        return tuple(int(number) for number in self._graph.inputs)

    def name(self, number: int) -> str:
        """Returns the name of a tensor."""
        return self._graph.tensors[number].name.decode()

    def shape(self, number: int) -> tuple[int, ...]:
        """Returns the shape of a tensor; `()` for a single number."""
        shape = self._graph.tensors[number].shape
        return () if shape is None else tuple(int(size) for size in shape)

    def dtype(self, number: int) -> str:
        """Returns the type in which a tensor is stored, such as `"INT8"`.

        If an operator `DEQUANTIZE` computes the tensor from a constant, returns the type of
        the constant.
        """
        tensor = self._graph.tensors[self._stored.get(number, number)]
        return self._names("TensorType")[tensor.type]

    def is_constant(self, number: int) -> bool:
        """Returns whether the values of a tensor are in the file."""
        return number >= 0 and self._has_values(self._stored.get(number, number))

    def read(self, number: int) -> np.ndarray:
        """Returns the values of a constant.

        Half-precision floats and quantized integers are converted to float32. Quantized
        integers have a scale and a zero point, per tensor or along one axis.

        Raises:
            ValueError: If the file does not contain the tensor's values.
        """
        stored = self._stored.get(number, number)
        if not self._has_values(stored):
            raise ValueError(f"{self.path}: {self.name(number)} has no values in the file.")
        tensor, array = self._graph.tensors[stored], self._values(stored)
        quantized = tensor.quantization
        if array.dtype.kind in "iu" and quantized is not None and quantized.scale is not None:
            return _dequantized(array, quantized)
        return array.astype("float32") if array.dtype.kind == "f" else array

    @cached_property
    def _stored(self) -> dict[int, int]:
        """Maps the output of each `DEQUANTIZE` to the constant that is its input."""
        dequantize = (op for op in self.operators if op.kind == "DEQUANTIZE")
        return {
            op.outputs[0]: op.inputs[0] for op in dequantize if self._has_values(op.inputs[0])
        }

    def _kind(self, code: Any) -> str:
        # Old converters store the operator in the field `deprecatedBuiltinCode`.
        number = max(code.builtinCode, code.deprecatedBuiltinCode)
        return self._names("BuiltinOperator")[number]

    def _names(self, enumeration: str) -> dict[int, str]:
        values = vars(getattr(self._schema, enumeration))
        return {value: name for name, value in values.items() if not name.startswith("_")}

    def _has_values(self, number: int) -> bool:
        data = self._model.buffers[self._graph.tensors[number].buffer].data
        return data is not None and len(data) > 0

    def _values(self, number: int) -> np.ndarray:
        tensor = self._graph.tensors[number]
        kind = self._names("TensorType")[tensor.type]
        if kind not in _TYPES:
            raise ValueError(
                f"{self.path}: {self.name(number)} has the type {kind}, which is not supported."
            )
        data = np.asarray(self._model.buffers[tensor.buffer].data, "uint8")
        return data.view(_TYPES[kind]).reshape(self.shape(number))

    def _check_size(self, number: int) -> None:
        """Checks that a constant of a supported type has all of its bytes."""
        kind = self._names("TensorType")[self._graph.tensors[number].type]
        if kind in _TYPES and self._has_values(number):
            self._values(number)


def _dequantized(array: np.ndarray, quantized: Any) -> np.ndarray:
    """Returns `scale * (array - zero point)`, per tensor or along the quantized axis."""
    scale = np.asarray(quantized.scale, "float32")
    zero = np.zeros(len(scale)) if quantized.zeroPoint is None else quantized.zeroPoint
    zero = np.asarray(zero, "float32")
    if len(scale) > 1:
        shape = [1] * array.ndim
        shape[quantized.quantizedDimension] = -1
        scale, zero = scale.reshape(shape), zero.reshape(shape)
    return (array.astype("float32") - zero) * scale
