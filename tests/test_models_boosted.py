"""`BoostedModel`: learns real files, survives saving, is light to open, and is honest."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from kapre_like.audio import folds, hold_out, read, read_dataset

pytest.importorskip("catboost")

from kapre_like.models.artifact.recipe import write_recipe
from kapre_like.models.boosted.family import BoostedModel, BoostedSettings
from kapre_like.models.training import trees

RATE = 8000
FEW = BoostedSettings(n_mels=16)
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Six speakers say tones of three pitches; the score is the pitch in kHz."""
    folder = tmp_path_factory.mktemp("tones")
    rows, rng = [], np.random.default_rng(0)
    for speaker in range(6):
        for name, hz in {"low": 250, "mid": 700, "high": 1800}.items():
            for take in range(4):
                pitch = hz * (1 + 0.03 * speaker) * rng.uniform(0.97, 1.03)
                time = np.arange(2000 + 200 * take) / RATE
                wave = 0.3 * np.sin(2 * np.pi * pitch * time) + 0.01 * rng.normal(
                    size=len(time)
                )
                path = folder / f"{speaker}_{name}_{take}.flac"
                soundfile.write(path, wave, RATE)
                rows.append((path.name, name, pitch / 1000, f"s{speaker}"))
    manifest = pd.DataFrame(rows, columns=["path", "label", "score", "speaker"])
    manifest.to_csv(folder / "m.csv", index=False)
    return read_dataset(folder / "m.csv")


def recipe_of(table, **changes):
    return {
        "format": 2, "family": "boosted", "task": "classify", "sample_rate": RATE,
        "class_names": ["high", "low", "mid"], "seconds": None, "seed": 0, "epochs": 30,
        **changes,
    }  # fmt: skip


def parts(table):
    return tuple(table[table["group"].isin(names)] for names in (
        ["s0", "s1", "s2", "s3"], ["s4"], ["s5"],
    ))  # fmt: skip


def waves(table):
    return [read(path, sample_rate=RATE) for path in table["path"]]


def train(table, *, lines=None, settings=FEW, **changes):
    fit, valid, _ = parts(table)
    log = (lambda line: None) if lines is None else lines.append
    recipe = recipe_of(table, **changes)
    return BoostedModel.train(fit, valid, recipe=recipe, settings=settings, log=log)


@pytest.fixture(scope="module")
def model(table):
    return train(table)


@pytest.fixture(scope="module")
def scores(table):
    return table.assign(label=pd.read_csv(Path(table["path"][0]).parent / "m.csv")["score"])


def test_unknown_speakers_are_understood(table, model):
    test = parts(table)[2]
    got = model.predict(waves(test))
    assert got.shape == (len(test), 3)
    np.testing.assert_allclose(got.sum(axis=1), 1.0, atol=1e-9)
    assert [model.recipe["class_names"][i] for i in got.argmax(axis=1)] == test[
        "label"
    ].tolist()


def test_history_importances_and_size_are_told(model):
    assert set(model.history) == {"train_loss", "valid_loss", "valid_accuracy"}
    lengths = {len(values) for values in model.history.values()}
    assert len(lengths) == 1
    assert model.recipe["settings"]["n_trees"] <= lengths.pop() <= 30
    assert model.history["train_loss"][-1] < model.history["train_loss"][0]
    names, values = zip(*model.importances, strict=True)
    assert len(set(names)) == len(names)
    assert list(values) == sorted(values, reverse=True)
    assert sum(values) == pytest.approx(100.0)
    assert model.n_parameters > 0
    assert model.name == "boosted"


def test_saved_and_loaded_it_predicts_the_same(table, model, tmp_path):
    model.save(tmp_path)
    write_recipe(tmp_path, model.recipe)
    assert sorted(p.name for p in tmp_path.iterdir()) == [*model.model_files(), "recipe.json"]
    loaded = BoostedModel.load(tmp_path)
    clips = waves(parts(table)[2])
    np.testing.assert_array_equal(loaded.predict(clips), model.predict(clips))
    assert loaded.recipe == json.loads(json.dumps(model.recipe))
    assert loaded.importances == model.importances
    assert loaded.n_parameters == model.n_parameters


def test_a_clip_is_predicted_the_same_alone_and_among_others(table, model):
    clips = waves(parts(table)[2])
    alone = np.concatenate([model.predict([clip]) for clip in clips])
    np.testing.assert_array_equal(alone, model.predict(clips))


def test_the_seed_decides(table, model):
    clips = waves(parts(table)[2])
    np.testing.assert_array_equal(train(table).predict(clips), model.predict(clips))
    assert (train(table, seed=1).predict(clips) != model.predict(clips)).any()


def test_scores_are_learned(scores):
    test = parts(scores)[2]
    model = train(scores, task="regress", class_names=None, epochs=200)
    got = model.predict(waves(test))
    assert got.shape == (len(test),)
    assert np.corrcoef(got, test["label"])[0, 1] > 0.95
    assert set(model.history) == {"train_loss", "valid_loss"}


def test_regression_saved_and_loaded(scores, tmp_path):
    model = train(scores, task="regress", class_names=None)
    model.save(tmp_path)
    write_recipe(tmp_path, model.recipe)
    clips = waves(scores[:3])
    np.testing.assert_array_equal(
        BoostedModel.load(tmp_path).predict(clips), model.predict(clips)
    )


def test_two_classes_and_classes_without_rows(table):
    two = table[table["label"] != "mid"]
    got = train(two, class_names=["high", "low"]).predict(waves(two[:2]))
    assert got.shape == (2, 2)
    fit, valid, _ = parts(table)
    fit = fit[fit["label"] != "mid"]
    # "mid" stands in validation alone: not learned when the trees are counted, learned after.
    model = BoostedModel.train(fit, valid, recipe=recipe_of(table), settings=FEW, log=str)
    assert (model.predict(waves(table[:1]))[:, 2] > 0).all()
    lacking = BoostedModel.train(
        fit, valid[valid["label"] != "mid"], recipe=recipe_of(table), settings=FEW, log=str
    )
    got = lacking.predict(waves(table[:3]))
    np.testing.assert_array_equal(got[:, 2], 0.0)
    np.testing.assert_allclose(got.sum(axis=1), 1.0)


def test_rare_classes_count_as_much(table):
    fit, valid, test = parts(table)
    rare = pd.concat([fit[fit["label"] == "high"][:2], fit[fit["label"] != "high"]])
    model = BoostedModel.train(rare, valid, recipe=recipe_of(table), settings=FEW, log=str)
    high = test[test["label"] == "high"]
    assert (model.predict(waves(high)).argmax(axis=1) == 0).mean() >= 0.75


def test_the_crop_of_training_is_the_crop_of_predicting(table):
    model = train(table, seconds=0.1)
    clip = waves(table[:1])[0]
    middle = clip[(len(clip) - 800) // 2 :][:800]
    np.testing.assert_array_equal(model.predict([clip]), model.predict([middle]))


def test_without_validation_rows_all_trees_are_grown(table):
    fit, valid, _ = parts(table)
    model = BoostedModel.train(
        fit, valid[:0], recipe=recipe_of(table, epochs=7), settings=FEW, log=str
    )
    assert model.recipe["settings"]["n_trees"] == model.booster.tree_count_ == 7
    assert set(model.history) == {"train_loss"}


def test_training_writes_nothing_where_the_user_stands(table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = []
    train(table, lines=lines, epochs=3)
    assert list(tmp_path.iterdir()) == []
    assert any("features of 60 clips" in line for line in lines)


def test_one_label_alone_is_refused(table):
    one = table[table["label"] == "low"]
    with pytest.raises(ValueError, match=r"two different labels.*'low'.*label column"):
        train(one)


def test_settings_of_the_recipe_reach_catboost_and_features(table):
    settings = BoostedSettings(n_mels=8, depth=2, catboost={"l2_leaf_reg": 7.0})
    model = train(table, settings=settings, epochs=5)
    asked = model.booster.get_params()
    assert (asked["depth"], asked["l2_leaf_reg"]) == (2, 7.0)
    assert asked["rsm"] == trees.SETTINGS["rsm"]
    assert asked["learning_rate"] == trees.LEARNING_RATE["classify"]
    assert sum(name.startswith("mel_") for name, _ in model.importances) == 8 * 11
    # At most 4 leaves per tree and class.
    assert len(model.booster.get_leaf_values()) <= model.booster.tree_count_ * 4 * 3


def test_folders_that_do_not_fit_are_refused(table, model, tmp_path):
    with pytest.raises(ValueError, match=r"recipe\.json"):
        BoostedModel.load(tmp_path)
    write_recipe(tmp_path, model.recipe)
    with pytest.raises(ValueError, match=r"model\.cbm: no such file"):
        BoostedModel.load(tmp_path)
    (tmp_path / "model.cbm").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"model\.cbm: not a CatBoost model"):
        BoostedModel.load(tmp_path)
    model.save(tmp_path)
    other = {**model.recipe["settings"], "n_mels": 12}
    write_recipe(tmp_path, {**model.recipe, "settings": other})
    with pytest.raises(ValueError, match="trained on other features than its recipe"):
        BoostedModel.load(tmp_path)


def test_predicting_imports_nothing_heavy(table, model, tmp_path):
    model.save(tmp_path)
    write_recipe(tmp_path, model.recipe)
    code = (
        "import sys\n"
        "from kapre_like.models.boosted import BoostedModel\n"
        "from kapre_like.audio import read\n"
        f"model = BoostedModel.load({str(tmp_path)!r})\n"
        f"model.predict([read({table['path'][0]!r}, sample_rate={RATE})])\n"
        "heavy = {'keras', 'tensorflow', 'sklearn', 'scipy.signal', 'torch'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def shared(name):
    if not (SHARED / name).exists():
        pytest.skip(f"{name} is not beside this checkout (shared/data)")
    return SHARED / name


def split_of(table, test):
    rest = table[~test]
    held = hold_out(rest, seed=0, share=1 / 6)
    return rest[~held], rest[held], table[test]


@pytest.mark.slow
def test_digits_of_unknown_speakers_reach_the_goal():
    table = read_dataset(shared("fsdd/labels.csv"))
    rates = []
    for _, mask in folds(table, "leave-one-group-out", seed=0):
        fit, valid, test = split_of(table, mask)
        recipe = recipe_of(
            table, sample_rate=16000, class_names=table.attrs["class_names"], epochs=None,
        )  # fmt: skip
        model = BoostedModel.train(fit, valid, recipe=recipe, log=str)
        got = model.predict([read(path, sample_rate=16000) for path in test["path"]])
        rates.append((got.argmax(axis=1) == test["label"].astype(int)).mean())
    assert np.mean(rates) > 0.53


@pytest.mark.slow
def test_fluency_of_unknown_speakers_reaches_the_goal():
    data = shared("speechocean762/utterances.csv")
    table = read_dataset(data, task="regress", label_column="fluency")
    table = table[::2]  # half of it and one fold of five: quick
    fit, valid, test = split_of(table, folds(table, 5, seed=0)[1][1])
    recipe = recipe_of(table, task="regress", class_names=None, sample_rate=16000, epochs=300)
    model = BoostedModel.train(fit, valid, recipe=recipe, log=str)
    got = model.predict([read(path, sample_rate=16000) for path in test["path"]])
    assert np.corrcoef(got, test["label"])[0, 1] > 0.65
