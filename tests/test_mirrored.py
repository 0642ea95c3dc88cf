"""Every layer under `MirroredStrategy`, on two logical CPUs, in a process of its own."""

import os
import pathlib
import subprocess
import sys

import pytest
from backend_tools import BACKEND
from layer_cases import CASES

HERE = pathlib.Path(__file__).parent


@pytest.mark.skipif(BACKEND != "tensorflow", reason="a strategy of TensorFlow")
def test_every_layer_under_a_mirrored_strategy(tmp_path):
    program = [sys.executable, str(HERE / "mirrored_program.py")]
    # Said, since under PYTHONSAFEPATH a program does not find what lies beside it.
    path = {**os.environ, "PYTHONPATH": str(HERE)}
    done = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, env=path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"{len(CASES)} cases passed" in done.stdout
