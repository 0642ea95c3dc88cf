"""Training into a folder: what is in it afterwards, and what survives a failure or a kill."""

import json
import os
import shutil
import subprocess
import sys

import fake_family
import pytest
import soundfile
from small_corpus import (
    RATE,
    read_rows,
    tone,
    write_class_folders,
    write_corpus,
    write_manifest,
)

from kapre_like.models import evaluate, predict, train
from kapre_like.models.artifact.recipe import read_recipe

LEVEL = "fake_family:Level"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"), classes=("low", "mid", "high"))


@pytest.fixture(autouse=True)
def _behave(monkeypatch):
    monkeypatch.delenv("FAKE_FAMILY", raising=False)


def test_a_trained_folder_holds_the_model_and_a_whole_recipe(corpus, tmp_path):
    lines = []
    recipe = train(
        corpus, model=LEVEL, out=tmp_path / "m", seed=3, seconds=0.2, log=lines.append
    )
    assert names(tmp_path / "m") == ["level.json", "recipe.json"]
    assert read_recipe(tmp_path / "m") == recipe
    assert recipe["class_names"] == ["high", "low", "mid"]
    facts = {"format": 2, "task": "classify", "sample_rate": 16000, "seconds": 0.2, "seed": 3}
    assert {key: recipe[key] for key in facts} == facts
    assert recipe["trained_on"]["n"] + recipe["validated_on"]["n"] == 36
    assert recipe["versions"]["numpy"]
    assert any("training fake_family:Level on" in line for line in lines)


def test_whole_groups_are_held_out_to_validate(corpus, tmp_path, monkeypatch):
    tables = {}
    real = fake_family.Level.train.__func__

    def spy(cls, train, valid, **more):
        tables.update(train=train, valid=valid)
        return real(cls, train, valid, **more)

    monkeypatch.setattr(fake_family.Level, "train", classmethod(spy))
    train(corpus, model=LEVEL, out=tmp_path / "m")
    groups = {name: set(table["group"]) for name, table in tables.items()}
    assert groups["train"] & groups["valid"] == set()
    assert groups["train"] | groups["valid"] == {f"s{n}" for n in range(6)}


def test_rows_of_the_test_split_are_never_opened(tmp_path):
    manifest = write_corpus(tmp_path, splits=["train"] * 3 + ["dev", "test", "test"])
    for row in read_rows(manifest):
        if row["split"] == "test":
            (tmp_path / row["path"]).write_bytes(b"")
    recipe = train(manifest, model=LEVEL, out=tmp_path / "m")
    assert (recipe["trained_on"]["n"], recipe["validated_on"]["n"]) == (12, 4)


def test_scores_are_learned_from_the_column_that_is_named(corpus, tmp_path):
    train(corpus, model=LEVEL, task="regress", label_column="score", out=tmp_path / "m")
    # The column is not named again: the recipe remembers it.
    got = evaluate(tmp_path / "m", corpus)
    assert got["pearson"] > 0.95
    assert set(got["intervals"]) == {"mae", "rmse", "pearson", "spearman"}
    (record,) = predict(tmp_path / "m", [corpus.parent / "low_0_0.flac"])
    assert record["score"] == pytest.approx(0.22, abs=0.2)


def test_evaluate_recognizes_moved_clips(corpus, tmp_path):
    train(corpus, model=LEVEL, out=tmp_path / "m")
    moved = shutil.copytree(corpus.parent, tmp_path / "elsewhere")
    rows = read_rows(moved / "manifest.csv")
    for row in rows:
        (moved / row["path"]).rename(moved / f"x_{row['path']}")
    write_manifest(moved / "m.csv", [{**row, "path": f"x_{row['path']}"} for row in rows])
    lines = []
    got = evaluate(tmp_path / "m", moved / "m.csv", log=lines.append)
    n = read_recipe(tmp_path / "m")["trained_on"]["n"]
    assert got["n_trained_on"] == n
    assert got["n_validated_on"] == 36 - n
    assert f"the model was trained on {n} of these 36 clips" in lines


def test_evaluate_recognizes_clips_in_another_format(corpus, tmp_path):
    train(corpus, model=LEVEL, out=tmp_path / "m")
    rows = read_rows(corpus)
    for number, row in enumerate(rows):
        sound, rate = soundfile.read(corpus.parent / row["path"], dtype="int16")
        row["path"] = f"{number}.{('wav', 'aiff', 'caf')[number % 3]}"
        soundfile.write(tmp_path / row["path"], sound, rate)
    new = tone(300, 0.5, seed=99)
    soundfile.write(tmp_path / "new.wav", new, RATE)
    silent = [{**rows[0], "path": f"silent_{n}.wav"} for n in range(2)]
    for row in silent:
        soundfile.write(tmp_path / row["path"], 0 * new, RATE)
    write_manifest(tmp_path / "m.csv", [*rows, {**rows[0], "path": "new.wav"}, *silent])
    got = evaluate(tmp_path / "m", tmp_path / "m.csv")
    n = read_recipe(tmp_path / "m")["trained_on"]["n"]
    assert (got["n_trained_on"], got["n_validated_on"], got["n"]) == (n, 36 - n, 39)


def test_evaluate_takes_the_test_rows_or_all(tmp_path):
    manifest = write_corpus(tmp_path, splits=["train"] * 3 + ["valid", "test", "test"])
    train(manifest, model=LEVEL, out=tmp_path / "m")
    test = evaluate(tmp_path / "m", manifest, json=tmp_path / "e.json")
    assert (test["n"], test["split"], test["n_trained_on"]) == (8, "test", 0)
    assert json.loads((tmp_path / "e.json").read_text()) == test
    every = evaluate(tmp_path / "m", manifest, split="all")
    assert (every["n"], every["n_trained_on"], every["n_validated_on"]) == (24, 12, 4)


def test_an_unknown_label_counts_as_an_error(tmp_path):
    train(write_class_folders(tmp_path / "two"), model=LEVEL, out=tmp_path / "m")
    three = write_class_folders(tmp_path / "three", classes=("low", "high", "mid"))
    lines = []
    got = evaluate(tmp_path / "m", three, log=lines.append)
    assert got["unknown_labels"] == ["mid"]
    assert got["balanced_accuracy"] <= 2 / 3 + 1e-9
    assert got["class_names"] == ["high", "low", "mid"]
    assert lines[-1] == "labels that are not classes of the model count as errors: mid"


def test_a_failed_training_leaves_the_old_model_as_it_was(corpus, tmp_path, monkeypatch):
    out = tmp_path / "m"
    train(corpus, model=LEVEL, out=out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    monkeypatch.setenv("FAKE_FAMILY", "fails")
    with pytest.raises(ValueError, match="Lower the learning rate"):
        train(corpus, model=LEVEL, out=out, seed=1, overwrite=True)
    after = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    assert after == before
    assert predict(out, [corpus.parent / "low_0_0.flac"])[0]["label"] == "low"


def test_a_failure_before_training_leaves_no_folder(tmp_path):
    folder = write_class_folders(tmp_path / "data")
    (folder / "low" / "0.wav").write_bytes(b"")
    with pytest.raises(ValueError, match=r"0\.wav"):
        train(folder, model=LEVEL, out=tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_a_killed_training_goes_on_and_another_one_starts_afresh(corpus, tmp_path):
    out = tmp_path / "m"
    code = (
        "from kapre_like.models import train\n"
        f"train({str(corpus)!r}, model={LEVEL!r}, out={str(out)!r})\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run(
        [sys.executable, "-P", "-c", code], env={**environment, "FAKE_FAMILY": "killed"}
    )
    assert killed.returncode == -9
    with pytest.raises(ValueError, match="was interrupted"):
        read_recipe(out)
    other = shutil.copytree(out, tmp_path / "other")
    lines = []
    assert train(corpus, model=LEVEL, out=out, log=lines.append)["settings"]["resumed"]
    assert any(line.startswith("resuming the training") for line in lines)
    assert names(out) == ["level.json", "recipe.json"]
    assert train(corpus, model=LEVEL, out=other, seed=9)["settings"]["resumed"] is False


def test_the_same_seed_holds_out_the_same_groups(corpus, tmp_path):
    first, again, other = (
        train(corpus, model=LEVEL, out=tmp_path / name, seed=seed)["validated_on"]["digests"]
        for name, seed in (("a", 0), ("b", 0), ("c", 5))
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    "bad",
    [{"task": "rank"}, {"seconds": 0}, {"seed": -1}, {"epochs": 0}, {"on_error": "stop"},
     {"sample_rate": 0}],
)  # fmt: skip
def test_a_bad_argument_is_named(bad, corpus, tmp_path):
    with pytest.raises(ValueError, match=f"`{next(iter(bad))}` must be"):
        train(corpus, model=LEVEL, out=tmp_path / "m", **bad)
    assert not (tmp_path / "m").exists()


def test_out_may_not_be_a_file(corpus, tmp_path):
    (tmp_path / "m").write_text("mine")
    with pytest.raises(ValueError, match="is a file"):
        train(corpus, model=LEVEL, out=tmp_path / "m")


def test_evaluate_all_takes_every_row_whatever_its_split_and_one_class_will_do(tmp_path):
    splits = ["train", "train", "train", "valid", "test", "test"]
    data = write_corpus(tmp_path / "data", splits=splits)
    train(data, model=LEVEL, out=tmp_path / "model")
    rows = [row for row in read_rows(data) if row["label"] == "low"]
    for row in rows:
        row["split"] = "archive"
    write_manifest(tmp_path / "data" / "low.csv", rows)
    result = evaluate(tmp_path / "model", tmp_path / "data" / "low.csv", split="all")
    assert result["n"] == len(rows) == 12
