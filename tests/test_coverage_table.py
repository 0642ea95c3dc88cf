"""docs/coverage.csv: each class of other libraries is here, or there is a reason."""

import csv
import importlib
import importlib.util
import inspect
import operator
import pathlib

import keras
import pytest

import kapre_like

TABLE = pathlib.Path(__file__).resolve().parents[1] / "docs" / "coverage.csv"
with TABLE.open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


def names(source):
    return {row["name"] for row in ROWS if row["source"].startswith(source)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['source']}-{row['name']}")
def test_each_has_an_equivalent_that_imports_or_a_reason(row):
    if not row["here"]:
        assert len(row["remark"]) > 10
        return
    for name in row["here"].split(" + "):
        assert callable(operator.attrgetter(name)(kapre_like))


def test_rows_are_complete_and_unique():
    assert all(set(row) == {"source", "name", "here", "remark"} for row in ROWS)
    keys = [(row["source"], row["name"]) for row in ROWS]
    assert len(set(keys)) == len(keys)
    assert {key[0].partition(" ")[0] for key in keys} == {
        "Kapre", "Keras", "LEAF", "nnAudio", "torchaudio",
    }  # fmt: skip


def test_keras_s_audio_layers_are_all_there():
    there = {name for name in dir(keras.layers) if name.endswith("Spectrogram")}
    assert names("Keras") == there


def public_classes(module):
    found = inspect.getmembers(importlib.import_module(module), inspect.isclass)
    return {name for name, thing in found if thing.__module__.startswith(module.split(".")[0])}


@pytest.mark.parametrize(
    ("source", "module", "private"),
    [("Kapre", "kapre", set()), ("nnAudio", "nnAudio.features", {"STFTBase"})],
)
def test_every_class_of_an_installed_library_is_listed(source, module, private):
    if importlib.util.find_spec(module.split(".")[0]) is None:
        pytest.skip(f"{source} is not installed")
    classes = {name for name in public_classes(module) if not name.startswith("_")}
    assert classes - private <= names(source)
