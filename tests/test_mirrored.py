"""Every layer under `MirroredStrategy`, on two logical CPUs, in a process of its own."""

import os
import pathlib
import subprocess
import sys

import pytest
from backend_tools import BACKEND
from layer_cases import CASES

# One that learns, one with moments of a data set, one whose weights are of each band.
SOME = ("MelSpectrogram", "FrontEndNormalization", "PCEN")
HERE = pathlib.Path(__file__).parent


@pytest.mark.skipif(BACKEND != "tensorflow", reason="a strategy of TensorFlow")
@pytest.mark.parametrize(
    "names",
    [
        pytest.param(SOME, marks=pytest.mark.slow),
        pytest.param([case.name for case in CASES], marks=pytest.mark.slow),
    ],
    ids=["some", "all"],
)
def test_every_layer_under_a_mirrored_strategy(names, tmp_path):
    program = [sys.executable, str(HERE / "mirrored_program.py"), *names]
    # Under PYTHONSAFEPATH a program does not find modules beside it.
    path = {**os.environ, "PYTHONPATH": str(HERE)}
    done = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, env=path)
    assert done.returncode == 0, done.stderr[-3000:]
    count = sum(case.name in names for case in CASES)
    assert f"{count} cases passed" in done.stdout
