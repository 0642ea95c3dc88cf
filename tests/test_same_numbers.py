"""Every layer gives TensorFlow's numbers and gradients on JAX and PyTorch too.

What a number ought to be, the tests of TensorFlow hold against librosa, SciPy and others.
"""

import os
import pathlib
import subprocess
import sys

import filelock
import numpy as np
import pytest
from backend_tools import BACKEND
from layer_cases import EVERY
from layer_contract import close
from numbers_program import result_and_gradients

HERE = pathlib.Path(__file__).parent
pytestmark = [
    pytest.mark.backends(each=True),
    pytest.mark.skipif(BACKEND == "tensorflow", reason="compares with TensorFlow"),
]


@pytest.fixture(scope="module")
def of_tensorflow(tmp_path_factory):
    """What TensorFlow gives, computed once for all of pytest's processes."""
    folder = tmp_path_factory.getbasetemp()
    # Each of several processes has a folder of its own in the run's.
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    file = folder / "numbers_of_tensorflow.npz"
    with filelock.FileLock(f"{file}.lock"):
        if not file.exists():
            program = [sys.executable, str(HERE / "numbers_program.py"), str(file)]
            path = {"PYTHONPATH": str(HERE), "KERAS_BACKEND": "tensorflow"}
            done = subprocess.run(
                program, capture_output=True, text=True, env={**os.environ, **path}
            )
            assert done.returncode == 0, done.stderr[-3000:]
    with np.load(file) as numbers:
        return dict(numbers)


@pytest.mark.parametrize("number", range(len(EVERY)), ids=[str(case) for case in EVERY])
def test_numbers_and_gradients_are_those_of_tensorflow(number, of_tensorflow):
    case = EVERY[number]
    y, gradients = result_and_gradients(case.layer(), of_tensorflow[f"{number}-x"])
    # Both round, and the case's tolerance is for one of them.
    close(y, of_tensorflow[f"{number}-y"], 2 * case.atol)
    expected = [of_tensorflow.get(f"{number}-{place}") for place in range(len(gradients))]
    for got, right in zip(gradients, expected, strict=True):
        assert np.isfinite(got).all()
        # A logarithm's derivative amplifies the rounding of what is small.
        np.testing.assert_allclose(got, right, rtol=0, atol=1e-3 * np.abs(right).max())
