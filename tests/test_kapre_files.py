"""Files of the real Kapre 0.4.1 load without Kapre and predict the same."""

import os
import pathlib
import subprocess
import sys

import pytest
from backend_tools import BACKEND

HERE = pathlib.Path(__file__).parent
pytestmark = pytest.mark.backends


@pytest.mark.parametrize(
    "library", [pytest.param("keras", marks=pytest.mark.slow), "kapre_like"]
)
@pytest.mark.backends(full=True)
def test_every_file_predicts_what_kapre_predicted(library, tmp_path):
    program = [sys.executable, str(HERE / "kapre_files_program.py"), library]
    # Under PYTHONSAFEPATH a program does not find modules beside it.
    path = {**os.environ, "PYTHONPATH": str(HERE), "KERAS_BACKEND": BACKEND}
    done = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, env=path)
    assert done.returncode == 0, done.stderr[-3000:]
    files = len([*(HERE / "kapre_reference" / "files").glob("*.[kh]*")])
    # The three TFLite layers are TensorFlow's, in two files.
    assert f"{files - 2 * (BACKEND != 'tensorflow')} files" in done.stdout
