"""What users really have on their disks: it works, or it is one line and exit code 2.

The cases of data sets run with a family that takes milliseconds, because the checks come before
any family. The cases of sound files run with real boosted trees.
"""

import shutil

import numpy as np
import pytest
import soundfile
from small_corpus import (
    RATE,
    read_rows,
    tone,
    write_class_folders,
    write_corpus,
    write_manifest,
)

from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.cli.main import main

FAST = ["--model", "fake_family:Level"]


@pytest.fixture
def run(capsys):
    """Runs a command; gives exit code, lines of stdout, lines of stderr."""

    def call(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err.splitlines()

    return call


def refused(run, words, *arguments, progress=0):
    """The command ends with 2 and one line, after so many lines of progress."""
    code, out, err = run(*arguments)
    assert (code, out) == (2, [])
    assert len(err) == 1 + progress, err
    for word in words:
        assert word in err[-1], err[-1]


def test_an_empty_folder(run, tmp_path):
    (tmp_path / "data").mkdir()
    refused(run, [str(tmp_path / "data"), "empty"], "train", tmp_path / "data", "--out", "m")
    (tmp_path / "data" / "low").mkdir()
    refused(run, [str(tmp_path / "data")], "train", tmp_path / "data", "--out", "m")


@pytest.mark.parametrize("command", ["train", "compare"])
def test_one_class_only(run, command, tmp_path):
    data = write_class_folders(tmp_path / "data", classes=("low",))
    refused(run, [str(data), "'low'", "two or more"], command, data, "--out", tmp_path / "m")


def test_one_score_only(run, tmp_path):
    rows = read_rows(write_corpus(tmp_path))
    write_manifest(tmp_path / "m.csv", [{**row, "score": "3.5"} for row in rows])
    arguments = ["--task", "regress", "--label-column", "score", "--out", tmp_path / "m", *FAST]
    words = ["m.csv", "have the score 3.5", "two or more"]
    refused(run, words, "train", tmp_path / "m.csv", *arguments, progress=1)


@pytest.mark.parametrize(
    ("flag", "words"),
    [("--label-column", "label"), ("--path-column", "path"), ("--group-column", "speaker"),
     ("--split-column", "score"), ("--start-column", "score"), ("--end-column", "score")],
)  # fmt: skip
def test_a_missing_column_lists_those_there_are(run, flag, words, tmp_path):
    manifest = write_corpus(tmp_path)
    expected = [str(manifest), "no column 'nope'", words, flag]
    refused(run, expected, "train", manifest, flag, "nope", "--out", tmp_path / "m", *FAST)


def test_labels_that_are_no_numbers(run, tmp_path):
    manifest = write_corpus(tmp_path)
    words = [str(manifest), "'low'", "number"]
    refused(run, words, "train", manifest, "--task", "regress", "--out", tmp_path / "m", *FAST)


@pytest.mark.parametrize("name", ["nowhere", "nowhere.csv"])
@pytest.mark.parametrize("command", ["train", "compare"])
def test_data_that_are_not_there(run, name, command, tmp_path):
    refused(run, [f"{name}: no such"], command, tmp_path / name, "--out", tmp_path / "m")


def spoil(path, how):
    """Makes of a good file a bad one."""
    if how == "missing":
        path.unlink()
    if how == "zero bytes":
        path.write_bytes(b"")
    if how == "text":
        path.write_text("this is a list of groceries\n" * 40)
    if how == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    if how == "no samples":
        soundfile.write(path, np.zeros(0), RATE, format="WAV")
    if how == "nan":
        soundfile.write(path, np.full(800, np.nan), RATE, format="WAV", subtype="FLOAT")


BAD = ["missing", "zero bytes", "text", "cut", "no samples", "nan"]


@pytest.mark.parametrize("how", BAD)
def test_a_bad_file_in_the_data(run, how, tmp_path):
    manifest = write_corpus(tmp_path / "data")
    bad = tmp_path / "data" / "high_1_0.flac"
    spoil(bad, how)
    out = tmp_path / "m"
    words = [str(bad), "--on-error skip"]
    refused(run, words, "train", manifest, "--out", out, *FAST, progress=1)
    assert not out.exists()
    code, _, err = run("train", manifest, "--out", out, "--on-error", "skip", *FAST)
    assert code == 0
    assert "skipped 1 bad file:" in err
    assert any(line.startswith(f"  {bad}: ") for line in err)
    (entry,) = read_recipe(out)["skipped"]
    assert entry["path"] == str(bad)
    assert entry["reason"]


# What is left of a file cut short is answered: tests/test_models_cli_sound.py.
@pytest.mark.parametrize("how", [how for how in BAD if how != "cut"])
def test_a_bad_file_to_predict(run, how, boosted, tmp_path):
    bad, good = tmp_path / "bad.wav", tmp_path / "good.wav"
    for path in (bad, good):
        soundfile.write(path, tone(220.0), RATE)
    spoil(bad, how)
    code, out, err = run("predict", boosted, bad, good)
    assert (code, len(out), len(err)) == (2, 1, 1)
    assert err[0].startswith(f"{bad}: ")


def test_skipping_that_leaves_one_class(run, tmp_path):
    data = write_class_folders(tmp_path / "data")
    for path in (data / "low").iterdir():
        spoil(path, "text")
    code, _, err = run("train", data, "--out", tmp_path / "m", "--on-error", "skip", *FAST)
    assert code == 2
    assert "'high' (6 skipped as bad)" in err[-1]
    assert not (tmp_path / "m").exists()


def test_skipping_that_leaves_nothing(run, tmp_path):
    data = write_class_folders(tmp_path / "data", clips=2)
    for path in data.rglob("*.wav"):
        spoil(path, "zero bytes")
    arguments = ["--out", tmp_path / "m", "--on-error", "skip", *FAST]
    refused(run, ["None of the 4 files"], "train", data, *arguments, progress=1)


def test_evaluate_skips_bad_clips_with_a_note(run, boosted, tmp_path):
    manifest = write_corpus(tmp_path / "data", splits=["train"] * 3 + ["valid"] + ["test"] * 2)
    spoil(tmp_path / "data" / "low_5_1.flac", "cut")
    refused(run, ["low_5_1.flac"], "evaluate", boosted, manifest, progress=1)
    code, out, err = run("evaluate", boosted, manifest, "--on-error", "skip")
    assert code == 0
    assert "7 clips" in out[1]
    assert "skipped 1 bad file:" in err


def test_no_test_rows_names_the_way_out(run, boosted, tmp_path):
    manifest = write_corpus(tmp_path / "data", splits=["train"] * 6)
    refused(run, ["no row has the split test", "--split all"], "evaluate", boosted, manifest)
    plain = write_corpus(tmp_path / "plain")
    words = ["there is no split column", "--split all"]
    refused(run, words, "evaluate", boosted, plain, "--split", "test")


@pytest.fixture(scope="module")
def boosted(tmp_path_factory):
    pytest.importorskip("catboost")
    folder = tmp_path_factory.mktemp("boosted")
    manifest = write_corpus(folder / "data", speakers=8)
    out = folder / "m"
    assert main(["train", str(manifest), "--out", str(out), "--epochs", "20"]) == 0
    return out


def odd_files():
    """Sound in every encoding and shape that must work, all of the low class."""
    low, rate = tone(220.0, 0.5, 8000), 8000
    stereo = np.stack([low, 0.5 * low], axis=1)
    return {
        "8 bit": (low, rate, "PCM_U8"),
        "16 bit": (low, rate, "PCM_16"),
        "24 bit": (low, rate, "PCM_24"),
        "32 bit": (low, rate, "PCM_32"),
        "float": (low, rate, "FLOAT"),
        "double": (low, rate, "DOUBLE"),
        "mu law": (low, rate, "ULAW"),
        "stereo": (stereo, rate, "PCM_16"),
        "eight channels": (np.repeat(low[:, None], 8, axis=1), rate, "PCM_16"),
        "44.1 kHz": (tone(220.0, 0.5, 44100), 44100, "PCM_16"),
        "11.025 kHz": (tone(220.0, 0.5, 11025), 11025, "PCM_16"),
    }


@pytest.mark.parametrize("kind", odd_files())
def test_any_encoding_rate_and_number_of_channels_is_predicted(run, kind, boosted, tmp_path):
    samples, rate, subtype = odd_files()[kind]
    soundfile.write(tmp_path / "a.wav", samples, rate, subtype=subtype)
    code, out, err = run("predict", boosted, tmp_path / "a.wav")
    assert (code, err) == (0, [])
    assert out[0].split("\t")[1] == "low"


@pytest.mark.parametrize(
    "samples", [np.zeros(8000), np.zeros(5), tone(220.0, 0.01), np.ones(1)]
)
def test_silence_and_less_than_a_frame_are_predicted(run, samples, boosted, tmp_path):
    soundfile.write(tmp_path / "a.wav", samples, RATE)
    code, out, err = run("predict", boosted, tmp_path / "a.wav")
    assert (code, err) == (0, [])
    assert 0.0 < float(out[0].split("\t")[2]) <= 1.0


def test_odd_clips_are_trained_on_like_others(run, tmp_path):
    pytest.importorskip("catboost")
    data = write_class_folders(tmp_path / "data")
    for index, (samples, rate, subtype) in enumerate(odd_files().values()):
        soundfile.write(data / "low" / f"odd{index}.wav", samples, rate, subtype=subtype)
    soundfile.write(data / "high" / "silence.wav", np.zeros(4000), RATE)
    soundfile.write(data / "high" / "click.wav", np.ones(3) * 0.5, RATE)
    code, _, err = run("train", data, "--out", tmp_path / "m", "--epochs", "5")
    assert code == 0, err
    assert run("evaluate", tmp_path / "m", data)[0] == 0


@pytest.mark.parametrize("file", ["model.cbm", "recipe.json"])
def test_a_model_folder_that_lost_a_file(run, file, boosted, tmp_path):
    copy = shutil.copytree(boosted, tmp_path / "copy")
    (copy / file).unlink()
    refused(run, [str(copy), file], "predict", copy, "a.wav")


def test_a_model_file_that_is_no_model(run, boosted, tmp_path):
    copy = shutil.copytree(boosted, tmp_path / "copy")
    (copy / "model.cbm").write_text("half of a model")
    refused(run, ["model.cbm"], "predict", copy, "a.wav")


def test_a_boosted_model_is_not_exported(run, boosted, tmp_path):
    refused(
        run,
        ["--format with one of: onnx, cpp, coreml"],
        "export",
        boosted,
        "--out",
        tmp_path / "x",
    )
    assert not (tmp_path / "x").exists()


def test_show_of_what_is_no_sound(run, tmp_path):
    (tmp_path / "a.wav").write_text("text")
    refused(run, ["a.wav"], "show", tmp_path / "a.wav", "--out", tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()
    for samples in (np.zeros(8000), np.ones(1), np.zeros((100, 2))):
        soundfile.write(tmp_path / "b.wav", samples, RATE)
        assert run("show", tmp_path / "b.wav", "--out", tmp_path / "b.png")[0] == 0
