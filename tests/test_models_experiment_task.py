"""The task is inferred from the labels and logged; ambiguous labels are an error."""

import numpy as np
import pytest
from small_corpus import read_rows, write_class_folders, write_corpus, write_manifest

from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.experiment.evaluate import evaluate
from kapre_like.models.experiment.task_inference import check_classes, infer_task
from kapre_like.models.experiment.train import train

LEVEL = "fake_family:Level"
DECIMALS = [f"{score:.3f}" for score in np.random.default_rng(0).uniform(0, 10, 60)]
DIGITS = [*"0123456789"] * 5
UNBALANCED = ["0"] * 80 + [*"1234"] * 5


@pytest.mark.parametrize(
    ("labels", "column", "task"),
    [
        (["yes", "no", "yes"], "score", "classify"),
        (["1", "2", "noise"], "label", "classify"),
        (["True", "False"], "rating", "classify"),
        (["0026", "0001", "03"], "rating", "classify"),
        (["0", "1", "1"], "noisy", "classify"),
        (DIGITS, "label", "classify"),
        (UNBALANCED, "label", "classify"),
        (["1", "2", "3"], "emotion_class", "classify"),
        (["1.0", "0.0", "2.0"], "target", "classify"),
        (["3.5", "3.5"], "score", "classify"),
        (DECIMALS, "label", "regress"),
        (DECIMALS, "anything", "regress"),
        ([value.replace(".", ",") for value in DECIMALS], "label", "regress"),
        (["-1.5e1", "2.5", "3", "4.5", " "], "label", "regress"),
        (["1.5", "2", "2.5", "2"] * 9, "MOSscores", "regress"),
    ],
)
def test_the_task_is_inferred_from_the_labels(labels, column, task):
    found = infer_task(labels, column=column)
    assert found.task == task
    assert found.note.startswith({"classify": "task: classes", "regress": "task: scores"}[task])


@pytest.mark.parametrize(
    ("labels", "column"),
    [
        ([*"12345"] * 9, "score"),
        ([*"12345"] * 9, "x7"),
        ([*"135"] * 9, "label"),
        ([*"34567"] * 9, "label"),
        ([str(n) for n in range(50)] * 2, "target"),
        (["20", "31", "44"], "age"),
        (["0.5", "1.5"] * 9, "label"),
    ],
)
def test_what_can_be_both_is_refused_with_the_fix(labels, column):
    with pytest.raises(ValueError, match="--task classify or --task regress") as error:
        infer_task(labels, column=column)
    assert repr(column) in str(error.value)


def test_a_slip_of_the_pen_among_scores_is_named():
    with pytest.raises(ValueError, match=r"1 text \(such as 'n/a'\)"):
        infer_task([*DECIMALS, "n/a"], column="score")


def test_class_folders_are_classes_whatever_they_are_called():
    assert infer_task(DECIMALS, column="label", folders=True).task == "classify"


def test_numbers_as_classes_say_how_to_have_scores():
    said = infer_task(DIGITS, column="label").note
    assert said == "task: classes (10 labels: 0, 1, 2, ...); for scores: --task regress"


def test_classes_of_scores_are_refused_where_they_are_few_each():
    with pytest.raises(ValueError, match=r"60 different numbers.*fewer than 10 clips"):
        check_classes(DECIMALS, column="total")
    assert "look like scores" in check_classes(DECIMALS * 10, column="total")
    assert check_classes(DIGITS, column="label") == ""
    assert check_classes(["a", "1.5"], column="label") == ""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def models(corpus, tmp_path_factory):
    """A model of classes and one of scores, both by inference, with their logs."""
    folder, said = tmp_path_factory.mktemp("models"), []
    train(corpus, model=LEVEL, out=folder / "classes", log=said.append)
    train(corpus, model=LEVEL, out=folder / "scores", label_column="score", log=said.append)
    return folder, said


def test_train_infers_logs_and_saves_the_task(models):
    folder, said = models
    assert [read_recipe(folder / name)["task"] for name in ("classes", "scores")] == [
        "classify", "regress",
    ]  # fmt: skip
    assert read_recipe(folder / "scores")["task_inferred"] is True
    lines = [line for line in said if line.startswith("task: ")]
    assert lines[0].startswith("task: classes (2 labels: high, low); reading 24 clips")
    assert lines[1].startswith("task: scores, 12 different numbers from 0.22 to 2.16")


def test_a_task_that_is_given_is_not_inferred(corpus, tmp_path):
    recipe = train(corpus, model=LEVEL, task="classify", out=tmp_path / "m")
    assert recipe["task_inferred"] is False
    recipe = train(write_class_folders(tmp_path / "f"), model=LEVEL, out=tmp_path / "n")
    assert (recipe["task"], recipe["task_inferred"]) == ("classify", True)


def test_doubt_is_refused_before_a_sound_is_read(corpus, tmp_path):
    rows = [
        {**row, "path": f"gone_{row['path']}", "score": str(1 + number % 5)}
        for number, row in enumerate(read_rows(corpus))
    ]
    write_manifest(tmp_path / "m.csv", rows)
    with pytest.raises(
        ValueError, match=r"m\.csv: the column 'score' contains 5 different whole"
    ):
        train(tmp_path / "m.csv", label_column="score", model=LEVEL, out=tmp_path / "m")


def test_evaluate_refuses_labels_of_another_task(corpus, models):
    folder, _ = models
    with pytest.raises(ValueError, match=r"predicts classes \(high, low\).*are numbers"):
        evaluate(folder / "classes", corpus, label_column="score")
    with pytest.raises(ValueError, match="are none of these"):
        evaluate(folder / "classes", corpus, label_column="speaker")
    with pytest.raises(ValueError, match="predicts scores, but the labels are text"):
        evaluate(folder / "scores", corpus, label_column="label")
