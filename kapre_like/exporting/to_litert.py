"""Writes LiteRT (TensorFlow Lite) files of built-in operators only."""

import json
import re
import tempfile
import zipfile
from pathlib import Path

from kapre_like.exporting.packages import package, tensorflow, traced
from kapre_like.exporting.plain_loops import plain_loops
from kapre_like.exporting.plain_slices import plain_slices
from kapre_like.exporting.program import Program
from kapre_like.saving import CARD_NAME


def write_litert(program: Program, path: Path, *, quantize: str | None = None) -> None:
    """Writes the file `path` with the contents of the model's card attached.

    `quantize="int8"` stores the weights in 8 bits. LiteRT quantizes the other factors when it
    runs the model.
    """
    package("ai_edge_litert.interpreter", "litert")  # fail before the long work
    tf = tensorflow()
    with plain_loops(), plain_slices(tf.Tensor):
        function = traced(program)
    with tempfile.TemporaryDirectory() as folder:
        module = tf.Module()
        tf.saved_model.save(module, folder, signatures=function)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        # By default the file may contain TensorFlow's own operators.
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if quantize is not None:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        try:
            content = converter.convert()
        except Exception as error:
            raise ValueError(_missing(error)) from error
    path.write_bytes(content)
    if program.card is not None:
        # LiteRT's convention for attached files: a zip archive appended to the model.
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(CARD_NAME, json.dumps(program.card, ensure_ascii=False))


def _missing(error: Exception) -> str:
    """Returns the error message; names the operators that the converter's error mentions."""
    text = str(error)
    found = re.findall(r"'tf\.(\w+)' op", text) or re.findall(r"\btf\.(\w+)", text)
    names = ", ".join(dict.fromkeys(found)) or text.strip().splitlines()[0]
    return (
        f"export: LiteRT has no built-in operator for {names}, which `model` needs. "
        'A SavedModel has them all: format="savedmodel".'
    )
