"""`train` calibrates every family on held-out clips; what it fits is stored and used."""

import json

import numpy as np
import pytest
from small_corpus import read_rows, write_corpus, write_manifest

import kapre_like
from kapre_like.models import predict, train
from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.experiment.calibrating import by_clip, wanted_of

OUTSIDE = "fake_family:Level"


def trained(tmp_path, name="model", **about):
    data = write_corpus(tmp_path / "data", speakers=8, takes=3)
    lines = []
    told = {"model": OUTSIDE, "sample_rate": 8000, "log": lines.append, **about}
    train(data, out=tmp_path / name, **told)
    return tmp_path / name, data, lines


def test_a_family_from_outside_is_calibrated_on_its_validation_clips(tmp_path):
    folder, data, lines = trained(tmp_path)
    recipe = read_recipe(folder)
    found = Calibration.from_json(recipe["calibration"])
    assert recipe["wanted"] == found.wanted == {"precision": 0.95}
    assert found.n == recipe["validated_on"]["n"] > 0
    [line] = [line for line in lines if line.startswith("calibrated on")]
    assert f"{found.n} held-out clips" in line
    assert "before" in line
    assert "after" in line
    files = sorted(data.parent.glob("*.flac"))[:4]
    predictor = kapre_like.load_predictor(folder)
    raw = predictor.outputs(files, calibrated=False)
    np.testing.assert_allclose(predictor.outputs(files), found.apply(raw))
    record = predictor.predict(files)[0]
    limit = found.thresholds[record["label"]]
    assert record["confident"] == (limit is not None and record["probability"] >= limit)
    [sure] = predict(folder, files[:1], min_confidence=0.0)
    assert sure["confident"]


def test_scores_get_an_interval(tmp_path):
    folder, data, lines = trained(tmp_path, task="regress", label_column="score")
    found = Calibration.from_json(read_recipe(folder)["calibration"])
    [record] = kapre_like.load_predictor(folder).predict(sorted(data.parent.glob("*.flac"))[:1])
    low, high = record["interval"]
    assert high - low == pytest.approx(2 * found.half_width)
    assert any("90% of scores within" in line for line in lines)
    with pytest.raises(ValueError, match="Leave --min-confidence out"):
        predict(folder, [], min_confidence=0.5)


def test_calibration_can_be_left_out_or_chosen(tmp_path):
    folder, data, _ = trained(tmp_path, calibrate=False)
    recipe = read_recipe(folder)
    assert recipe["wanted"] is None
    assert recipe["calibration"] is None
    [record] = kapre_like.load_predictor(folder).predict(sorted(data.parent.glob("*.flac"))[:1])
    assert "confident" not in record
    folder, _, _ = trained(tmp_path, "other", recall=0.5)
    assert read_recipe(folder)["calibration"]["wanted"] == {"recall": 0.5}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"precision": 1.5}, "`precision` must be a share"),
        ({"recall": 0}, "`recall` must be a share"),
        ({"precision": 0.9, "recall": 0.9}, "Leave one of the two out"),
        ({"precision": 0.9, "calibrate": False}, "None without a calibration"),
    ],
)
def test_what_means_nothing_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        wanted_of(**{"precision": None, "recall": None, **given})


def test_windows_are_averaged_to_clips():
    output = np.arange(8.0).reshape(4, 2)
    found = by_clip(["a", "b-1", "c"], ["a-0", "b-1", "a-1", "a-2"], output)
    np.testing.assert_allclose(found[0], output[[0, 2, 3]].mean(axis=0))
    np.testing.assert_allclose(found[1], output[1])
    assert found[2] is None


def test_tiles_are_calibrated_by_clip(tmp_path):
    folder, _, _ = trained(tmp_path, seconds=0.1, length_rule="tiles")
    recipe = read_recipe(folder)
    assert recipe["calibration"]["n"] == recipe["validated_on"]["n"]
    assert json.loads(json.dumps(recipe)) == recipe


def test_held_out_answers_of_a_family_are_preferred(tmp_path, monkeypatch):
    import fake_family

    from kapre_like.models.experiment import calibrating

    seen = {}
    own = fake_family.Level.train.__func__

    class Held:
        def __init__(self, digests, output):
            self.digests, self.output = digests, output

    def train_(cls, train_rows, valid, **about):
        model = own(cls, train_rows, valid, **about)
        digests = [*train_rows["digest"], *valid["digest"]]
        model.held_out = Held(digests, np.tile([0.7, 0.3], (len(digests), 1)))
        seen["n"] = len(digests)
        return model

    monkeypatch.setattr(fake_family.Level, "train", classmethod(train_))
    folder, _, _ = trained(tmp_path)
    assert calibrating is not None
    assert read_recipe(folder)["calibration"]["n"] == seen["n"] == 48


def test_the_command_line_shows_unknown_and_keeps_the_label_in_json(tmp_path, capsys):
    from kapre_like.models.cli.main import main

    folder, data, _ = trained(tmp_path)
    file = str(sorted(data.parent.glob("*.flac"))[0])
    assert main(["predict", str(folder), file, "--min-confidence", "1.0"]) == 0
    assert capsys.readouterr().out.split("\t")[1] == "unknown"
    main(["predict", str(folder), file, "--min-confidence", "1.0", "--json"])
    record = json.loads(capsys.readouterr().out)
    assert record["label"] in ("low", "high")
    assert record["confident"] is False
    main(
        [
            "predict",
            str(folder),
            file,
            "--min-confidence",
            "0",
            "--csv",
            str(tmp_path / "a.csv"),
        ]
    )
    [row] = read_rows(tmp_path / "a.csv")
    assert row["label"] == record["label"]
    assert row["confident"] == "True"
    assert {"p_low", "p_high"} <= set(row)
    main(["predict", str(folder), file])
    assert capsys.readouterr().out.split("\t")[1] == record["label"]
    assert main(["predict", str(folder), file, "--min-confidence", "2"]) == 2
    windows = ["--seconds-per-window", "0.2", "--json", "--min-confidence", "1.0"]
    assert main(["predict", str(folder), file, *windows]) == 0
    [event] = json.loads(capsys.readouterr().out)["events"]
    assert event["label"] == "unknown"
    assert 0 < event["confidence"] < 1


def test_evaluate_reports_the_quality_of_the_confidence(tmp_path, capsys):
    from kapre_like.models.cli.main import main
    from kapre_like.models.experiment import evaluate

    folder, data, _ = trained(tmp_path)
    (tmp_path / "other").mkdir()
    (data.parent / "low_0_0.flac").rename(tmp_path / "other" / "a.flac")
    rows = [row for row in read_rows(data) if row["path"] != "low_0_0.flac"]
    write_manifest(data, rows)
    found = evaluate(folder, data, precision=0.5, other_sounds=tmp_path / "other")
    assert found["calibration"]["before"]["ece"] > 0
    assert found["per_class"]["low"]["support"] == 23
    assert found["selective"]["thresholds"]["low"]["precision"] >= 0.5
    assert found["out_of_set"]["other sounds"]["clips"] == 1
    own = evaluate(folder, data)
    limit = read_recipe(folder)["calibration"]["thresholds"]["low"]
    assert own["selective"]["thresholds"]["low"]["threshold"] == limit
    assert main(["evaluate", str(folder), str(data), "--recall", "0.5"]) == 0
    assert "confident from" in capsys.readouterr().out


def test_a_comparison_has_raw_and_calibrated_figures_and_out_of_set_sounds(tmp_path):
    from kapre_like.models.experiment import compare

    data = write_corpus(tmp_path / "data", speakers=8, takes=3)
    out = tmp_path / "c"
    found = compare(data, models=[OUTSIDE], out=out, sample_rate=8000, recall=0.5, log=None)
    assert found["models"]
    header = list(read_rows(out / "predictions.csv")[0])
    [name] = found["models"]
    assert {f"{name}_p_low", f"{name}_p_high"} <= set(header)
    assert read_recipe(out / "Level")["calibration"]["wanted"] == {"recall": 0.5}
