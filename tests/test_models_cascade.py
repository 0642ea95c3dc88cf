"""The family cascade: parts, threshold, folder, resuming, explanation, and its exports."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fake_family import Level
from small_corpus import write_corpus
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT64, FLOAT64_LONG

import kapre_like
from kapre_like.models.artifact import recipe as recipes
from kapre_like.models.artifact.calibration import Calibration, fit_calibration
from kapre_like.models.artifact.families import HeldOut
from kapre_like.models.artifact.registry import family
from kapre_like.models.cascade.family import CascadeModel
from kapre_like.models.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
# Two of one family in milliseconds. The light one is never very sure, so that the threshold
# below lies among its confidences.
PAIR = {"light": "level", "light.nearness": 3.0, "heavy": "level", "heavy.nearness": 60.0}
NAMES = ["high", "low", "mid"]


class Sure(Level):
    """Trained on the validation clips: its output for them is useless."""

    name = "sure"
    trains_on_valid = True

    @classmethod
    def train(cls, train, valid, **given):
        model = super().train(train, valid, **given)
        model.held_out = HeldOut(list(train["digest"]), np.full((len(train), 3), 1 / 3))
        return model


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    splits = ["train"] * 3 + ["valid"] * 2 + ["test"] * 2
    return write_corpus(folder, classes=tuple(NAMES), speakers=7, splits=splits)


@pytest.fixture(scope="module")
def clips(manifest):
    return sorted(manifest.parent.glob("*_[56]_*.flac"))


@pytest.fixture(scope="module")
def trained(manifest, tmp_path_factory):
    """A cascade both of whose parts answer some of `clips`."""
    out = tmp_path_factory.mktemp("trained") / "m"
    kapre_like.models.train(manifest, model="cascade", out=out, settings=PAIR)
    between(out, sorted(manifest.parent.glob("*_[56]_*.flac")))
    return out


def between(folder, clips):
    """Sets the threshold of a trained cascade into the widest gap of its confidences."""
    predictor = kapre_like.load_predictor(folder)
    light = answers(predictor, "light", clips).max(axis=1)
    top = np.sort(light)
    gaps = np.diff(top)[2:-2]
    place = 2 + int(gaps.argmax())
    recipe = recipes.read_recipe(folder)
    recipe["cascade"]["threshold"] = float((top[place] + top[place + 1]) / 2)
    recipes.write_recipe(folder, recipe)


def answers(predictor, part, clips):
    """The calibrated output of one part of an opened cascade for every clip."""
    model = predictor.model
    waveforms = [predictor.waveform(clip) for clip in clips]
    raw = np.array(getattr(model, part).predict(waveforms), float)
    told = getattr(model, part).recipe["calibration"]
    return Calibration.from_json(told).apply(raw)


def outer(predictor, rows):
    found = Calibration.from_json(predictor.recipe.get("calibration"))
    return rows if found is None else found.apply(rows)


def test_the_heavy_part_answers_what_the_light_one_is_not_sure_of(trained, clips):
    predictor = kapre_like.load_predictor(trained)
    light, heavy = (answers(predictor, part, clips) for part in ("light", "heavy"))
    unsure = light.max(axis=1) <= predictor.model.threshold
    assert 2 <= unsure.sum() <= len(clips) - 2
    expected = np.where(unsure[:, None], heavy, light)
    # The same arithmetic on other batches of clips.
    got = predictor.model.predict([predictor.waveform(clip) for clip in clips])
    np.testing.assert_allclose(got, expected, atol=FLOAT64)
    np.testing.assert_allclose(
        predictor.outputs(clips), outer(predictor, expected), atol=FLOAT64_LONG
    )


def test_the_heavy_part_gets_only_the_clips_that_it_answers(trained, clips, monkeypatch):
    predictor = kapre_like.load_predictor(trained)
    light = answers(predictor, "light", clips)
    received = []
    predict = predictor.model.heavy.predict

    def recording(waveforms):
        received.extend(waveforms)
        return predict(waveforms)

    monkeypatch.setattr(predictor.model.heavy, "predict", recording)
    predictor.model.predict([predictor.waveform(clip) for clip in clips])
    assert len(received) == (light.max(axis=1) <= predictor.model.threshold).sum() < len(clips)
    predictor.model.threshold = 0.0
    received.clear()
    predictor.model.predict([predictor.waveform(clip) for clip in clips])
    assert received == []


def test_its_threshold_is_the_cheapest_that_is_as_good(manifest, tmp_path):
    """Both parts recognize every tone: the light one answers alone, with a note."""
    alike = {**PAIR, "light.nearness": 59.0}
    recipe = kapre_like.models.train(
        manifest, model="cascade", out=tmp_path / "m", settings=alike
    )
    about = recipe["cascade"]
    assert about["threshold"] == recipe["settings"]["threshold"] == 0.0
    assert (about["clips"], about["groups"], about["chosen"]) == (12, 2, True)
    assert (about["share_heavy"], about["accuracy"], about["heavy_accuracy"]) == (0.0, 1.0, 1.0)
    [note] = recipe["settings"]["notes"]
    assert "0 % of 12 held-out clips of 2 groups" in note
    blind = kapre_like.models.train(
        manifest, model="cascade", out=tmp_path / "blind",
        settings={"light": "fake_family:Guess", "heavy": "level"},
    )  # fmt: skip
    assert blind["cascade"]["threshold"] == 1.0
    assert blind["cascade"]["accuracy"] == 1.0
    assert blind["cascade"]["light_accuracy"] == pytest.approx(1 / 3)


def test_a_threshold_that_is_given_is_kept(manifest, tmp_path, capsys):
    out = tmp_path / "m"
    command = ["train", str(manifest), "--model", "cascade", "--out", str(out)]
    told = [f"--set={name}={value}" for name, value in {**PAIR, "threshold": 0.5}.items()]
    assert main([*command, *told]) == 0
    capsys.readouterr()
    recipe = recipes.read_recipe(out)
    assert recipe["cascade"]["threshold"] == 0.5
    assert not recipe["cascade"]["chosen"]
    assert recipe["settings"]["heavy.nearness"] == 60.0
    assert recipe["settings"]["light.n_rows"] == 18


def test_clips_that_a_part_has_learned_from_do_not_choose(manifest, tmp_path):
    """Such a part has its own predictions for clips outside of its training."""
    told = {"light": "test_models_cascade:Sure", "heavy": "level"}
    with pytest.raises(ValueError, match="no validation clip to choose the threshold on"):
        # Its held-out clips are the training clips, the other's the validation clips.
        kapre_like.models.train(manifest, model="cascade", out=tmp_path / "m", settings=told)
    recipe = kapre_like.models.train(
        manifest, model="cascade", out=tmp_path / "m", settings={**told, "threshold": 0.4}
    )
    assert recipe["cascade"]["clips"] == 0
    assert recipe["trained_on"]["n"] == 18 + 12
    own = recipes.read_recipe(tmp_path / "m" / "light")
    assert own["trained_on"]["n"] == 18 + 12
    assert recipes.read_recipe(tmp_path / "m" / "heavy")["trained_on"]["n"] == 18


def test_each_part_is_a_model_of_its_own(trained, clips):
    whole = kapre_like.load_predictor(trained)
    for part in ("light", "heavy"):
        alone = kapre_like.load_predictor(trained / part)
        raw = alone.model.predict([alone.waveform(clip) for clip in clips])
        expected = Calibration.from_json(alone.recipe["calibration"]).apply(np.array(raw))
        np.testing.assert_allclose(answers(whole, part, clips), expected, atol=FLOAT64)


def test_its_calibrations_are_those_of_the_parts_held_out_clips(trained, manifest):
    predictor = kapre_like.load_predictor(trained)
    valid = sorted(manifest.parent.glob("*_[34]_*.flac"))
    truth = [path.name.partition("_")[0] for path in valid]
    groups = [path.name.split("_")[1] for path in valid]
    for part in (predictor.model.light, predictor.model.heavy):
        told = Calibration.from_json(part.recipe["calibration"])
        assert (told.n, told.groups, told.thresholds) == (12, 2, None)
        raw = part.predict([predictor.waveform(clip) for clip in valid])
        fitted = fit_calibration("classify", NAMES, truth, raw, groups)
        assert told.temperature == pytest.approx(fitted.temperature)
        assert told.temperature != 1.0


def test_the_folder_of_another_model_leaves_nothing_behind(trained, manifest, tmp_path):
    out = tmp_path / "m"
    kapre_like.models.train(manifest, model="cascade", out=out, settings=PAIR)
    assert sorted(path.name for path in out.iterdir()) == ["heavy", "light", "recipe.json"]
    kapre_like.models.train(manifest, model="level", out=out, overwrite=True)
    assert sorted(path.name for path in out.iterdir()) == ["level.json", "recipe.json"]
    kapre_like.models.train(manifest, model="cascade", out=out, settings=PAIR, overwrite=True)
    assert sorted(path.name for path in out.iterdir()) == ["heavy", "light", "recipe.json"]


def test_an_installation_that_was_killed_is_finished_by_the_next_reader(trained, tmp_path):
    out = tmp_path / "m"
    final = out / recipes.TRAINING / "final"
    recipe = recipes.read_recipe(trained)
    for name in [*recipe["files"], recipes.RECIPE]:
        (final / name).parent.mkdir(parents=True, exist_ok=True)
        (final / name).write_bytes((trained / name).read_bytes())
    # One file has been moved already.
    first = recipe["files"][0]
    (out / first).parent.mkdir()
    (final / first).rename(out / first)
    assert kapre_like.load_predictor(out).recipe == recipe
    assert not (out / recipes.TRAINING).exists()


def test_training_goes_on_after_a_kill_without_the_finished_part(manifest, tmp_path):
    out = tmp_path / "m"
    program = (
        "import os, fake_family\n"
        "class Deadly(fake_family.Level):\n"
        "    @classmethod\n"
        "    def train(cls, *args, **given):\n"
        "        if 'SPARED' not in os.environ:\n"
        "            os.environ['FAKE_FAMILY'] = 'killed'\n"
        "        return super().train(*args, **given)\n"
    )
    (tmp_path / "deadly.py").write_text(program)
    call = (
        "from kapre_like.models import train\n"
        f"train({str(manifest)!r}, model='cascade', out={str(out)!r}, log=print,"
        " settings={'light': 'level', 'heavy': 'deadly:Deadly'})"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT / "tests/outside"), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path}
    first = subprocess.run([sys.executable, "-c", call], env=environment, capture_output=True)
    assert first.returncode == -9
    with pytest.raises(ValueError, match="its training was interrupted"):
        recipes.read_recipe(out)
    second = subprocess.run(
        [sys.executable, "-c", call], env={**environment, "SPARED": "1"}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert "light: level was trained before the interruption" in second.stdout
    recipe = recipes.read_recipe(out)
    assert (recipe["settings"]["light.resumed"], recipe["settings"]["heavy.resumed"]) == (
        False,
        True,
    )
    whole = kapre_like.models.train(
        manifest, model="cascade", out=tmp_path / "whole",
        settings={"light": "level", "heavy": "level", "heavy.nearness": 29.0},
    )  # fmt: skip
    assert recipe["cascade"]["clips"] == whole["cascade"]["clips"]


def test_a_part_that_fails_leaves_no_folder(manifest, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_FAMILY", "fails")
    with pytest.raises(ValueError, match="the loss is NaN"):
        kapre_like.models.train(manifest, model="cascade", out=tmp_path / "m", settings=PAIR)
    assert not (tmp_path / "m" / recipes.TRAINING / "light" / "done").exists()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"light": "level", "heavy": "level"}, "`heavy` must be another model than `light`"),
        ({"light": "nobody"}, "There is no model family 'nobody'"),
        ({**PAIR, "threshold": 1.5}, "`threshold` must be a number <= 1"),
        ({**PAIR, "heavy.row": "vgg11"}, "there is no setting `heavy.row`"),
    ],
)
def test_a_wrong_pair_is_one_line(told, words, manifest, tmp_path, capsys):
    command = ["train", str(manifest), "--model", "cascade", "--out", str(tmp_path / "m")]
    assert main([*command, *(f"--set={name}={value}" for name, value in told.items())]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert words in line
    assert not (tmp_path / "m").exists()


def test_scores_and_missing_packages_are_refused_before_any_sound_is_read(manifest, tmp_path):
    with pytest.raises(ValueError, match="does not regress; it can classify"):
        kapre_like.models.train(
            manifest, model="cascade", task="regress", out=tmp_path / "m", settings=PAIR
        )
    with pytest.raises(ImportError, match="no_such_package is not installed"):
        kapre_like.models.train(
            manifest, model="cascade", out=tmp_path / "m",
            settings={"light": "fake_family.absent:Absent", "heavy": "level"},
        )  # fmt: skip


def test_it_explains_which_model_answered_and_why(trained, clips):
    predictor = kapre_like.load_predictor(trained)
    light = answers(predictor, "light", clips).max(axis=1)
    for clip, sure in ((clips[light.argmin()], False), (clips[light.argmax()], True)):
        stages = predictor.explain(clip)
        facts = dict(stages)["cascade"]
        assert facts["answered_by"] == "level"
        assert ("above" if sure else "at most") in facts["why"]
        assert facts["threshold"] == predictor.model.threshold
        assert predictor(clip)[0]["answered_by"] == "level"
        assert [title for title, _ in stages].count("level: zero crossings") == 2 - sure


def test_with_tiles_the_whole_clip_decides(manifest, clips, tmp_path):
    out = tmp_path / "m"
    kapre_like.models.train(
        manifest, model="cascade", out=out, settings=PAIR, seconds=0.1, length_rule="tiles"
    )
    recipe = recipes.read_recipe(out)
    assert recipe["cascade"]["clips"] == 12
    between(out, clips)
    predictor = kapre_like.load_predictor(out)
    assert predictor.length_rule.kind == "tiles"
    waveforms = [predictor.waveform(clip) for clip in clips]
    rows = {}
    for part in ("light", "heavy"):
        model = getattr(predictor.model, part)
        windows = [predictor.length_rule.cut(waveform, 16000) for waveform in waveforms]
        raw = np.array([model.predict(one).mean(axis=0) for one in windows])
        rows[part] = Calibration.from_json(model.recipe["calibration"]).apply(raw)
    unsure = rows["light"].max(axis=1) <= predictor.model.threshold
    assert 0 < unsure.sum() < len(clips)
    expected = np.where(unsure[:, None], rows["heavy"], rows["light"])
    np.testing.assert_allclose(
        predictor.outputs(clips), outer(predictor, expected), atol=FLOAT64_LONG
    )


def test_it_is_a_row_of_a_comparison(manifest, tmp_path, capsys):
    out = tmp_path / "c"
    told = [f"--set=cascade.{name}={value}" for name, value in PAIR.items()]
    command = ["compare", str(manifest), "--models", "level,cascade", "--out", str(out)]
    assert main([*command, *told]) == 0
    capsys.readouterr()
    result = json.loads((out / "compare.json").read_text())
    assert list(result["models"]) == ["level", "cascade"]
    row = result["models"]["cascade"]
    assert row["metrics"]["accuracy"] == 1.0
    files = recipes.read_recipe(out / "cascade")["files"]
    assert row["model_bytes"] == sum((out / "cascade" / f).stat().st_size for f in files)
    assert row["settings"]["light"] == "level"


@pytest.mark.parametrize(
    "format",
    ["savedmodel", pytest.param("onnx", marks=pytest.mark.slow),
     pytest.param("litert", marks=pytest.mark.slow),
     pytest.param("openvino", marks=pytest.mark.slow)],
)  # fmt: skip
def test_two_networks_are_exported_as_one(format, trained, clips, tmp_path, capsys):
    pytest.importorskip("tensorflow")
    written = tmp_path / f"m.{format}"
    assert main(["export", str(trained), "--format", format, "--out", str(written)]) == 0
    capsys.readouterr()
    expected = kapre_like.load_predictor(trained).outputs(clips)
    opened = kapre_like.load_predictor(written)
    # Features in float32 on both sides; the formats sum in another order.
    np.testing.assert_allclose(opened.outputs(clips), expected, atol=FLOAT32)
    alone = np.concatenate([opened.outputs([clip]) for clip in clips[:4]])
    np.testing.assert_allclose(alone, expected[:4], atol=FLOAT32)
    assert kapre_like.metadata(written)["class_names"] == NAMES


def test_the_network_runs_the_heavy_part_for_unsure_clips_alone(trained, clips):
    tf = pytest.importorskip("tensorflow")
    predictor = kapre_like.load_predictor(trained)
    network = predictor.model.network()
    [layer] = [one for one in network.layers if one.name == "heavy_where_unsure"]
    batches = []

    class Counting:
        def __call__(self, inputs, training):
            batches.append(int(inputs[0].shape[0]))
            return heavy(inputs, training=training)

    heavy = layer.model
    layer._tracker.unlock()
    layer.model = Counting()
    waveforms = [predictor.waveform(clip) for clip in clips]
    from kapre_like.models.artifact.clip_batches import padded

    waveform, length = padded(waveforms)
    unsure = answers(predictor, "light", clips).max(axis=1) <= predictor.model.threshold
    network([tf.constant(waveform), tf.constant(length)])
    assert batches == [unsure.sum()]
    sure = np.flatnonzero(~unsure)
    network([tf.constant(waveform[sure]), tf.constant(length[sure])])
    assert batches == [unsure.sum()]


def test_the_network_is_saved_and_loaded(trained, clips, tmp_path):
    pytest.importorskip("tensorflow")
    predictor = kapre_like.load_predictor(trained)
    predictor.model.network().save(tmp_path / "m.keras")
    opened = kapre_like.load_predictor(tmp_path / "m.keras")
    expected = predictor.outputs(clips)
    np.testing.assert_allclose(opened.outputs(clips), expected, atol=FLOAT32)


@pytest.mark.parametrize(
    ("light", "heavy"),
    [("boosted", "level"), pytest.param("level", "boosted", marks=pytest.mark.slow)],
)
def test_trees_and_a_network_are_one_onnx_file(light, heavy, manifest, clips, tmp_path, capsys):
    for name in ("catboost", "onnxruntime", "tensorflow"):
        pytest.importorskip(name)
    out, written = tmp_path / "m", tmp_path / "m.onnx"
    told = {"light": light, "heavy": heavy}
    kapre_like.models.train(manifest, model="cascade", out=out, settings=told)
    between(out, clips)
    recipe = recipes.read_recipe(out)
    knots = [[0.0, 0.0], [0.4, 0.2], [0.7, 0.8], [1.0, 1.0]]
    recipe["calibration"] = Calibration(
        method="isotonic", temperature=1.4, knots=knots, wanted={"precision": 0.9},
        thresholds={"high": 0.5, "low": 0.9, "mid": None},
    ).to_json()  # fmt: skip
    recipes.write_recipe(out, recipe)
    predictor = kapre_like.load_predictor(out)
    assert main(["export", str(out), "--format", "onnx", "--out", str(written)]) == 0
    raw = predictor.model.predict([predictor.waveform(clip) for clip in clips])
    expected = Calibration.from_json(recipe["calibration"]).apply(raw)
    opened = kapre_like.load_predictor(written)
    # Probabilities in float32.
    np.testing.assert_allclose(opened.outputs(clips), expected, atol=FLOAT32)
    from kapre_like.models.artifact.clip_batches import padded
    from kapre_like.running import run_onnx

    waveform, length = padded([predictor.waveform(clip) for clip in clips])
    confident = run_onnx(written)(waveform=waveform, length=length)["confident"]
    limits = np.array([0.5, 0.9, 2.0])[expected.argmax(axis=1)]
    assert confident.tolist() == (expected.max(axis=1) >= limits).tolist()
    capsys.readouterr()
    assert (
        main(["export", str(out), "--format", "savedmodel", "--out", str(tmp_path / "s")]) == 2
    )
    [line] = capsys.readouterr().err.splitlines()
    assert "boosted is not made of layers. Use --format onnx" in line
    assert not (tmp_path / "s").exists()


def test_parts_that_no_format_holds_are_refused_with_what_can_be_done(trained, clips, tmp_path):
    model = CascadeModel.load(trained)

    def refuses():
        raise ValueError("it is made of nothing. Copy its folder.")

    model.heavy.network = refuses
    assert model.exports == ()
    words = r"cannot be exported as one file: it is made of nothing\..* light or heavy"
    with pytest.raises(ValueError, match=words):
        model.network()


@pytest.mark.slow
def test_trees_and_a_small_vgg_learn_tones_and_are_exported(manifest, clips, tmp_path):
    """The pair that the page recommends, at its smallest."""
    for name in ("catboost", "onnxruntime", "tensorflow"):
        pytest.importorskip(name)
    out, written = tmp_path / "m", tmp_path / "m.onnx"
    told = {"light": "boosted", "heavy": "vgg", "heavy.row": "tiny"}
    kapre_like.models.train(manifest, model="cascade", out=out, settings=told, epochs=3)
    between(out, clips)
    kapre_like.models.experiment.export(out, format="onnx", out=written)
    expected = kapre_like.load_predictor(out).outputs(clips)
    # Of exported networks: float32, and Fourier transforms as matrix products.
    got = kapre_like.load_predictor(written).outputs(clips)
    np.testing.assert_allclose(got, expected, atol=FLOAT32_LONG)
    assert family("cascade") is CascadeModel
