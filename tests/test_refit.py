"""The last epochs of `vgg` are on all clips, with those for validation."""

import math

import numpy as np
import pytest
from backend_tools import untraced
from small_corpus import RATE, write_corpus
from tolerances import FLOAT32

from kapre_like.audio import read, read_dataset
from kapre_like.audio.scan import scan
from kapre_like.models import train
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.training import loop
from kapre_like.models.training import refit as refit_module
from kapre_like.models.training.epoch_budget import EpochBudget
from kapre_like.models.training.loop import Progress
from kapre_like.models.training.refit import (
    held_out_of,
    refit_epochs,
    refit_schedule,
    together,
)
from kapre_like.models.training.schedule import Schedule
from kapre_like.models.vgg import VGGModel
from kapre_like.models.vgg import training as training_module

pytestmark = pytest.mark.usefixtures("eagerly")
SETTINGS = {"row": "tiny", "augment": "none"}


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"), speakers=4)


@pytest.fixture(scope="module")
def tables(manifest):
    table = scan(read_dataset(manifest, group_column="speaker"), sample_rate=RATE).table
    held = table["group"] == "s3"
    return table[~held].reset_index(drop=True), table[held].reset_index(drop=True)


def fitted(tables, folder, epochs, log=lambda _: None, **settings):
    recipe = {
        "format": 2, "family": "vgg", "task": "classify", "class_names": ["high", "low"],
        "sample_rate": RATE, "seconds": None, "length_rule": "whole", "seed": 3,
        "epochs": epochs, "settings": settings,
    }  # fmt: skip
    chosen = VGGModel.Settings(**SETTINGS, **settings)
    return VGGModel.train(*tables, recipe=recipe, settings=chosen, folder=folder, log=log)


@pytest.fixture(scope="module")
def once(tables, tmp_path_factory):
    """Two epochs on the training clips alone, as the first cycle of three epochs."""
    folder = tmp_path_factory.mktemp("once")
    with untraced():
        return fitted(tables, folder, 2, refit=False)


def test_a_fifth_of_the_epochs_is_on_all_clips_at_a_lower_rate():
    assert [refit_epochs(n) for n in (1, 2, 3, 5, 32, 78)] == [0, 0, 1, 1, 6, 16]
    first = Schedule(epochs=26, peak_rate=0.01, weight_decay=0.1, patience=7)
    second = refit_schedule(first, 6)
    assert (second.epochs, second.patience, second.weight_decay) == (6, 6, 0.1)
    assert second.peak_rate == pytest.approx(0.003)


def test_both_cycles_are_one_training():
    first = Progress(4, 0.3, 4, 10.0, {"train_loss": [3.0, 2.0], "valid_loss": [4.0, 3.0]})
    both = together(first, Progress(1, 0.1, 1, 5.0, {"train_loss": [1.0]}))
    assert (both.epoch, both.seconds, both.best_epoch) == (5, 15.0, 4)
    assert both.history == {"train_loss": [3.0, 2.0, 1.0], "valid_loss": [4.0, 3.0]}


def test_the_network_is_judged_on_the_validation_clips_before_it_learns_from_them(
    tables, once, tmp_path
):
    model = fitted(tables, tmp_path, 3)
    assert model.trains_on_valid
    assert model.held_out.digests == list(tables[1]["digest"])
    # The first cycle is the same training with two epochs.
    clips = [read(path, sample_rate=RATE).ravel() for path in tables[1]["path"]]
    np.testing.assert_allclose(model.held_out.output, once.predict(clips), atol=1e-3)
    assert np.abs(model.predict(clips) - model.held_out.output).max() > FLOAT32
    assert model.recipe["settings"]["refit_epochs"] == 1
    assert model.recipe["settings"]["best_epoch"] == 2
    assert len(model.history["train_loss"]) == 3
    assert len(model.history["valid_loss"]) == 2


def test_without_it_the_network_knows_the_training_clips_only(once):
    assert not once.trains_on_valid
    assert once.held_out is None
    assert once.recipe["settings"]["refit_epochs"] == 0


def test_a_run_that_is_killed_in_the_second_cycle_resumes_there(tables, tmp_path):
    whole = fitted(tables, tmp_path / "whole", 8)
    seen = []

    def kill_in_second_cycle(line):
        seen.append(line)
        if line.startswith("all clips: epoch 1/2"):
            raise Killed

    with pytest.raises(Killed):
        fitted(tables, tmp_path / "cut", 8, log=kill_in_second_cycle)
    assert "second cycle: all 16 clips, epochs: 2" in seen
    lines = []
    resumed = fitted(tables, tmp_path / "cut", 8, log=lines.append)
    assert [line.split(",")[0] for line in lines if "resuming" in line] == [
        "resuming after epoch 6", "all clips: resuming after epoch 1",
    ]  # fmt: skip
    assert [line.split()[:4] for line in lines if "epoch " in line and "loss" in line] == [
        ["all", "clips:", "epoch", "2/2"]
    ]
    np.testing.assert_allclose(resumed.held_out.output, whole.held_out.output, atol=1e-3)
    for a, b in zip(resumed.model.weights, whole.model.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-3)


def test_without_time_for_it_there_is_no_second_cycle(tables, once, tmp_path, monkeypatch):
    monkeypatch.setattr(EpochBudget, "is_over", lambda _, progress: progress.epoch >= 2)
    model = fitted(tables, tmp_path, 3)
    assert (model.trains_on_valid, model.held_out) == (False, None)
    assert model.recipe["settings"]["refit_epochs"] == 0
    for a, b in zip(model.model.weights, once.model.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-3)


def test_a_time_limit_that_ends_before_the_second_cycle_leaves_it_one_epoch(
    tables, tmp_path, monkeypatch
):
    over = []

    def late(*arguments):
        over.append(True)
        return held_out_of(*arguments)

    monkeypatch.setattr(training_module, "held_out_of", late)
    monkeypatch.setattr(EpochBudget, "is_over", lambda *_: bool(over))
    model = fitted(tables, tmp_path, 8)
    assert model.trains_on_valid
    assert model.recipe["settings"]["refit_epochs"] == 1


def test_a_first_cycle_that_stops_early_is_followed_by_a_fifth_of_its_epochs(
    tables, tmp_path, monkeypatch
):
    monkeypatch.setattr(loop, "_out_of_patience", lambda progress, _: progress.epoch >= 5)
    model = fitted(tables, tmp_path, 20, patience=1)
    assert model.recipe["settings"]["refit_epochs"] == 1
    assert len(model.history["train_loss"]) == 6


def test_a_second_cycle_that_diverges_does_not_count(tables, once, tmp_path, monkeypatch):
    def in_second_cycle(progress):
        return progress.epoch > 0 and "valid_loss" not in progress.history

    lines = []
    monkeypatch.setattr(refit_module, "diverged", in_second_cycle)
    model = fitted(tables, tmp_path, 3, log=lines.append)
    assert any("not finite" in line for line in lines)
    assert (model.trains_on_valid, model.held_out) == (False, None)
    for a, b in zip(model.model.weights, once.model.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-3)


def test_an_epoch_that_diverges_is_never_the_best():
    progress = Progress()
    losses = (2.0, 1.0, math.nan, math.inf)
    better = [loop._add_metrics(progress, {"train_loss": loss}, None) for loss in losses]
    assert better == [True, True, False, False]
    assert progress.best_epoch == 2


def test_a_loaded_model_knows_whether_it_learned_from_the_validation_clips(once):
    assert not VGGModel(once.model, recipe=once.recipe).trains_on_valid
    settings = {**once.recipe["settings"], "refit_epochs": 1}
    assert VGGModel(once.model, recipe={**once.recipe, "settings": settings}).trains_on_valid


def test_the_recipe_names_all_clips_as_trained_on(manifest, tmp_path):
    for refit, n in ((True, 16), (False, 12)):
        out = tmp_path / str(refit)
        train(
            manifest, model="vgg", out=out, group_column="speaker", sample_rate=RATE, epochs=3,
            settings={**SETTINGS, "refit": refit}, log=lambda _: None,
        )  # fmt: skip
        recipe = read_recipe(out)
        assert recipe["trained_on"]["n"] == n
        assert recipe["validated_on"]["n"] == 4
        # The calibration is on the validation clips in both cases.
        assert recipe["calibration"]["n"] == 4


def test_scores_are_held_out_as_one_number_each_and_calibrated(manifest, tmp_path):
    model = train(
        manifest, model="vgg", out=tmp_path / "model", group_column="speaker", task="regress",
        label_column="score", sample_rate=RATE, epochs=3, settings=SETTINGS,
        log=lambda _: None,
    )  # fmt: skip
    assert model["settings"]["refit_epochs"] == 1
    assert model["calibration"]["method"] == "conformal"
    assert model["calibration"]["n"] == 4
