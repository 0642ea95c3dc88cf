"""`BoostedModel`: learns real files, survives saving, is light to open, and is honest."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from tolerances import FLOAT64_LONG

from kapre_like.audio import folds, hold_out, read, read_dataset

pytest.importorskip("catboost")

from kapre_like.models.artifact.families import Job
from kapre_like.models.artifact.recipe import write_recipe
from kapre_like.models.boosted.family import BoostedModel, BoostedSettings
from kapre_like.models.training import trees

RATE = 8000
FEW = BoostedSettings(n_mels=16, max_trees=30)
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Tones of three pitches by six speakers; the score is the pitch in kHz."""
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
        "class_names": ["high", "low", "mid"], "seconds": None, "seed": 0, "epochs": None,
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
    np.testing.assert_allclose(got.sum(axis=1), 1.0, atol=FLOAT64_LONG)
    assert [model.recipe["class_names"][i] for i in got.argmax(axis=1)] == test[
        "label"
    ].tolist()


def test_history_importances_and_size_are_available(model):
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
    settings = BoostedSettings(n_mels=16, max_trees=200)
    model = train(scores, settings=settings, task="regress", class_names=None)
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
    # "mid" is in validation only: not learned when the trees are counted, learned after.
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


def test_without_validation_rows_folds_of_the_others_count_the_trees(table):
    fit, valid, _ = parts(table)
    settings = BoostedSettings(n_mels=16, max_trees=7)
    model = BoostedModel.train(
        fit, valid[:0], recipe=recipe_of(table), settings=settings, log=str
    )
    assert model.recipe["settings"]["n_trees"] == model.booster.tree_count_ == 7
    assert set(model.history) == {"train_loss", "valid_loss", "valid_accuracy"}
    assert len(model.held_out.digests) == len(fit)


def test_epochs_are_not_trees_and_reaching_max_trees_is_logged(table):
    lines = []
    model = train(table, lines=lines, epochs=2, settings=BoostedSettings(max_trees=6))
    assert model.recipe["settings"]["n_trees"] == 6
    [note] = model.recipe["settings"]["notes"]
    assert note.startswith("training stopped at max_trees=6")
    assert note in lines


def test_held_out_answers_are_of_models_that_had_not_seen_the_group(table):
    fit, valid, _ = parts(table)
    rng = np.random.default_rng(0)
    names = ["high", "low", "mid"]
    both = pd.concat([fit, valid])
    # Random labels: a model can predict those of its training rows only.
    labels = pd.Series(rng.choice(names, len(both)), index=both.index)
    model = BoostedModel.train(
        fit.assign(label=labels), valid.assign(label=labels), recipe=recipe_of(table),
        settings=FEW, log=str,
    )  # fmt: skip
    assert model.held_out.digests == both["path"].tolist()
    truth = np.array([names.index(label) for label in labels])
    output = model.held_out.output
    assert output.shape == (60, 3)
    np.testing.assert_allclose(output.sum(axis=1), 1.0, atol=FLOAT64_LONG)
    # By chance a third of 60, with a deviation of 3.7 clips: 0.55 is three and a half away.
    assert (output.argmax(axis=1) == truth).mean() < 0.55
    assert (model.predict(waves(both)).argmax(axis=1) == truth).mean() > 0.9


@pytest.mark.parametrize("takes", [1, 2, 3])
@pytest.mark.parametrize("speakers", [["s0"], ["s0", "s1"]])
def test_few_clips_work_or_are_refused_with_a_number(table, takes, speakers):
    some = table[table["group"].isin(speakers)].groupby(["group", "label"]).head(takes)
    settings = BoostedSettings(n_mels=8, max_trees=4)
    lines = []
    model = BoostedModel.train(
        some, some[:0], recipe=recipe_of(table), settings=settings, log=lines.append
    )
    assert model.predict(waves(some[:1])).shape == (1, 3)
    notes = " ".join(model.recipe["settings"]["notes"])
    if len(speakers) == 2:
        assert "folds" not in notes
    else:
        assert ("give each label 2 clips" if takes == 1 else "folds over clips") in notes


def test_a_class_per_group_and_two_clips_alone(table):
    settings = BoostedSettings(n_mels=8, max_trees=4)
    low = table[(table["label"] == "low") & (table["group"] == "s0")]
    mid = table[(table["label"] == "mid") & (table["group"] == "s1")]
    options = {"recipe": recipe_of(table), "settings": settings, "log": str}
    model = BoostedModel.train(low, mid, **options)
    assert "no group can be held out" in model.recipe["settings"]["notes"][0]
    assert len(model.held_out.digests) == 8
    model = BoostedModel.train(low[:1], mid[:1], **options)
    assert "give each label 2 clips or more" in model.recipe["settings"]["notes"][0]
    assert model.held_out.digests == []
    assert model.held_out.output.shape == (0, 3)
    assert model.history == {}


@pytest.mark.parametrize(
    ("catboost", "message"),
    [
        ({"l2_leaf_reg": "much"}, "CatBoost rejected"),
        ({"l3_leaf_reg": 3}, "unexpected keyword argument 'l3_leaf_reg'"),
        ({"bootstrap_type": "Boots"}, "CatBoost rejected"),
        ({"l2_leaf_reg": -1}, "CatBoost rejected"),
        ({"iterations": 9}, r"`catboost.iterations` must not be set.*--set max_trees=N"),
        ({"loss_function": "MAE"}, r"`catboost.loss_function` must not be set.*Leave it out"),
    ],
)
def test_an_error_of_catboost_is_one_line(table, catboost, message):
    settings = BoostedSettings(n_mels=8, max_trees=4, catboost=catboost)

    def checked():
        BoostedModel.check(settings, Job("classify", RATE, None, None))
        train(table, settings=settings)

    with pytest.raises(ValueError, match=message) as caught:
        checked()
    assert "\n" not in str(caught.value)
    assert ".cpp" not in str(caught.value)


def test_training_writes_nothing_to_the_working_folder(table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = []
    train(table, lines=lines, settings=BoostedSettings(n_mels=16, max_trees=3))
    assert list(tmp_path.iterdir()) == []
    assert any("features of 60 clips" in line for line in lines)


def test_one_label_alone_is_refused(table):
    one = table[table["label"] == "low"]
    with pytest.raises(ValueError, match=r"two different labels.*'low'.*label column"):
        train(one)


def test_settings_of_the_recipe_reach_catboost_and_features(table):
    settings = BoostedSettings(n_mels=8, depth=2, max_trees=5, catboost={"l2_leaf_reg": 7.0})
    model = train(table, settings=settings)
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
            table, sample_rate=16000, class_names=table.attrs["class_names"],
        )  # fmt: skip
        model = BoostedModel.train(fit, valid, recipe=recipe, log=str)
        got = model.predict([read(path, sample_rate=16000) for path in test["path"]])
        rates.append((got.argmax(axis=1) == test["label"].astype(int)).mean())
    assert np.mean(rates) > 0.53


def unbalanced(table, seed):
    """400 clips of five digits, 80 % of one and 5 % of each other, from all speakers."""
    rng = np.random.default_rng(seed)
    digits = rng.permutation(10)[:5].astype(str)
    counts = dict(zip(digits, (320, 20, 20, 20, 20), strict=True))
    # There are 300 takes of a digit: all of the frequent one.
    kept = [
        rng.permutation(np.flatnonzero(table["label"] == digit))[:count]
        for digit, count in counts.items()
    ]
    return table.iloc[np.sort(np.concatenate(kept))].reset_index(drop=True), sorted(digits)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_natural_imbalance_by_speaker_is_learned(seed):
    whole = read_dataset(shared("fsdd/labels.csv"))
    table, digits = unbalanced(whole, seed)
    recalls = []
    for speaker in ("george", "theo"):
        fit, valid, _ = split_of(table, (table["group"] == speaker).to_numpy())
        recipe = recipe_of(table, sample_rate=16000, class_names=digits)
        model = BoostedModel.train(fit, valid, recipe=recipe, log=str)
        assert model.recipe["settings"]["n_trees"] >= trees.MIN_TREES["classify"]
        # All clips of these digits by the speaker: twenty unbalanced ones are too few.
        test = whole[(whole["group"] == speaker) & whole["label"].isin(digits)]
        got = model.predict([read(path, sample_rate=16000) for path in test["path"]])
        right = np.array(digits)[got.argmax(axis=1)] == test["label"].to_numpy()
        recalls.append(pd.Series(right).groupby(test["label"].to_numpy()).mean().mean())
    # Chance is 0.2. Six draws had 0.77 on the mean, with a standard error of 0.05.
    assert min(recalls) > 0.35
    assert np.mean(recalls) > 0.5


@pytest.mark.slow
def test_fluency_of_unknown_speakers_reaches_the_goal():
    data = shared("speechocean762/utterances.csv")
    table = read_dataset(data, task="regress", label_column="fluency")
    table = table[::2]  # half of it and one fold of five: quick
    fit, valid, test = split_of(table, folds(table, 5, seed=0)[1][1])
    recipe = recipe_of(table, task="regress", class_names=None, sample_rate=16000)
    model = BoostedModel.train(fit, valid, recipe=recipe, log=str)
    got = model.predict([read(path, sample_rate=16000) for path in test["path"]])
    assert np.corrcoef(got, test["label"])[0, 1] > 0.65
