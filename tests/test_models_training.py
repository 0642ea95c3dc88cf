"""Training: a killed run resumes after its last epoch and ends like an uninterrupted one."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile
from tolerances import FLOAT32, FLOAT32_SHORT

from kapre_like.audio.scan import scan
from kapre_like.models.training.compiling import compile_model
from kapre_like.models.training.loop import (
    Progress,
    Schedule,
    _add_metrics,
    _checkpoint_folder,
    _out_of_patience,
    _renamed,
)
from kapre_like.models.vgg import VGGModel, vgg

RATE = 8000
EPOCHS = 4


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Two classes of tones in noise, 0.2 to 0.4 s, as files."""
    folder = tmp_path_factory.mktemp("tones")
    rng, rows = np.random.default_rng(0), []
    for i in range(24):
        label, samples = i % 2, rng.integers(1600, 3200)
        tone = np.sin(2 * np.pi * (500, 1500)[label] * np.arange(samples) / RATE)
        path = folder / f"{i}.wav"
        soundfile.write(path, 0.3 * tone + rng.normal(0, 0.05, samples), RATE)
        rows.append((str(path), "low" if label == 0 else "high", np.nan, np.nan))
    return scan(
        pd.DataFrame(rows, columns=["path", "label", "start_s", "end_s"]), sample_rate=RATE
    ).table


def recipe(**changes):
    facts = {
        "format": 2,
        "family": "vgg",
        "task": "classify",
        "class_names": ["high", "low"],
        "sample_rate": RATE,
        "seconds": None,
        "seed": 7,
        "epochs": EPOCHS,
    }
    return {**facts, "length_rule": "center" if changes.get("seconds") else "whole", **changes}


def train(table, folder, log=lambda line: None, **changes):
    return VGGModel.train(
        table[:16],
        table[16:],
        recipe=recipe(**changes),
        settings=VGGModel.Settings(row="tiny"),
        folder=folder,
        log=log,
    )


# Run as a program of its own, which kills itself, as the kernel would, after its first epoch.
KILLED = """
import json, os, pathlib, signal, sys
import pandas as pd
import tensorflow as tf
from kapre_like.models.vgg import VGGModel
tf.config.run_functions_eagerly(True)
table = pd.read_json(sys.argv[1], dtype={"label": str})
folder, recipe = sys.argv[2:]
def log(line):
    if line.startswith("epoch 1/"):
        os.kill(os.getpid(), signal.SIGKILL)
table[["start_s", "end_s"]] = table[["start_s", "end_s"]].astype(float)
VGGModel.train(table[:16], table[16:], recipe=json.loads(recipe),
               settings=VGGModel.Settings(row="tiny"), folder=pathlib.Path(folder), log=log)
"""


@pytest.mark.usefixtures("eagerly")
def test_a_killed_run_goes_on_and_ends_like_one_that_was_not(table, tmp_path):
    whole = train(table, tmp_path / "whole", epochs=2)
    table.to_json(tmp_path / "table.json")
    (tmp_path / "killed.py").write_text(KILLED)
    command = [sys.executable, "killed.py", "table.json", "cut", json.dumps(recipe(epochs=2))]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    lines = []
    resumed = train(table, tmp_path / "cut", log=lines.append, epochs=2)
    assert lines[1].startswith("resuming after epoch 1")
    assert [line.split()[1] for line in lines[2:]] == ["2/2"]
    for name, values in whole.history.items():
        # Sums in threads differ in their last bits, and training amplifies them.
        np.testing.assert_allclose(resumed.history[name], values, rtol=1e-2, atol=1e-3)
    for a, b in zip(resumed.model.weights, whole.model.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-3)


@pytest.mark.usefixtures("eagerly")
def test_another_seed_does_not_go_on_where_this_one_stopped(table, tmp_path):
    lines = []
    train(table, tmp_path, epochs=1)
    train(table, tmp_path, log=lines.append, epochs=1, seed=8)
    assert lines[1].startswith("epoch 1/1")
    assert len(list(tmp_path.glob("epochs-*"))) == 1


@pytest.mark.usefixtures("eagerly")
@pytest.mark.slow
def test_the_seed_decides_the_weights(table, tmp_path):
    first, again, other = (
        train(table, tmp_path / str(i), epochs=1, seed=seed).model.get_weights()
        for i, seed in enumerate((1, 1, 2))
    )
    np.testing.assert_allclose(first[4], again[4], atol=FLOAT32)
    assert np.abs(first[4] - other[4]).max() > 1e-2


def test_it_learns_and_a_saved_model_predicts_the_same(table, tmp_path):
    from kapre_like.audio import read
    from kapre_like.models.artifact.recipe import write_recipe

    model = train(table, tmp_path, epochs=12)
    waves = [read(path, sample_rate=RATE) for path in table["path"]]
    got = model.predict(waves)
    assert (got.argmax(1) == (table["label"] == "low")).mean() > 0.9
    np.testing.assert_allclose(got.sum(1), 1, rtol=FLOAT32)
    (tmp_path / "out").mkdir()
    model.save(tmp_path / "out")
    assert model.model_files() == [path.name for path in (tmp_path / "out").iterdir()]
    write_recipe(tmp_path / "out", model.recipe)
    np.testing.assert_allclose(
        VGGModel.load(tmp_path / "out").predict(waves), got, atol=FLOAT32_SHORT
    )


@pytest.mark.slow
def test_regression_learns_in_the_labels_own_unit(table, tmp_path):
    scored = table.assign(label=np.where(table["label"] == "low", 500.0, 1500.0))
    facts = {"task": "regress", "class_names": None, "epochs": 12}
    model = train(scored, tmp_path, **facts)
    from kapre_like.audio import read

    got = model.predict([read(path, sample_rate=RATE) for path in scored["path"]])
    assert got.shape == (24,)
    assert np.corrcoef(got, scored["label"])[0, 1] > 0.8
    assert abs(got.mean() - 1000) < 300


@pytest.mark.usefixtures("eagerly")
@pytest.mark.slow
def test_a_fixed_window_crops_and_pads_to_it(table, tmp_path):
    model = train(table, tmp_path, epochs=1, seconds=0.1)
    long = np.random.default_rng(0).normal(0, 0.1, RATE).astype("float32")
    middle = long[RATE // 2 - 400 : RATE // 2 + 400]
    np.testing.assert_allclose(
        model.predict([long]), model.predict([middle]), atol=FLOAT32_SHORT
    )


def test_what_a_run_killed_while_saving_left_behind_is_removed(tmp_path):
    folder = _checkpoint_folder(tmp_path, {"seed": 1})
    (folder / ".new-1-2-epoch-0003").mkdir()
    (folder / ".new-1-2-best.weights.h5").write_text("half")
    (folder / "epoch-0002").mkdir()
    assert _checkpoint_folder(tmp_path, {"seed": 1}) == folder
    assert [path.name for path in folder.iterdir()] == ["epoch-0002"]
    other = _checkpoint_folder(tmp_path, {"seed": 2})
    assert [*tmp_path.iterdir()] == [other]


def test_one_cycle_rises_to_the_peak_and_falls_to_nothing():
    model = vgg("tiny", class_names=["a", "b"])
    schedule = Schedule(epochs=10, peak_rate=0.01, warmup_share=0.25)
    compile_model(model, schedule, steps=4, task="classify")
    rates = [float(model.optimizer._learning_rate(step)) for step in range(41)]
    assert max(rates) == pytest.approx(0.01)
    assert rates.index(max(rates)) == 10
    assert rates[0] == pytest.approx(0.01 / 25)
    assert rates[-1] == pytest.approx(0, abs=1e-6)


def test_early_stopping_waits_for_its_patience():
    progress, schedule = Progress(), Schedule(epochs=9, patience=2)
    losses = [{"loss": [0.0], "val_loss": [loss]} for loss in (3.0, 2.0, 2.5, 2.1)]
    better = [_add_metrics(progress, _renamed(logs), "valid_loss") for logs in losses]
    assert better == [True, True, False, False]
    assert (progress.best_epoch, progress.best_loss) == (2, 2.0)
    assert _out_of_patience(progress, schedule)
    assert progress.history == {"train_loss": [0.0] * 4, "valid_loss": [3.0, 2.0, 2.5, 2.1]}
