"""The facade beside the real Kapre 0.4.1, in one process, over the whole grid of arguments.

`make kapre-side-by-side` installs Kapre and runs this; `make test` compares with numbers of a
part of the grid instead (`test_kapre_numbers.py`).
"""

import importlib
import json
import pathlib

import numpy as np
import pytest
from backend_tools import BACKEND
from kapre_reference.cases import check, configured, run, steady
from kapre_reference.errors import INSTEAD, SAME, TAKEN, raised
from kapre_reference.grid import everything

from kapre_like import kapre as ours

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BACKEND != "tensorflow", reason="Kapre runs on TensorFlow alone"),
    # Warnings of Kapre and librosa about their own code, arguments and filterbanks.
    pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`:UserWarning"),
    pytest.mark.filterwarnings("ignore:divide by zero encountered:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:Empty filters detected:UserWarning"),
]
# So many tests that several processes share the grid, each not for long.
PARTS = 40
GRID = everything()
# Of every Keras layer; how it is written depends on whether the class has a constructor.
KERAS_S = ("activity_regularizer", "autocast", "dtype", "trainable")
HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="module")
def real():
    """Kapre, imported here: another test that loads its files shall meet our classes."""
    return steady(importlib.import_module("kapre"))


@pytest.mark.parametrize("part", range(PARTS))
def test_kapre_and_the_facade_give_the_same(real, part):
    failed = []
    for one in GRID[part::PARTS]:
        theirs = run(real, one)
        try:
            check(one, run(ours, one), theirs)
        except Exception as error:
            failed.append(f"{one}: {error}")
    assert not failed, "\n".join([f"{len(failed)} cases", *failed[:10]])


def test_transforms_frames_and_energies_are_kapre_s_to_the_last_bit(real):
    """So that decibels are too in bins that hold nothing but the rounding of others."""
    names = (
        "STFT",
        "InverseSTFT",
        "Frame",
        "Energy",
        "get_perfectly_reconstructing_stft_istft",
    )
    cases = [one for one in GRID if one.target in names and "aiser" not in str(one)]
    assert len(cases) > 500
    for one in cases[::3]:
        for mine, theirs in zip(run(ours, one), run(real, one), strict=True):
            np.testing.assert_array_equal(mine, theirs, err_msg=str(one))


@pytest.mark.parametrize("part", range(PARTS))
def test_kapre_and_the_facade_have_the_same_configuration(real, part):
    layers = [one for one in GRID if one.target[0].isupper()]
    for one in layers[part::PARTS]:
        with configured(one.image_format, one.floatx):
            made = [
                getattr(m, one.target)(**dict(one.arguments), name="x") for m in (ours, real)
            ]
        mine, theirs = (
            {key: value for key, value in layer.get_config().items() if key not in KERAS_S}
            for layer in made
        )
        assert mine == theirs, one


@pytest.mark.parametrize("call", [*SAME, *TAKEN, *INSTEAD])
def test_kapre_raises_the_errors_of_the_table(real, call, monkeypatch):
    module = real.tflite_compatible_stft
    monkeypatch.setattr(module, "_rdft", module._rdft.of_kapre)
    expected = SAME.get(call) or INSTEAD.get(call, ("ok",))[0]
    assert expected in raised(real, call)[0]


def test_the_committed_names_are_those_of_kapre(real):
    make = importlib.import_module("kapre_reference.make")
    committed = json.loads((HERE / "kapre_reference" / "names.json").read_text())
    assert json.loads(json.dumps(make.names())) == committed
