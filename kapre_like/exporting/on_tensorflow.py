"""Exports while Keras runs on JAX or PyTorch: another process rebuilds it on TensorFlow."""

import json
import os
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import keras

from kapre_like.exporting.program import Program

# Of a model that does not load the innermost error says why; those around it say where.
_PROGRAM = """
import json
import sys
import kapre_like
source, path, form, fewer = sys.argv[1:]
try:
    model = kapre_like.load_model(source, compile=False)
except Exception as error:
    while error.__context__ is not None:
        error = error.__context__
    sys.exit(f"!load! {' '.join(str(error).split('. ')[0].split())}")
try:
    kapre_like.export(model, path, format=form, **json.loads(fewer))
except (ImportError, ValueError) as error:
    sys.exit(f"!{type(error).__name__}! {' '.join(str(error).split())}")
"""
_ERROR = re.compile(r"^!(\w+)! (.*)$", re.MULTILINE)


def write_on_tensorflow(wanted: Program, path: Path, format: str, **fewer: str) -> None:
    """Writes a program to `path` in a process whose Keras runs on TensorFlow.

    `fewer` is what `export` was given as `precision` and `quantize`, if anything.

    The model goes there as a `.keras` file, so its layers must be saved and loaded as Keras
    does it: registered, or in a module that the other process can import.

    Raises:
        ImportError: If TensorFlow, or a package of the format, is missing.
        ValueError: If the model cannot be rebuilt or exported there.
    """
    if find_spec("tensorflow") is None:
        raise ImportError(
            "export: needs TensorFlow, which traces every format. Run: "
            "pip install 'kapre-like[tensorflow]'. Keras itself may run on "
            f"{keras.backend.backend()}."
        )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "model.keras"
        try:
            wanted.model.save(source)
        except Exception as error:  # a layer of the user's may fail in any way
            _refuse(f"cannot be saved: {error}", error)
        # -P: the current folder must not shadow the installed package.
        done = subprocess.run(
            [sys.executable, "-P", "-c", _PROGRAM, source, path, format, json.dumps(fewer)],
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": _places()},
            check=False,
        )
    if done.returncode:
        _raise(done.stderr)


def _places() -> str:
    """Where this process finds modules, so that the other one finds the same."""
    return os.pathsep.join(place for place in sys.path if place)


def _raise(stderr: str) -> NoReturn:
    """Raises what the other process said."""
    found = _ERROR.search(stderr)
    kind, message = found.groups() if found else ("load", stderr.strip().rpartition("\n")[2])
    if kind == "load":
        _refuse(f"cannot be rebuilt: {message.rstrip('.')}.")
    raise (ImportError if kind == "ImportError" else ValueError)(message)


def _refuse(why: str, cause: Exception | None = None) -> NoReturn:
    raise ValueError(
        f"export: Keras runs on {keras.backend.backend()}, and for TensorFlow the model {why} "
        "Register its own layers in a module that can be imported, or export in a program "
        "that was started with KERAS_BACKEND=tensorflow."
    ) from cause
