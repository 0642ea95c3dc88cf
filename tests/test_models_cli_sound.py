"""The command line on real sound files: `inspect`, `--channel`, limits, and cut-short files."""

import csv
import json

import numpy as np
import pytest
import soundfile
from small_corpus import RATE, read_rows, tone, write_corpus

from kapre_like.models.artifact.opening import load_predictor
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.cli.main import main

FAST = ["--model", "fake_family:Level"]


@pytest.fixture
def run(capsys):
    def call(*arguments):
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        out, err = capsys.readouterr()
        return code, out.splitlines(), err.splitlines()

    return call


@pytest.fixture
def calls(tmp_path):
    """A corpus of calls: the corpus on the left, the pitch of the other class on the right."""
    manifest = write_corpus(tmp_path / "data")
    for number, row in enumerate(read_rows(manifest)):
        path = manifest.parent / row["path"]
        left = soundfile.read(path)[0]
        pitch = (1800.0 if row["label"] == "low" else 220.0) * (1 + 0.01 * number)
        right = tone(pitch, len(left) / RATE, seed=number)
        soundfile.write(path, np.stack([left, right[: len(left)]], 1), RATE)
    return manifest


def cut(path):
    """Makes a WAV file of a FLAC file, under its old name, and leaves half of it."""
    samples, rate = soundfile.read(path)
    soundfile.write(path, samples, rate, format="WAV")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def test_a_chosen_channel_is_used_in_training_and_prediction(run, calls, tmp_path):
    left, right = tmp_path / "left", tmp_path / "right"
    for channel, out in (("left", left), ("2", right)):
        code, _, err = run("train", calls, "--out", out, "--channel", channel, *FAST)
        assert code == 0, err
    assert read_recipe(left)["channel"] == "1"
    assert read_recipe(right)["channel"] == "2"
    files = [calls.parent / name for name in ("low_0_0.flac", "high_1_0.flac")]
    # The model of the right channel has learned the other pitch by the same names.
    for model in (left, right):
        _, out, _ = run("predict", model, *files, "--json")
        assert [json.loads(line)["label"] for line in out] == ["low", "high"]
        assert json.loads(out[0])["channel"] == (1 if model == left else 2)
    _, out, _ = run("predict", left, *files, "--channel", "right")
    assert [line.split("\t")[1] for line in out] == ["high", "low"]
    for channel, accuracy in ((), 1.0), (("--channel", "right"), 0.0):
        code, _, _ = run("evaluate", left, calls, *channel, "--json", tmp_path / "e.json")
        assert code == 0
        assert json.loads((tmp_path / "e.json").read_text())["accuracy"] == accuracy


def test_split_learns_from_every_channel_and_predicts_each(run, calls, tmp_path):
    code, _, err = run("train", calls, "--out", tmp_path / "m", "--channel", "split", *FAST)
    assert code == 0, err
    recipe = read_recipe(tmp_path / "m")
    assert recipe["channel"] == "split"
    assert recipe["trained_on"]["n"] + recipe["validated_on"]["n"] == 48
    code, out, _ = run("predict", tmp_path / "m", calls.parent / "low_0_0.flac", "--json")
    assert [json.loads(line)["channel"] for line in out] == [1, 2]
    code, out, _ = run("predict", tmp_path / "m", calls.parent / "low_0_0.flac")
    assert [line.split("\t")[0][-11:] for line in out] == ["(channel 1)", "(channel 2)"]


def test_arrays_have_channels_too(run, calls, tmp_path):
    run("train", calls, "--out", tmp_path / "m", "--channel", "right", *FAST)
    predictor = load_predictor(tmp_path / "m")
    path = calls.parent / "low_0_0.flac"
    samples = soundfile.read(path, dtype="float32")[0]
    (by_path,), (by_array,) = predictor(path), predictor(samples, RATE)
    assert by_array["probabilities"] == pytest.approx(by_path["probabilities"], abs=1e-5)


@pytest.mark.parametrize("command", ["train", "predict", "show"])
def test_a_wrong_channel_is_one_line(run, command):
    words = {"train": "a.csv --out m", "predict": "m a", "show": "a --out b"}[command].split()
    code, _, err = run(command, *words, "--channel", "middle")
    assert (code, len(err)) == (2, 1)
    assert "must be 'mix', 'left', 'right'" in err[0]


def test_cut_short_files_are_used_and_listed(run, calls, tmp_path):
    manifest, bad = calls, cut(calls.parent / "high_1_0.flac")
    code, _, err = run("train", manifest, "--out", tmp_path / "m", *FAST)
    assert code == 2
    assert f"{bad}: cut short: " in err[-1]
    assert " of 0.30 s. " in err[-1]
    assert "--on-error skip" in err[-1]
    skip = ["--on-error", "skip"]
    code, _, err = run("train", manifest, "--out", tmp_path / "m", *skip, *FAST)
    assert code == 0
    assert any(line.startswith(f"  {bad}: cut short: ") for line in err)
    recipe = read_recipe(tmp_path / "m")
    (problem,) = recipe["problems"]
    assert problem["path"] == str(bad)
    assert problem["problem"].startswith("cut short: ")
    assert recipe["skipped"] == []
    compare = ["compare", manifest, "--models", "fake_family:Level", "--out", tmp_path / "c"]
    assert run(*compare, *skip, "--channel", "split", "--group-column", "none")[0] == 0
    result = json.loads((tmp_path / "c" / "compare.json").read_text())
    assert result["data"]["problems"] == [problem]
    assert (result["data"]["clips"], result["settings"]["channel"]) == (48, "split")
    # Both channels of a file are tested, or neither: the file is their group.
    rows = read_rows(tmp_path / "c" / "predictions.csv")
    assert {row["channel"] for row in rows} == {"1", "2"}
    paths = [row["path"] for row in rows]
    assert all(paths.count(path) == 2 for path in paths)
    page = (tmp_path / "c" / "report.html").read_text()
    assert "Files with problems, used as they are: 1" in page
    assert f"{bad}: {problem['problem']}" in page
    code, out, err = run("predict", tmp_path / "m", bad)
    assert (code, len(out)) == (0, 1)
    assert err == [f"note: {bad}: {problem['problem']}"]
    with pytest.raises(ValueError, match=r"high_1_0\.flac: cut short: .*on_error"):
        load_predictor(tmp_path / "m").predict(bad)
    (record,) = load_predictor(tmp_path / "m").predict(bad, on_error="skip")
    assert record["problems"] == [problem["problem"]]


def test_limits_are_flags(run, tmp_path):
    manifest = write_corpus(tmp_path / "data")
    train = ["train", manifest, "--out", tmp_path / "m", *FAST]
    code, _, err = run(*train, "--max-seconds", "0.32")
    assert code == 2
    assert "holds more sound than the limit of 0.32 s" in err[-1]
    assert run(*train, "--max-seconds", "0.32", "--on-error", "skip")[0] == 0
    assert len(read_recipe(tmp_path / "m")["skipped"]) == 12
    code, _, err = run("inspect", tmp_path / "data", "--max-bytes", "many")
    assert (code, len(err)) == (2, 1)
    assert "`bytes` must be a number > 0" in err[0]


def test_inspect_writes_a_table_json_or_csv(run, tmp_path):
    write_corpus(tmp_path / "data", speakers=1, takes=1)
    cut(tmp_path / "data" / "low_0_0.flac")
    (tmp_path / "data" / "deep").mkdir()
    (tmp_path / "data" / "deep" / "empty.wav").touch()
    code, out, err = run("inspect", tmp_path / "data")
    assert code == 2
    empty = tmp_path / "data" / "deep" / "empty.wav"
    assert [line.split(":")[0] for line in err] == [str(empty)]
    assert out[1].split()[:4] == ["file", "format", "Hz", "channels"]
    assert len(out) == 5
    assert "cut short: " in "".join(out)
    code, out, _ = run("inspect", tmp_path / "data", "--json")
    records = {record["path"]: record for record in map(json.loads, out)}
    assert len(records) == 3
    good = records[str(tmp_path / "data" / "high_0_0.flac")]
    assert (good["sample_rate"], good["channels"], good["duration_s"]) == (RATE, 1, 0.3)
    assert (good["format"], good["problems"]) == ("FLAC PCM_16", [])
    code, out, _ = run("inspect", tmp_path / "data" / "high_0_0.flac", "--csv")
    (row,) = csv.DictReader(out)
    assert (code, row["duration_s"], row["problems"]) == (0, "0.3", "")
