"""The folder of a model: what is written when, and the errors if it is no model."""

import json
import shutil

import pytest

from kapre_like.models.artifact.recipe import install, read_recipe, write_recipe

RECIPE = {"format": 2, "family": "boosted", "task": "classify", "files": ["model.cbm"]}


def stage(folder, recipe, **files):
    """A training that has finished everything but the last step."""
    final = folder / ".training" / "final"
    final.mkdir(parents=True)
    for name, text in files.items():
        (final / name.replace("_", ".")).write_text(text)
    write_recipe(final, recipe)


def test_what_was_written_is_read(tmp_path):
    (tmp_path / "model.cbm").write_text("trees")
    write_recipe(tmp_path, RECIPE)
    assert read_recipe(tmp_path) == RECIPE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.cbm", "recipe.json"]


def test_install_replaces_a_model_of_another_family_and_leaves_nothing_of_it(tmp_path):
    (tmp_path / "model.cbm").write_text("trees")
    (tmp_path / "notes.txt").write_text("mine")
    write_recipe(tmp_path, RECIPE)
    stage(tmp_path, {**RECIPE, "files": ["model.keras"]}, model_keras="network")
    install(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["model.keras", "notes.txt", "recipe.json"]


def test_an_install_killed_half_way_is_finished_by_the_next_reader(tmp_path):
    (tmp_path / "model.cbm").write_text("old")
    write_recipe(tmp_path, {**RECIPE, "seed": 1})
    stage(tmp_path, {**RECIPE, "seed": 2}, model_cbm="new")
    # The kill came after the model was moved and before the recipe was.
    final = tmp_path / ".training" / "final"
    (final / "model.cbm").replace(tmp_path / "model.cbm")
    assert read_recipe(tmp_path)["seed"] == 2
    assert (tmp_path / "model.cbm").read_text() == "new"
    assert not (tmp_path / ".training").exists()


def test_a_staged_model_without_its_recipe_changes_nothing(tmp_path):
    (tmp_path / "model.cbm").write_text("old")
    write_recipe(tmp_path, {**RECIPE, "seed": 1})
    stage(tmp_path, RECIPE, model_cbm="half of the n")
    (tmp_path / ".training" / "final" / "recipe.json").unlink()
    assert read_recipe(tmp_path)["seed"] == 1
    assert (tmp_path / "model.cbm").read_text() == "old"


def ruin(folder, how):
    """Makes of a model folder something that is none; returns the path to read."""
    write_recipe(folder, RECIPE)
    if how == "absent":
        return folder / "nowhere"
    if how == "file":
        return folder / "recipe.json"
    if how == "empty":
        (folder / "recipe.json").unlink()
    if how == "interrupted":
        (folder / "recipe.json").unlink()
        (folder / ".training").mkdir()
    if how == "several":
        (folder / "vgg").mkdir()
        shutil.move(folder / "recipe.json", folder / "vgg")
    if how == "newer":
        write_recipe(folder, {**RECIPE, "format": 9})
    if how == "broken":
        (folder / "recipe.json").write_text('{"format": ')
    if how == "other":
        (folder / "recipe.json").write_text(json.dumps(["eggs"]))
    return folder


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("absent", "no such folder"),
        ("file", "not a folder"),
        ("empty", "holds no recipe.json"),
        ("interrupted", "was interrupted"),
        ("several", "holds several models"),
        ("newer", "pip install -U kapre-like"),
        ("broken", "not a recipe"),
        ("other", "not a recipe"),
        ("no model file", "model.cbm"),
    ],
)
def test_the_error_for_a_folder_without_a_model_has_name_and_fix(how, words, tmp_path):
    path = ruin(tmp_path, how)
    with pytest.raises(ValueError, match=words) as error:
        read_recipe(path)
    assert str(path) in str(error.value)
