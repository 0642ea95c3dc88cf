"""A family from another package goes through every command, found by its entry point alone."""

import json

import numpy as np
import pytest
from small_corpus import write_corpus

import kapre_like
from kapre_like.models.cli.main import main

pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outside")
    return write_corpus(folder, splits=["train"] * 3 + ["valid", "test", "test"])


@pytest.fixture(scope="module")
def trained(manifest, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "m"
    command = ["train", str(manifest), "--model", "level", "--out", str(out)]
    assert main([*command, "--set", "nearness=12", "--set", "kind=median"]) == 0
    return out


def test_its_settings_are_in_the_recipe(trained):
    recipe = json.loads((trained / "recipe.json").read_text())
    assert (recipe["family"], recipe["format"]) == ("level", 2)
    settings = recipe["settings"]
    assert (settings["nearness"], settings["kind"], settings["checkpoint"]) == (
        12.0,
        "median",
        None,
    )


def test_it_predicts_and_is_evaluated(trained, manifest, capsys):
    file = str(manifest.parent / "low_5_0.flac")
    assert main(["predict", str(trained), file]) == 0
    assert capsys.readouterr().out.split("\t")[1] == "low"
    assert main(["evaluate", str(trained), str(manifest)]) == 0
    assert "accuracy" in capsys.readouterr().out


@pytest.mark.usefixtures("no_cold_start")
def test_it_is_compared_with_a_report_under_two_aliases(manifest, tmp_path, capsys):
    out = tmp_path / "c"
    command = ["compare", str(manifest), "--models", "a=level,b=level,pair", "--out", str(out)]
    settings = ["nearness=20", "b.nearness=5", "pair.share=0.25", "heavy.nearness=7"]
    assert main([*command, *(f"--set={one}" for one in settings)]) == 0
    result = json.loads((out / "compare.json").read_text())
    assert list(result["models"]) == ["a", "b", "pair"]
    recorded = {name: model["settings"] for name, model in result["models"].items()}
    assert (recorded["a"]["nearness"], recorded["b"]["nearness"]) == (20.0, 5.0)
    assert (recorded["pair"]["share"], recorded["pair"]["heavy.nearness"]) == (0.25, 7.0)
    assert recorded["pair"]["light.nearness"] == 30.0
    assert (out / "report.html").stat().st_size > 10_000
    assert (out / "b" / "level.json").is_file()
    capsys.readouterr()


def test_it_is_exported(trained, manifest, tmp_path):
    file = manifest.parent / "high_5_0.flac"
    expected = kapre_like.load_predictor(trained).predict(file)[0]["probabilities"]
    for format in ("savedmodel", "onnx", "litert"):
        written = tmp_path / f"m.{format.replace('litert', 'tflite')}"
        assert main(["export", str(trained), "--format", format, "--out", str(written)]) == 0
        got = kapre_like.load_predictor(written).predict(file)[0]["probabilities"]
        assert got == pytest.approx(expected, abs=1e-5), format


def test_it_begins_with_a_checkpoint_of_its_own_format(manifest, tmp_path, capsys):
    prior = tmp_path / "prior.level"
    prior.write_text(json.dumps({"class_names": ["high", "low"], "values": [0.3, 0.1]}))
    plain, primed = (
        kapre_like.models.train(manifest, model="level", out=tmp_path / name, settings=asked)
        for name, asked in (("plain", {}), ("primed", {"checkpoint": str(prior)}))
    )
    assert (plain["settings"]["checkpoint"], primed["settings"]["checkpoint"]) == (
        None,
        str(prior),
    )
    values = [
        np.array(json.loads((tmp_path / name / "level.json").read_text()))
        for name in ("plain", "primed")
    ]
    np.testing.assert_allclose(values[1], (values[0] + [0.3, 0.1]) / 2)
    (record,) = kapre_like.load_predictor(prior).predict(manifest.parent / "low_0_0.flac")
    assert set(record["probabilities"]) == {"high", "low"}
    command = ["train", str(manifest), "--model", "level", "--out", str(tmp_path / "x")]
    assert main([*command, "--set", "checkpoint=nowhere.level"]) == 2
    assert "nowhere.level: is no .level checkpoint" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_it_checks_its_settings_against_the_data_before_training(tmp_path, capsys):
    few = write_corpus(tmp_path / "few", speakers=2, takes=1, splits=["train", "valid"])
    command = ["train", str(few), "--model", "level", "--out", str(tmp_path / "m")]
    assert main(command) == 2
    assert "needs four training clips" in capsys.readouterr().err


def test_with_tiles_it_learns_from_windows_and_answers_with_their_mean(manifest, tmp_path):
    out = tmp_path / "m"
    recipe = kapre_like.models.train(
        manifest, model="level", out=out, seconds=0.1, length_rule="tiles"
    )
    assert (recipe["length_rule"], recipe["seconds"]) == ("tiles", 0.1)
    # 12 training clips: six of 0.30 s make 3 windows, six of 0.35 s make 4.
    assert recipe["settings"]["n_rows"] == 42
    assert recipe["trained_on"]["n"] == 12
    predictor = kapre_like.load_predictor(out)
    waveform = np.sin(np.arange(3200) ** 1.4 / 40).astype("float32")
    raw = {"calibrated": False}
    parts = [predictor.outputs(waveform[a : a + 1600], **raw)[0] for a in (0, 1600)]
    np.testing.assert_allclose(predictor.outputs(waveform, **raw)[0], np.mean(parts, axis=0))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["nearnes=3"], "Did you mean `nearness`?"),
        (["nearness=0"], "`nearness` must be a number > 0. Received: nearness=0.0."),
        (["nearness=fast"], "`nearness` must be of type float. Received: nearness='fast'."),
        (["kind=middle"], "`kind` must be one of 'mean', 'median'."),
        (["level.speed=3"], "level: there is no setting `speed`"),
        (["row=vgg11"], "there is no setting `row`"),
    ],
)
def test_a_wrong_setting_is_one_line_with_the_nearest_right_one(
    settings, words, manifest, tmp_path, capsys
):
    command = ["train", str(manifest), "--model", "level", "--out", str(tmp_path / "x")]
    assert main([*command, *(f"--set={one}" for one in settings)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


def test_families_lists_every_family_with_its_settings_and_what_is_missing(capsys):
    assert main(["families", "--json"]) == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert set(found) >= {"boosted", "probe", "vgg", "wav2vec2", "level", "pair", "absent"}
    nearness = next(s for s in found["level"]["settings"] if s["name"] == "nearness")
    assert nearness == {
        "name": "nearness", "type": "float", "default": 30.0,
        "help": "how fast a class grows unlikely", "choices": None,
    }  # fmt: skip
    assert "heavy.nearness" in [s["name"] for s in found["pair"]["settings"]]
    assert not found["absent"]["installed"]
    assert found["absent"]["trouble"].endswith("Run: pip install 'no-such-package'")
    assert main(["families", "level", "absent"]) == 0
    text = capsys.readouterr().out
    assert "--set kind=mean" in text
    assert "one of mean, median" in text
    assert "pip install 'no-such-package'" in text


def test_a_family_whose_layers_cannot_be_imported_hides_no_other_file(
    trained, manifest, tmp_path, monkeypatch
):
    from fake_family import Level

    monkeypatch.setattr(Level, "keras_modules", ("no_such_module",))
    network = kapre_like.load_model(trained).network()
    network.save(tmp_path / "m.keras")
    with pytest.warns(UserWarning, match="layers of the family 'level' do not load"):
        loaded = kapre_like.load_model(tmp_path / "m.keras")
    assert loaded.output_shape == network.output_shape
