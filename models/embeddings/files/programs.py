"""Opens the file of a network in the program that runs it, and lists its inputs and outputs."""

import abc
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.models.artifact.exported import LiteRTFile, SavedModelFolder
from kapre_like.models.checkpoints import litert_file
from kapre_like.running import package

ONNX, LITERT, SAVED_MODEL, KERAS = ".onnx", ".tflite", "", ".keras"
_RULE = "an .onnx, .tflite or .keras file, or the folder of a SavedModel"
_AGAIN = "Copy or download it again."


@dataclass(frozen=True)
class Tensor:
    """An input or output of a network.

    Attributes:
        name: Its name in the file.
        shape: Sizes, with `None` for free sizes; `None` if the number of axes is free, too.
        dtype: Name of a NumPy dtype, or the program's name for a dtype that NumPy lacks.
        scale: Quantization step; 0 if the tensor is not quantized.
        zero: Zero point of a quantized tensor.
    """

    name: str
    shape: tuple[int | None, ...] | None
    dtype: str
    scale: float = 0.0
    zero: int = 0

    @property
    def is_number(self) -> bool:
        """Whether it contains floats, or quantized integers."""
        return self.dtype.startswith("float") or self.scale != 0

    def __str__(self) -> str:
        sizes = ["..."] if self.shape is None else self.shape
        words = ["any" if size is None else str(size) for size in sizes]
        return f"{self.name} ({', '.join(words)}) {self.dtype}"


class Program(abc.ABC):
    """A file that is opened in the program that runs it.

    Attributes:
        path: The file or folder.
        runtime: Name of the program, for error messages.
        inputs: The inputs, in order.
        outputs: The outputs, in order.
    """

    path: Path
    runtime: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @abc.abstractmethod
    def run(self, feed: dict[str, np.ndarray], names: list[str]) -> list[np.ndarray]:
        """Returns the outputs with these names."""

    @property
    @abc.abstractmethod
    def n_parameters(self) -> int:
        """Number of weights."""

    @property
    def summary(self) -> str:
        """A sentence that lists the inputs and outputs."""
        inputs, outputs = (
            "; ".join(map(str, side)) or "none" for side in (self.inputs, self.outputs)
        )
        return f"{self.path.name} takes {inputs}, and returns {outputs}."


def format_of(path: Path) -> str | None:
    """Returns the suffix of a path's format, `""` for a SavedModel; `None` if not a network.

    LiteRT files are recognized by their content, ONNX and Keras files by their name.
    """
    if SavedModelFolder().recognizes(path):
        return SAVED_MODEL
    if LiteRTFile().recognizes(path):
        return LITERT
    suffix = path.suffix.lower()
    return suffix if path.is_file() and suffix in (ONNX, LITERT, KERAS) else None


def names_file(given: Any) -> bool:
    """Returns whether a path is, or has the suffix of, a file of one of the formats."""
    if not isinstance(given, str | Path) or not str(given):
        return False
    path = Path(given).expanduser()
    return format_of(path) is not None or path.suffix.lower() in (ONNX, LITERT, KERAS)


def open_program(owner: str, path: Path, signature: str | None = None) -> Program:
    """Opens a file.

    Args:
        owner: Name of the caller, for error messages.
        path: A file or folder in one of the four formats.
        signature: Name of a signature of a SavedModel; `None` for the only one, or
            `serving_default`.

    Raises:
        ValueError: If it has another format, or is truncated or damaged.
        ImportError: If the package that runs it is missing. The message names the extra to
            install.
    """
    if not path.exists():
        _check.fail(owner, "path", "an existing file or folder", str(path))
    format = format_of(path)
    if format is None:
        _check.fail(owner, "path", _RULE, str(path))
    if signature is not None and format != SAVED_MODEL:
        _check.fail(owner, "signature", f"None for {path.name}", signature)
    if format == ONNX:
        return OnnxProgram(path)
    if format == LITERT:
        return LiteRTProgram(path)
    from kapre_like.models.embeddings.files import tf_programs

    if format == SAVED_MODEL:
        return tf_programs.SavedModelProgram(owner, path, signature)
    return tf_programs.KerasProgram(path)


def opened(path: Path, runtime: str, open_file: Callable[[], Any], fix: str = _AGAIN) -> Any:
    """Returns the result of `open_file`. Turns an error of the program into one line.

    Raises:
        ValueError: If the program cannot open the file.
    """
    try:
        return open_file()
    except ImportError:
        raise
    except Exception as error:  # each program raises its own error classes
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(
            f"{path}: {runtime} cannot open it, so it is truncated, damaged or in another "
            f"format ({lines[0].strip().rstrip('.')}). {fix}"
        ) from error


class OnnxProgram(Program):
    """An ONNX file in ONNX Runtime, on the CPU."""

    runtime = "ONNX Runtime"

    def __init__(self, path: Path) -> None:
        self.path = path
        runtime = package("onnxruntime", "onnx", f"{path}: an ONNX file")
        options = runtime.SessionOptions()
        options.log_severity_level = 4
        # Open it from bytes, so that a file with external weights fails here: a copy of the
        # file alone would not run.
        self._content = path.read_bytes()
        self._session = opened(
            path,
            self.runtime,
            lambda: runtime.InferenceSession(
                self._content, options, providers=["CPUExecutionProvider"]
            ),
        )
        self.inputs = tuple(map(_onnx_tensor, self._session.get_inputs()))
        self.outputs = tuple(map(_onnx_tensor, self._session.get_outputs()))

    def run(self, feed: dict[str, np.ndarray], names: list[str]) -> list[np.ndarray]:
        return self._session.run(names, feed)

    @cached_property
    def n_parameters(self) -> int:
        if find_spec("onnx") is None:
            return len(self._content) // 4
        graph = package("onnx", "onnx", "an ONNX file").load_from_string(self._content).graph
        return sum(int(np.prod(one.dims, dtype="int64")) for one in graph.initializer)


class LiteRTProgram(Program):
    """A LiteRT file in its interpreter."""

    runtime = "LiteRT"

    def __init__(self, path: Path) -> None:
        litert = package("ai_edge_litert.interpreter", "litert", f"{path}: a LiteRT file")
        self.path = path
        self._interpreter = opened(path, self.runtime, lambda: litert.Interpreter(str(path)))
        self._inputs, self._outputs = self._details()
        self.inputs = tuple(_litert_tensor(*pair) for pair in self._inputs.items())
        self.outputs = tuple(_litert_tensor(*pair) for pair in self._outputs.items())
        self._shapes: dict[str, tuple[int, ...]] = {}

    def _details(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Returns inputs and outputs by name, using the signature's names if there is one."""
        every = (self._interpreter.get_input_details(), self._interpreter.get_output_details())
        signatures = self._interpreter.get_signature_list()
        if len(signatures) != 1:
            return tuple({one["name"]: one for one in side} for side in every)
        runner = self._interpreter.get_signature_runner(next(iter(signatures)))
        return runner.get_input_details(), runner.get_output_details()

    def run(self, feed: dict[str, np.ndarray], names: list[str]) -> list[np.ndarray]:
        shapes = {name: value.shape for name, value in feed.items()}
        if shapes != self._shapes:
            for name, shape in shapes.items():
                if shape != tuple(self._inputs[name]["shape"]) or self._shapes:
                    self._interpreter.resize_tensor_input(self._inputs[name]["index"], shape)
            self._interpreter.allocate_tensors()
            self._shapes = shapes
        # Some networks keep state between calls, but clips must not depend on each other.
        self._interpreter.reset_all_variables()
        for name, value in feed.items():
            self._interpreter.set_tensor(self._inputs[name]["index"], value)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(self._outputs[name]["index"]) for name in names]

    @cached_property
    def n_parameters(self) -> int:
        file = litert_file.LiteRTFile(self.path)
        read = {number for operator in file.operators for number in operator.inputs}
        sizes = (np.prod(file.shape(n), dtype="int64") for n in read if file.is_constant(n))
        return int(sum(sizes))


def _onnx_tensor(found: Any) -> Tensor:
    """Returns an input or output of an ONNX file. Named sizes are free."""
    kinds = {"float": "float32", "double": "float64"}
    word = found.type.removeprefix("tensor(").removesuffix(")")
    shape = tuple(size if isinstance(size, int) else None for size in found.shape)
    return Tensor(found.name, shape, kinds.get(word, word))


def _litert_tensor(name: str, detail: dict[str, Any]) -> Tensor:
    sizes = detail.get("shape_signature", detail["shape"])
    sizes = sizes if len(sizes) else detail["shape"]
    scale, zero = detail["quantization"]
    shape = tuple(None if size < 0 else int(size) for size in sizes)
    return Tensor(name, shape, np.dtype(detail["dtype"]).name, float(scale), int(zero))
