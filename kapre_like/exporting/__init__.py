"""Exports a model to a file that runs without this library, and verifies the file."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from kapre_like import _check
from kapre_like._replacing import replacing
from kapre_like.exporting.on_tensorflow import write_on_tensorflow
from kapre_like.exporting.overwriting import refuse_to_replace
from kapre_like.exporting.program import make_program
from kapre_like.exporting.proof import prove
from kapre_like.exporting.to_litert import write_litert
from kapre_like.exporting.to_onnx import write_onnx
from kapre_like.exporting.to_openvino import write_openvino
from kapre_like.exporting.to_savedmodel import write_savedmodel
from kapre_like.running import run_litert, run_onnx, run_openvino, run_savedmodel

__all__ = ["export"]

# For each format: the function that writes a file, and the function that runs it.
_FORMATS = {
    "litert": (write_litert, run_litert),
    "onnx": (write_onnx, run_onnx),
    "openvino": (write_openvino, run_openvino),
    "savedmodel": (write_savedmodel, run_savedmodel),
}


def export(
    model: keras.Model | keras.layers.Layer,
    path: str | Path,
    format: str = "savedmodel",
    *,
    input_shape: tuple | None = None,
    precision: str = "float32",
    quantize: str | None = None,
    report: Callable[[str], Any] | None = None,
) -> Path:
    """Exports a model or a front-end layer, and compares the file with the model.

    Axes that are `None` in the model, such as batch and length, are dynamic in the file. The
    runtime of the format (TensorFlow, LiteRT, onnxruntime, OpenVINO) loads the file and must
    return the model's numbers at two batch sizes and two lengths. Otherwise nothing is
    written. If Keras runs on JAX or PyTorch, another process rebuilds the model on TensorFlow
    and writes the file.

    A network of this library takes `waveform (batch, samples)` float32 and `length (batch,)`
    int32, and returns `probabilities (batch, classes)` or `score (batch,)`. A SavedModel also
    returns `label (batch,)`, UTF-8 strings. A network for transcription returns
    `log_probabilities (batch, frames, tokens)` and `label_ids (batch, frames)`, the index of
    the token that begins in a frame or -1. A SavedModel also returns `transcript (batch,)` and
    `frame_times (frames,)` in seconds. The vocabulary is in the metadata. For any other model
    the inputs keep their names; the input of a layer is `inputs`, and the output is `outputs`.
    LiteRT, ONNX and OpenVINO files of a mixed precision model compute in float32.
    `kapre_like.metadata(path)` reads class names, rate and task from the file if the model has
    a `ModelCard`.

    Args:
        model: A Keras model, or a layer of this library.
        path: Folder to write for `"savedmodel"` and `"openvino"`, file for the others. An
            older export of the same format is replaced once the new one is verified. Any other
            existing file or folder raises an error.
        format: `"savedmodel"`; `"litert"`, with built-in operators only; `"onnx"`; or
            `"openvino"`. The last three compute Fourier transforms as matrix products.
        input_shape: Input shape of a layer, with the batch axis; `None` for dynamic axes.
            Required only if the layer is not built and accepts more than one kind of input.
        precision: `"float32"`, or for OpenVINO `"bfloat16"`: the network computes in bfloat16,
            and its weights are stored in bfloat16, in half of the size. The front end or first
            layer and the last layer stay in float32. A processor without bfloat16 arithmetic
            computes in float32 with the same weights.
        quantize: `"int8"` stores the weights of matrix products as 8-bit integers. LiteRT and
            ONNX also quantize the other factors, with a new scale for each batch. The file has
            about a quarter of the size. Not available for a SavedModel. The outputs differ
            from the model's by a few percent; a difference of more than a tenth of the largest
            value raises an error, as with bfloat16.
        report: Function that receives one line about the error of a bfloat16 or int8 file,
            such as `print`. `None` logs the line.

    Returns:
        The path.

    Raises:
        ValueError: If the model has complex inputs or outputs, the format lacks an operator
            that the model needs (the message names it), the file returns other numbers than
            the model, or `path` exists and is not an export of this format.
        ImportError: If TensorFlow or a package of the format is missing.
    """
    _check.one_of("export", list(_FORMATS), format=format)
    _check.one_of("export", [None, "int8"], quantize=quantize)
    _check.one_of("export", ["float32", "bfloat16"], precision=precision)
    if quantize is not None and format == "savedmodel":
        _check.fail("export", "format", '"litert", "onnx" or "openvino" with quantize', format)
    if precision != "float32" and format != "openvino":
        _check.fail("export", "format", f'"openvino" with precision="{precision}"', format)
    if report is not None and not callable(report):
        _check.fail("export", "report", "a function of one string, or None", report)
    write, call = _FORMATS[format]
    path = Path(path)
    program = make_program(model, input_shape, in_float32=format != "savedmodel")
    refuse_to_replace(path, format)
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {} if quantize is None else {"quantize": quantize}
    options |= {} if precision == "float32" else {"precision": precision}
    kind = quantize or (precision if precision != "float32" else format)
    with replacing(path) as trial:
        if keras.backend.backend() == "tensorflow":
            write(program, trial, **options)
            error = prove(program, call, trial, kind)
        else:
            write_on_tensorflow(program, trial, format, **options)
            # Two backends round differently, so the tolerance is that of another runtime.
            error = prove(program, call, trial, kind if options else "onnx")
    if options:
        (report or logging.getLogger("kapre_like").info)(
            f"{path}: {', '.join(options.values())}, {_size(path) / 1e6:.1f} MB, differs from "
            f"the model by up to {error:.2g} of its largest value"
        )
    return path


def _size(path: Path) -> int:
    """Returns the size in bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
