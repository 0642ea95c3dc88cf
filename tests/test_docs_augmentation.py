"""docs/augmentation.md: its table of recipes is complete; Python, YAML and commands work."""

import os
import re
import subprocess
import sys

import keras
import pytest
from backend_tools import BACKEND
from doc_pages import DOCS, check_python, links, read_page

from kapre_like import augment

PAGE = read_page("augmentation.md")


def table(heading):
    """The names in the first columns of the table under a heading."""
    rows = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [row for row in rows.splitlines() if row.startswith("|")]
    return [row.split("|")[1:-1] for row in rows[2:]]


def test_every_recipe_is_in_its_table():
    named = [row[0].strip(" `") for row in table("Recipes")]
    assert sorted(named) == augment.recipe_names()


@pytest.mark.skipif(BACKEND != "tensorflow", reason="one of its blocks is a tf.data pipeline")
def test_its_python_prints_what_its_comments_promise(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = check_python(PAGE, capsys)
    assert names["model"](names["sound"]).shape == (2, 10)


def test_a_saved_model_loads_in_a_program_that_did_not_import_the_layers(tmp_path):
    waveform = keras.Input((None, 1))
    x = augment.OneOf(layers=[augment.Gain(), augment.AddNoise(kind="pink")])(waveform)
    keras.Model(waveform, x).save(tmp_path / "m.keras")
    code = "import kapre_like\nprint(type(kapre_like.load_model('m.keras').layers[-1]))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert "augment.one_of.OneOf" in done.stdout, done.stderr


def test_its_recipe_is_one_and_its_banks_are_beside_the_file(tmp_path):
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "mine.yaml").write_text(text, "utf-8")
    recipe = augment.read_recipe(tmp_path / "mine.yaml", sample_rate=16000, n_classes=3)
    kinds = [type(layer).__name__ for layer in recipe.waveform]
    assert kinds == ["Gain", "AddNoise", "Reverberate"]
    assert recipe.waveform[1].bank == str(tmp_path / "noises")
    assert len(recipe.spectrogram) == len(recipe.labels) == 1


def test_its_links_lead_somewhere():
    assert all((DOCS / link).exists() for link in links(PAGE))
