"""Writes a model as a file that runs without this library, and proves that it does."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from kapre_like import _check
from kapre_like._replacing import replacing
from kapre_like.exporting.on_tensorflow import write_on_tensorflow
from kapre_like.exporting.overwriting import refuse_to_replace
from kapre_like.exporting.program import program
from kapre_like.exporting.proof import prove
from kapre_like.exporting.to_litert import write_litert
from kapre_like.exporting.to_onnx import write_onnx
from kapre_like.exporting.to_openvino import write_openvino
from kapre_like.exporting.to_savedmodel import write_savedmodel
from kapre_like.running import run_litert, run_onnx, run_openvino, run_savedmodel

__all__ = ["export"]

# What writes a format, and what runs the file that it wrote.
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
    """Writes a model or a front-end layer for other programs, and compares file with model.

    Batch and length stay free wherever the model leaves them free. The file is loaded by the
    program that it is for (TensorFlow, LiteRT, onnxruntime, OpenVINO) and must give the model's
    numbers at two batch sizes and two lengths, or nothing is written. While Keras runs
    on JAX or PyTorch, another process rebuilds the model on TensorFlow and writes the file.

    A network of this library takes `waveform (batch, samples)` float32 and `length (batch,)`
    int32, and returns `probabilities (batch, classes)` or `score (batch,)`; a SavedModel also
    `label (batch,)`, UTF-8 strings. A network for text returns `log_probabilities (batch,
    frames, tokens)` and `label_ids (batch, frames)`, the number of the token that begins in a
    frame or -1; a SavedModel also `transcript (batch,)` and `frame_times (frames,)` in seconds.
    The vocabulary is in the metadata. Any other model takes its inputs by their names, a layer
    `inputs`; the result is `outputs`. LiteRT, ONNX and OpenVINO files compute in float32 what
    a model of mixed precision computes in less. `kapre_like.metadata(path)` reads class names,
    rate and task from the file if the model has a `ModelCard`.

    Args:
        model: A Keras model, or a layer of this library.
        path: Folder to write for `"savedmodel"` and `"openvino"`, file for the others. An
            older export of the same format is replaced when the new one has passed, anything
            else is refused.
        format: `"savedmodel"`; `"litert"`, with built-in operators only; `"onnx"`; or
            `"openvino"`. The latter three hold matrix products in place of Fourier transforms.
        input_shape: Shape that a layer is to take, with the batch axis; `None` for free axes.
            Only for a layer that is not built and could take more than one kind of input.
        precision: `"bfloat16"`, OpenVINO only: the network computes in it, and its weights are
            stored so, in half of the size. The front end or first layer and the last layer
            stay in float32. A processor without bfloat16 arithmetic computes in float32 with
            the same weights.
        quantize: `"int8"`: the weights of matrix products become 8-bit numbers, and so do, in
            LiteRT and ONNX, the other factors, scaled anew for each batch. The file has about
            a quarter of the size. Not for a SavedModel. Its numbers are then off by percents:
            more than a tenth of the largest value is refused, as with bfloat16.
        report: Is called with one line about the error that fewer bits made; `print` prints
            it. `None` logs it.

    Returns:
        The path.

    Raises:
        ValueError: If the model has complex inputs or outputs, the format lacks an operator
            that the model needs (it is named), the file gives other numbers than the model,
            or `path` holds something else.
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
        _check.fail("export", "report", "a function of one line, or None", report)
    write, call = _FORMATS[format]
    path = Path(path)
    wanted = program(model, input_shape, wide=format != "savedmodel")
    refuse_to_replace(path, format)
    path.parent.mkdir(parents=True, exist_ok=True)
    fewer = {} if quantize is None else {"quantize": quantize}
    fewer |= {} if precision == "float32" else {"precision": precision}
    kind = quantize or (precision if precision != "float32" else format)
    with replacing(path) as trial:
        if keras.backend.backend() == "tensorflow":
            write(wanted, trial, **fewer)
            error = prove(wanted, call, trial, kind)
        else:
            write_on_tensorflow(wanted, trial, format, **fewer)
            # Two backends round otherwise, as two programs do.
            error = prove(wanted, call, trial, kind if fewer else "onnx")
    if fewer:
        (report or logging.getLogger("kapre_like").info)(
            f"{path}: {', '.join(fewer.values())}, {_size(path) / 1e6:.1f} MB, differs from "
            f"the model by up to {error:.2g} of its largest value"
        )
    return path


def _size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
