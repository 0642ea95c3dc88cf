"""A comparison of two families that take milliseconds: splits, folds, files, advice, costs."""

import csv
import json
import re
import sys

import numpy as np
import pytest
from small_corpus import read_rows, write_corpus

from kapre_like.models import compare
from kapre_like.models.artifact.recipe import read_recipe

BOTH = ["fake_family:Level", "fake_family:Guess"]


@pytest.fixture(autouse=True)
def _workers_find_the_family(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ":".join(sys.path))
    monkeypatch.delenv("FAKE_FAMILY", raising=False)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"), classes=("low", "mid", "high"))


@pytest.fixture(scope="module")
def held_out(corpus, tmp_path_factory):
    """A plain comparison: its folder, its result, its log."""
    out, lines = tmp_path_factory.mktemp("compare") / "new" / "c", []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", ":".join(sys.path))
        return out, compare(corpus, models=BOTH, out=out, seed=1, log=lines.append), lines


def test_the_folder_holds_every_file_and_a_model_per_family(held_out):
    out, result, _ = held_out
    names = sorted(path.name for path in out.iterdir())
    assert names == ["Guess", "Level", "compare.json", "predictions.csv", "report.html"]
    assert json.loads((out / "compare.json").read_text()) == result
    assert read_recipe(out / "Level")["family"] == "fake_family:Level"


def test_each_model_is_evaluated_and_measured(held_out):
    _, result, _ = held_out
    level = result["models"]["Level"]
    assert level["metrics"] == {"accuracy": 1.0, "balanced_accuracy": 1.0, "macro_f1": 1.0}
    # All 6 of one test speaker: the exact interval of a share.
    assert level["intervals"]["accuracy"] == pytest.approx([0.025 ** (1 / 6), 1.0])
    assert result["intervals_by"] == {"unit": "clips", "n": 6}
    assert level["spread"] is None
    assert result["models"]["Guess"]["metrics"]["balanced_accuracy"] == pytest.approx(1 / 3)
    for model in result["models"].values():
        assert model["seconds_read"] > 0
        assert model["seconds_train"] > 0
        for batch in ("batch_1", "batch_32"):
            assert model["latency_ms"][batch]["read_ms"] > 0
            assert model["latency_ms"][batch]["compute_ms"] > 0
        # NumPy, pandas and soundfile take this much; TensorFlow would take ten times more.
        assert 30 < model["peak_memory_mb"] < 400
        assert model["model_bytes"] > 0
        assert model["n_parameters"] == 3


def test_whole_groups_are_held_out_and_every_model_meets_the_same_clips(held_out, corpus):
    out, result, _ = held_out
    (stage,) = result["data"]["stages"]
    assert stage["train"] + stage["valid"] + stage["test"] == 36
    rows = read_rows(out / "predictions.csv")
    assert len(rows) == stage["test"]
    assert {row["fold"] for row in rows} == {"test"}
    tested = {row["group"] for row in rows}
    recipes = [read_recipe(out / name) for name in ("Level", "Guess")]
    assert recipes[0]["trained_on"] == recipes[1]["trained_on"]
    # All clips of a tested speaker are tested: 3 classes times 2 takes.
    assert len(rows) == 6 * len(tested)
    assert {row["true"] for row in rows} == {"low", "mid", "high"}
    assert all(row["Level"] == row["true"] for row in rows)
    assert all(0 < float(row["Guess_probability"]) <= 1 for row in rows)


def test_the_advice_is_one_line_with_the_gain_and_its_cost(held_out):
    _, result, _ = held_out
    advice = result["advice"]
    assert (advice["recommended"], advice["best"]) == ("Level", "Level")
    assert advice["verdict"] == "recommended"
    assert "Use Level: it reaches balanced accuracy 100.0 % (54.1 to 100.0)" in advice["text"]
    assert "Guess" in advice["text"]
    assert re.search(r"about 667 (more|fewer) right", advice["text"])
    assert "computing" in advice["text"]
    assert "\n" not in advice["text"]
    assert any("resample clips" in sentence for sentence in advice["basis"])


def test_every_comparison_has_rows_of_guesses_and_of_one_feature(held_out):
    _, result, _ = held_out
    assert list(result["baselines"]) == ["majority class", "class prior", "best single feature"]
    guess = result["baselines"]["majority class"]
    assert guess["metrics"]["balanced_accuracy"] == pytest.approx(1 / 3)
    assert result["baselines"]["best single feature"]["metrics"]["accuracy"] == 1.0
    assert result["baselines"]["best single feature"]["feature"]
    beats = {name: model["beats_guessing"] for name, model in result["models"].items()}
    assert beats["Level"]["beaten"]
    assert beats["Level"]["difference"] == pytest.approx(2 / 3)
    assert not beats["Guess"]["beaten"]


def test_the_parent_learns_what_workers_say(held_out):
    assert "epoch 1 of 1" in held_out[2]


def test_the_test_rows_of_a_split_column_are_the_test(tmp_path):
    manifest = write_corpus(tmp_path / "d", splits=["train"] * 3 + ["valid", "test", "unused"])
    result = compare(manifest, models=BOTH[:1], out=tmp_path / "c")
    (stage,) = result["data"]["stages"]
    assert (stage["train"], stage["valid"], stage["test"]) == (12, 4, 4)
    assert {row["group"] for row in read_rows(tmp_path / "c" / "predictions.csv")} == {"s4"}
    # Four test clips, all right, are no proof: guessing gets all of them once in 16 times.
    assert result["advice"]["verdict"] == "undecided"
    assert "4 test clips are too few" in result["advice"]["text"]


def test_folds_by_group_test_every_clip_once_and_show_the_spread(tmp_path):
    # With a split column: folds divide all rows, of any split.
    manifest = write_corpus(
        tmp_path / "d", classes=("low", "mid", "high"), speakers=3,
        splits=["train", "train", "test"],
    )  # fmt: skip
    lines = []
    result = compare(
        manifest, models=BOTH[:1], out=tmp_path / "c", folds="leave-one-group-out",
        task="regress", label_column="score", log=lines.append,
    )  # fmt: skip
    assert "Level: fold 2 of 3 (s1)" in lines
    names = [stage["name"] for stage in result["data"]["stages"]]
    assert names == ["s0", "s1", "s2"]
    rows = read_rows(tmp_path / "c" / "predictions.csv")
    assert sorted(row["fold"] for row in rows) == sorted(row["group"] for row in rows)
    assert len({row["path"] for row in rows}) == len(rows) == 18
    model = result["models"]["Level"]
    folds = [fold["pearson"] for fold in model["folds"]]
    together = np.corrcoef(*([float(row[key]) for row in rows] for key in ("true", "Level")))
    assert model["metrics"]["pearson"] == pytest.approx(together[0, 1], abs=1e-6)
    assert result["intervals_by"] == {"unit": "groups", "n": 3}
    assert model["spread"]["pearson"] == pytest.approx(np.std(folds, ddof=1))
    low, high = model["intervals"]["pearson"]
    assert low <= model["metrics"]["pearson"] <= high
    kept = sorted(path.name for path in (tmp_path / "c" / "Level").iterdir())
    assert kept == ["fold-s0", "fold-s1", "fold-s2"]
    assert read_recipe(tmp_path / "c" / "Level" / "fold-s0")["task"] == "regress"


@pytest.mark.slow
def test_a_constant_regressor_counts_as_no_correlation_in_folds(tmp_path):
    manifest = write_corpus(tmp_path / "d", classes=("low", "mid", "high"), speakers=3)
    result = compare(
        manifest, models=["fake_family:Guess"], out=tmp_path / "c", folds=3, task="regress",
        label_column="score",
    )  # fmt: skip
    model = result["models"]["Guess"]
    assert [fold["pearson"] for fold in model["folds"]] == [None] * 3
    assert model["metrics"]["pearson"] == 0.0


def test_skipped_files_are_counted_and_named(tmp_path):
    manifest = write_corpus(tmp_path / "d")
    (tmp_path / "d" / "low_0_0.flac").write_bytes(b"")
    with pytest.raises(ValueError, match=r"low_0_0\.flac: is empty .*--on-error skip"):
        compare(manifest, models=BOTH[:1], out=tmp_path / "c")
    assert not (tmp_path / "c").exists()
    lines = []
    result = compare(
        manifest, models=BOTH[:1], out=tmp_path / "c", on_error="skip", log=lines.append
    )
    (entry,) = result["data"]["skipped"]
    assert entry["path"].endswith("low_0_0.flac")
    assert "skipped 1 bad file:" in lines
    assert "low_0_0.flac: is empty" in (tmp_path / "c" / "report.html").read_text()
    assert read_recipe(tmp_path / "c" / "Level")["skipped"] == [entry]


@pytest.mark.parametrize(
    ("behavior", "words"),
    [("fails", "Level: the loss is NaN. Lower the"), ("killed", "was killed by signal 9")],
)
def test_a_model_that_fails_is_named_and_no_result_is_written(
    behavior, words, corpus, tmp_path, monkeypatch
):
    monkeypatch.setenv("FAKE_FAMILY", behavior)
    with pytest.raises((ValueError, OSError), match=words):
        compare(corpus, models=BOTH[:1], out=tmp_path / "c")
    assert not (tmp_path / "c" / "compare.json").exists()


@pytest.mark.parametrize(
    "bad",
    [{"models": []}, {"models": "vgg"}, {"margin": -0.1}, {"folds": 1}, {"folds": "some"},
     {"task": "rank"}],
)  # fmt: skip
def test_a_bad_argument_is_named_before_anything_is_read(bad, tmp_path):
    arguments = {"models": BOTH, **bad}
    with pytest.raises(ValueError, match=f"`{next(iter(bad))}` must be"):
        compare("nowhere.csv", out=tmp_path / "c", **arguments)


def test_predictions_are_a_plain_csv(held_out):
    with (held_out[0] / "predictions.csv").open(newline="") as file:
        header = next(csv.reader(file))
    assert header == [
        "path", "start_s", "end_s", "group", "fold", "true",
        "Level", "Level_probability", "Level_p_high", "Level_p_low", "Level_p_mid",
        "Guess", "Guess_probability", "Guess_p_high", "Guess_p_low", "Guess_p_mid",
    ]  # fmt: skip


def test_the_confidence_of_each_model_is_measured(held_out):
    model = held_out[1]["models"]["Level"]
    for when in ("before", "after"):
        assert 0 <= model["calibration"][when]["brier"] < 0.1
        assert 0 <= model["calibration"][when]["ece"] < 0.3
    assert model["per_class"]["mid"] == {
        **model["per_class"]["mid"], "precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 2,
    }  # fmt: skip
    assert model["selective"]["risk_coverage"]["risk"][-1] == 0.0


def test_the_worst_errors_are_those_that_a_model_was_surest_of(held_out):
    worst = held_out[1]["worst"]
    assert worst["Level"] == []
    assert {error["predicted"] for error in worst["Guess"]} == {"high"}
    assert {error["true"] for error in worst["Guess"]} == {"low", "mid"}
    sure = [error["confidence"] for error in worst["Guess"]]
    assert sure == sorted(sure, reverse=True)
