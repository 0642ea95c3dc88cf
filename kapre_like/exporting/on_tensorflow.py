"""Exports a model of JAX or PyTorch: another process rebuilds it on TensorFlow."""

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

# If loading fails, the innermost error has the cause; the outer ones name the place.
_PROGRAM = """
import json
import sys
import kapre_like
source, path, form, options = sys.argv[1:]
try:
    model = kapre_like.load_model(source, compile=False)
except Exception as error:
    while error.__context__ is not None:
        error = error.__context__
    sys.exit(f"!load! {' '.join(str(error).split('. ')[0].split())}")
try:
    kapre_like.export(model, path, format=form, **json.loads(options))
except (ImportError, ValueError) as error:
    sys.exit(f"!{type(error).__name__}! {' '.join(str(error).split())}")
"""
_ERROR = re.compile(r"^!(\w+)! (.*)$", re.MULTILINE)


def write_on_tensorflow(program: Program, path: Path, format: str, **options: str) -> None:
    """Writes a program to `path` in a process whose Keras runs on TensorFlow.

    The other process loads the model from a `.keras` file. So each layer must be registered
    with Keras, or be in a module that the other process can import.

    Args:
        program: The program.
        path: File or folder to write.
        format: As in `export`.
        **options: `precision` and `quantize` of `export`, if they are not the defaults.

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
            program.model.save(source)
        except Exception as error:  # a custom layer may raise any exception
            _refuse(f"cannot be saved: {error}", error)
        # -P: the current folder must not shadow the installed package.
        done = subprocess.run(
            [sys.executable, "-P", "-c", _PROGRAM, source, path, format, json.dumps(options)],
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": _python_path()},
            check=False,
        )
    if done.returncode:
        _raise(done.stderr)


def _python_path() -> str:
    """Returns the module search path of this process, for the other one."""
    return os.pathsep.join(folder for folder in sys.path if folder)


def _raise(stderr: str) -> NoReturn:
    """Raises the error that the other process printed."""
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
