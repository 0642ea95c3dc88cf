"""LiteRT (TensorFlow Lite) files of built-in operators only."""

import json
import re
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kapre_like.exporting.packages import package, tensorflow, traced
from kapre_like.exporting.program import Program
from kapre_like.saving import CARD_NAME


def write_litert(wanted: Program, path: Path, *, quantize: str | None = None) -> None:
    """Writes the file `path`, with the facts of the model's card attached to it.

    `quantize="int8"` keeps the weights in 8 bits; LiteRT scales the other factors as it runs.
    """
    package("ai_edge_litert.interpreter", "litert")  # asked for before the long work
    tf = tensorflow()
    function = traced(wanted)
    with tempfile.TemporaryDirectory() as folder:
        module = tf.Module()
        tf.saved_model.save(module, folder, signatures=function)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        # Without this line Keras's and TensorFlow's own defaults may ask for TensorFlow itself.
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if quantize is not None:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        try:
            content = converter.convert()
        except Exception as error:
            raise ValueError(_missing(error)) from error
    path.write_bytes(content)
    if wanted.card is not None:
        # Files that belong to a LiteRT model follow it as a zip archive, in the same file.
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(CARD_NAME, json.dumps(wanted.card, ensure_ascii=False))


def _missing(error: Exception) -> str:
    """What the converter's long complaint says: the operators that LiteRT does not have."""
    text = str(error)
    found = re.findall(r"'tf\.(\w+)' op", text) or re.findall(r"\btf\.(\w+)", text)
    names = ", ".join(dict.fromkeys(found)) or text.strip().splitlines()[0]
    return (
        f"export: LiteRT has no built-in operator for {names}, which `model` needs. "
        'A SavedModel has them all: format="savedmodel".'
    )


def call_litert(path: Path) -> Callable[..., dict[str, Any]]:
    """Loads the file; returns what maps arrays by name to arrays by name."""
    interpreter = package("ai_edge_litert.interpreter", "litert").Interpreter(str(path))
    runner = interpreter.get_signature_runner("serving_default")
    inputs = {name: detail["index"] for name, detail in runner.get_input_details().items()}
    outputs = {name: detail["index"] for name, detail in runner.get_output_details().items()}

    def call(**feed):
        for name, value in feed.items():
            interpreter.resize_tensor_input(inputs[name], value.shape)
        interpreter.allocate_tensors()
        for name, value in feed.items():
            interpreter.set_tensor(inputs[name], value)
        interpreter.invoke()
        return {name: interpreter.get_tensor(index) for name, index in outputs.items()}

    return call
