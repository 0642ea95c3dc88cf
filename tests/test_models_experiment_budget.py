"""Minutes for a comparison: how they are dealt, and what becomes of them in a training."""

import json
import re
import time

import numpy as np
import pytest
from small_corpus import write_corpus

from kapre_like.models import train
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.experiment.budget import (
    Budget,
    budget_entry,
    budget_note,
    capped,
    overtime,
)
from kapre_like.models.training.deadline import Deadline


def test_each_training_gets_its_share_of_what_is_left():
    budget = Budget(20, trainings=4)
    # A share of 300 s, of which 20 s are for starting and judging.
    assert budget.share() == pytest.approx(280 / 60)
    budget.used(30.0)  # a light model
    assert budget.share() == pytest.approx((1170 / 3 - 20) / 60)
    budget.used(390.0)
    budget.used(390.0)
    assert budget.share() == pytest.approx((390 - 20) / 60)


def test_a_part_of_the_data_gets_a_part_of_the_time():
    budget = Budget(30, trainings=1.5)
    assert budget.share(0.5) == pytest.approx((600 - 20) / 60)


def test_with_no_time_left_something_is_trained_all_the_same():
    budget = Budget(1, trainings=2)
    budget.used(100.0)
    assert 0 < budget.share() <= 0.01


def test_without_minutes_there_is_no_limit_but_the_family_s_own():
    assert Budget(None, trainings=2).share() is None
    assert Budget(None, trainings=2).share(settings={"minutes": 3.0}) == 3.0
    assert Budget(60, trainings=1).share(settings={"minutes": 3.0}) == 3.0
    assert capped(2.0, {"minutes": 3.0}) == 2.0
    assert capped(2.0, {"minutes": None}) == 2.0


def result(seconds, **budget):
    return {
        "seconds_train": seconds, "seconds_process": seconds + 6,
        "settings": {"budget": budget} if budget else {},
    }  # fmt: skip


def test_the_report_tells_what_each_model_took_and_what_did_not_fit():
    few = {"epochs": 7, "note": "7 of 40 epochs fit"}
    found = {
        "vgg": [result(54, epochs=9, note=""), result(54, **few)],
        "boosted": [result(6)],
    }
    entry = budget_entry(3.0, found)
    assert entry["minutes"] == 3.0
    assert entry["models"]["vgg"] == {
        "minutes": 2.0, "epochs": 7, "fitted": False, "note": "7 of 40 epochs fit",
    }  # fmt: skip
    assert entry["models"]["boosted"] == {
        "minutes": 0.2, "epochs": None, "fitted": True, "note": "",
    }  # fmt: skip
    assert budget_entry(None, found) is None


def test_a_recipe_of_an_older_version_has_its_note_under_the_old_name():
    assert budget_note(result(54, said="7 of 40 epochs fit")) == "7 of 40 epochs fit"
    assert budget_note(result(54, note="", said="old")) == ""
    assert budget_note(result(54)) == ""


def test_a_model_that_takes_longer_than_its_share_is_named():
    assert overtime(1.0, result(65)) == ""
    assert overtime(None, result(65)) == ""
    # Notes and tables name the model before it.
    assert overtime(1.0, result(90)).startswith("took 1.5 minutes to train")


def test_trees_stop_at_their_deadline_and_say_so():
    catboost = pytest.importorskip("catboost")
    rows = np.random.default_rng(0).normal(size=(2000, 50))
    deadline = Deadline(0.5 / 60)
    booster = catboost.CatBoostRegressor(
        iterations=10**6, logging_level="Silent", allow_writing_files=False, thread_count=1
    )
    began = time.perf_counter()
    booster.fit(rows, rows[:, 0], callbacks=[deadline])
    # Far less than a million trees take; CatBoost prepares its data before the first.
    assert 0.5 < time.perf_counter() - began < 20
    said = deadline.entry(booster.tree_count_)["budget"]["note"]
    assert f"{booster.tree_count_} trees fit into the 0.00833 minutes" in said


def test_trees_without_a_deadline_or_in_time_say_nothing():
    assert Deadline(None).after_iteration(None)
    assert Deadline(None).entry(5) == {}
    deadline = Deadline(1.0)
    assert deadline.after_iteration(None)
    assert deadline.entry(5)["budget"]["note"] == ""


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"), speakers=6, takes=4)


class Numbers:
    """A pipeline whose clips are three numbers."""

    n_batches = 12

    def epoch(self, epoch):
        import tensorflow as tf

        batch = np.ones((4, 3), "float32"), np.ones((4, 1), "float32")
        return tf.data.Dataset.from_tensors(batch).repeat(self.n_batches)


@pytest.fixture
def tiny():
    """What `epoch_budget` takes: the smallest network, and its pipelines."""
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    return {
        "model": model,
        "train_pipeline": Numbers(),
        "valid_pipeline": Numbers(),
        "prepare": lambda model: model.compile("adam", "mse"),
        "log": lambda line: None,
    }


def budget_of(tiny, folder, **arguments):
    from kapre_like.models.training.epoch_budget import epoch_budget

    parts = {name: tiny[name] for name in ("prepare", "log")}
    pipelines = (tiny["model"], tiny["train_pipeline"], tiny["valid_pipeline"])
    return epoch_budget(*pipelines, folder=folder, **parts, **arguments)


def test_an_epoch_is_timed_once_and_the_weights_are_as_before(tiny, tmp_path):
    before = tiny["model"].get_weights()
    budget = budget_of(tiny, tmp_path, minutes=1.0, wanted=10**6)
    for old, new in zip(before, tiny["model"].get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert 1 <= budget.epochs < 10**6
    # The plan keeps below the time, tracing included, and leaves no great part of it.
    assert 10 < budget.epochs * budget.seconds_per_epoch < 60
    assert "of 1000000 epochs fit into 1 minutes" in budget.entry()["budget"]["note"]
    # What resumes has the same number, whatever the machine does now.
    kept = json.loads((tmp_path / "budget.json").read_text())
    (tmp_path / "budget.json").write_text(json.dumps({**kept, "epochs": 17}))
    assert budget_of(tiny, tmp_path, minutes=1.0, wanted=10**6).epochs == 17


def test_epochs_that_fit_are_not_cut_and_too_little_time_is_one_epoch(tiny, tmp_path):
    enough = budget_of(tiny, tmp_path / "a", minutes=1000.0, wanted=3)
    assert (enough.epochs, enough.entry()["budget"]["note"]) == (3, "")
    least = budget_of(tiny, tmp_path / "b", minutes=1e-6, wanted=3)
    assert (least.epochs, least.seconds_per_epoch) == (1, None)  # no time to try
    assert "1 of 3 epochs" in least.entry()["budget"]["note"]
    assert budget_of(tiny, tmp_path / "c", minutes=1e-6, wanted=3, min_epochs=2).epochs == 2
    free = budget_of(tiny, tmp_path / "d", minutes=None, wanted=3)
    assert (free.epochs, free.entry()) == (3, {})


def test_the_time_to_start_is_separate_from_the_epochs():
    """Of few minutes most may go into it: then the time of an epoch alone explains nothing."""
    from kapre_like.models.training.epoch_budget import EpochBudget

    slow = EpochBudget(1, 12, minutes=1.0, seconds_per_epoch=7.0, seconds_before=41.0)
    said = slow.entry()["budget"]["note"]
    assert said.startswith(
        "1 of 12 epochs fit into 1 minutes, at 7 s each after 41 s to start;"
    )


def test_training_stops_with_a_note_if_the_machine_becomes_slower():
    from kapre_like.models.training.epoch_budget import EpochBudget
    from kapre_like.models.training.loop import Progress

    budget = EpochBudget(10, 10, minutes=1.0, seconds_per_epoch=5.0)
    assert not budget.is_over(Progress(epoch=5, seconds=59.0))
    late = Progress(epoch=6, seconds=61.0)
    assert budget.is_over(late)
    assert "over after 6 of 10 epochs" in budget.entry(late)["budget"]["note"]
    assert budget.entry(Progress(epoch=10, seconds=61.0))["budget"]["note"] == ""
    assert not EpochBudget(10, 10).is_over(late)
    # Timing an epoch may have taken all the time. One epoch is trained all the same.
    slow = EpochBudget(1, 10, minutes=1e-9, seconds_per_epoch=5.0)
    assert not slow.is_over(Progress())
    assert slow.is_over(Progress(epoch=1))


@pytest.mark.slow
def test_a_network_trains_for_about_the_given_time(manifest, tmp_path):
    times = {}
    train(
        manifest, model="vgg", out=tmp_path / "m", sample_rate=8000, minutes=0.5,
        epochs=10**4, settings={"row": "tiny", "patience": 10**4},
        log=lambda line: times.setdefault(line, time.perf_counter()),
    )  # fmt: skip
    (began,) = (at for line, at in times.items() if line.startswith("training vgg"))
    # TensorFlow is imported in that time, and an epoch may begin just before the end.
    assert 10 < max(times.values()) - began < 60
    recipe = read_recipe(tmp_path / "m")
    budget = recipe["settings"]["budget"]
    assert recipe["minutes"] == budget["minutes"] == 0.5
    assert recipe["settings"]["epochs"] == budget["epochs"] < 10**4
    assert any(f"{budget['epochs']} of 10000 fit" in line for line in times)
    assert any(line.startswith(f"epoch 1/{budget['epochs']} ") for line in times)


CUT = {
    "boosted": ({}, r"boosted: \d+ trees fit into"),
    "vgg": ({"row": "tiny"}, r"vgg: 1 of \d+ epochs fit into"),
    "cascade": (
        {"light": "boosted", "heavy": "vgg", "heavy.row": "tiny"},
        r"cascade: light: \d+ trees fit into .*; heavy: 1 of \d+ epochs fit into",
    ),
}


@pytest.mark.parametrize("model", CUT)
def test_train_logs_what_did_not_fit(model, manifest, tmp_path):
    settings, words = CUT[model]
    lines = []
    recipe = train(
        manifest, model=model, out=tmp_path / "m", sample_rate=8000, minutes=1e-4,
        settings=settings, log=lines.append,
    )  # fmt: skip
    (line,) = (line for line in lines if re.match(words, line))
    assert line.endswith("more minutes may give a better model")
    assert line == f"{model}: {recipe['settings']['budget']['note']}"


@pytest.mark.parametrize("bad", [0, -1, "soon", float("nan")])
def test_minutes_that_are_none_are_refused_before_anything_is_read(bad, tmp_path):
    with pytest.raises(ValueError, match="`minutes` must be a number > 0"):
        train("nowhere.csv", out=tmp_path / "m", minutes=bad)
