"""The command `features`: a table of what is in each clip, whole also after a kill."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import soundfile
from small_corpus import RATE, tone, write_class_folders, write_corpus

from kapre_like.audio import read
from kapre_like.features import ClipFeatures, table_parts
from kapre_like.models.cli.main import main
from kapre_like.models.experiment import features
from kapre_like.models.experiment.train import train

NAMES = list(ClipFeatures(sample_rate=RATE).get_feature_names_out())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(table_parts, "ROWS", 5)


def write(data, out, **more):
    features(data, out=out, sample_rate=RATE, **more)
    return pd.read_parquet(out) if out.suffix == ".parquet" else pd.read_csv(out, dtype=str)


def expected(paths, **settings):
    waves = [read(path, sample_rate=RATE) for path in paths]
    return ClipFeatures(sample_rate=RATE, **settings).transform(waves)


def test_rows_are_the_clips_with_their_columns(corpus, tmp_path):
    got = write(corpus, tmp_path / "t.parquet")
    assert list(got.columns) == ["path", "label", "speaker", *NAMES]
    manifest = pd.read_csv(corpus)
    assert got["path"].tolist() == [str(corpus.parent / name) for name in manifest["path"]]
    assert got["label"].tolist() == manifest["label"].tolist()
    assert got["speaker"].tolist() == manifest["speaker"].tolist()
    np.testing.assert_array_equal(got[NAMES].to_numpy(), expected(got["path"]))
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


def test_csv_holds_the_same_numbers(corpus, tmp_path):
    parquet, csv = (write(corpus, tmp_path / f"t.{kind}") for kind in ("parquet", "csv"))
    assert list(csv.columns) == list(parquet.columns)
    assert csv["path"].tolist() == parquet["path"].tolist()
    np.testing.assert_array_equal(csv[NAMES].astype("float32"), parquet[NAMES])


def test_a_table_is_a_manifest(corpus, tmp_path):
    write(corpus, tmp_path / "t.parquet")
    recipe = train(
        tmp_path / "t.parquet", model="fake_family:Level", out=tmp_path / "m", sample_rate=RATE
    )
    assert recipe["class_names"] == ["high", "low"]
    assert recipe["trained_on"]["n"] + recipe["validated_on"]["n"] == 24


def test_folders_of_classes_have_labels_and_folders_of_files_have_none(tmp_path):
    folder = write_class_folders(tmp_path / "classes", clips=2)
    got = write(folder, tmp_path / "a.parquet")
    assert got["label"].tolist() == ["high", "high", "low", "low"]
    got = write(folder / "low", tmp_path / "b.parquet")
    assert list(got.columns) == ["path", *NAMES]
    assert len(got) == 2


def test_a_manifest_may_have_no_labels_and_parts_of_files(corpus, tmp_path):
    manifest = pd.read_csv(corpus)[["path", "speaker"]][:6].assign(begin=0.1, end=0.2)
    manifest.to_csv(corpus.parent / "parts.csv", index=False)
    got = write(
        corpus.parent / "parts.csv", tmp_path / "t.csv", start_column="begin", end_column="end"
    )
    assert list(got.columns[:4]) == ["path", "speaker", "start_s", "end_s"]
    assert set(got["duration_s"]) == {"0.1"}


def test_settings_seconds_and_channel_are_the_arguments(tmp_path):
    two = np.stack([tone(300, seed=1), tone(900, seed=2)], axis=1)
    (tmp_path / "two").mkdir()
    soundfile.write(tmp_path / "two" / "a.wav", two, RATE, subtype="FLOAT")
    got = write(
        tmp_path / "two", tmp_path / "t.parquet",
        settings={"n_mels": "12"}, channel="right", seconds=0.1,
    )  # fmt: skip
    wave = read(tmp_path / "two" / "a.wav", sample_rate=RATE, channel=2, seconds=0.1)
    want = ClipFeatures(sample_rate=RATE, n_mels=12)
    assert list(got.columns[1:]) == list(want.get_feature_names_out())
    np.testing.assert_array_equal(got.iloc[:, 1:].to_numpy(), want.transform([wave]))


@pytest.fixture
def broken(tmp_path):
    """Twelve files. The first six and the ninth cannot be read, and one is truncated."""
    folder = tmp_path / "broken"
    folder.mkdir()
    for number in range(12):
        path = folder / f"{number:02}.wav"
        soundfile.write(path, tone(400, seed=number), RATE)
        if number < 6 or number == 8:
            path.write_bytes(b"")
        elif number == 10:
            path.write_bytes(path.read_bytes()[:2000])
    return folder


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_skip_leaves_bad_files_out_and_names_them(broken, tmp_path, kind):
    lines = []
    out = tmp_path / f"t.{kind}"
    result = features(broken, out=out, sample_rate=RATE, on_error="skip", log=lines.append)
    got = pd.read_parquet(out) if kind == "parquet" else pd.read_csv(out)
    assert [path[-6:-4] for path in got["path"]] == ["06", "07", "09", "10", "11"]
    assert result["n"] == 5
    assert len(result["skipped"]) == 7
    assert result["skipped"][0]["reason"].startswith("is empty (0 bytes)")
    assert any("10.wav: cut short" in line for line in lines)


def test_fail_stops_at_the_first_bad_file_and_skip_goes_on_from_there(broken, tmp_path):
    for number in range(6):
        soundfile.write(broken / f"{number:02}.wav", tone(400), RATE)
    with pytest.raises(ValueError, match=r"08\.wav: is empty"):
        features(broken, out=tmp_path / "t.csv", sample_rate=RATE)
    lines = []
    features(
        broken, out=tmp_path / "t.csv", sample_rate=RATE, on_error="skip", log=lines.append
    )
    assert "resuming: 5 clips are done, 7 are left" in lines
    assert len(pd.read_csv(tmp_path / "t.csv")) == 11


def test_fail_does_not_take_what_skip_left(broken, tmp_path, monkeypatch):
    def full(*_):
        raise OSError("no")

    with monkeypatch.context() as here:
        here.setattr(table_parts.TableParts, "join", full)
        with pytest.raises(OSError, match="no"):
            features(broken, out=tmp_path / "t.csv", sample_rate=RATE, on_error="skip")
    with pytest.raises(ValueError, match=r"00\.wav: is empty"):
        features(broken, out=tmp_path / "t.csv", sample_rate=RATE)


def test_a_damaged_file_is_refused_as_training_refuses_it(broken, tmp_path):
    for name in [*(f"{number:02}" for number in range(6)), "08"]:
        (broken / f"{name}.wav").unlink()
    with pytest.raises(ValueError, match=r"10\.wav: cut short.*--on-error skip uses"):
        features(broken, out=tmp_path / "t.csv", sample_rate=RATE)


def test_other_settings_start_anew_and_say_so(corpus, tmp_path, monkeypatch):
    out, lines = tmp_path / "t.csv", []
    with monkeypatch.context() as here:
        here.setattr(table_parts.TableParts, "join", lambda *_: None)
        features(corpus, out=out, sample_rate=RATE)
    got = features(corpus, out=out, sample_rate=RATE, settings={"n_mels": 9}, log=lines.append)
    assert any("starting anew" in line for line in lines)
    assert not any("going on" in line for line in lines)
    assert list(pd.read_csv(out, nrows=1).columns) == got["columns"]
    assert "mel_08" in " ".join(got["columns"])
    assert "mel_09" not in " ".join(got["columns"])


def test_an_older_table_is_replaced_only_with_the_argument(corpus, tmp_path):
    out = tmp_path / "t.csv"
    out.write_text("mine")
    with pytest.raises(ValueError, match=r"exists\. Replace it with --overwrite"):
        features(corpus, out=out, sample_rate=RATE)
    assert out.read_text() == "mine"
    assert len(write(corpus, out, overwrite=True)) == 24


def test_parts_of_another_run_are_no_leave_to_replace_a_table(corpus, tmp_path, monkeypatch):
    out = tmp_path / "t.csv"
    out.write_text("mine")
    with monkeypatch.context() as here:
        here.setattr(table_parts.TableParts, "join", lambda *_: None)
        features(corpus, out=out, sample_rate=RATE, overwrite=True)
    with pytest.raises(ValueError, match="exists"):
        features(corpus, out=out, sample_rate=RATE, seconds=0.1)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"out": "t.xlsx"}, "must end in .parquet or .csv"),
        ({"out": "no/t.csv"}, "its folder does not exist"),
        ({"channel": "split"}, "`channel` must be one channel"),
        ({"settings": {"n_mel": 3}}, "n_mels"),
        ({"settings": {"n_mels": 0}}, "n_mels"),
        ({"jobs": 0}, "`jobs` must be an int > 0. Received: jobs=0"),
        ({"seconds": 0}, "`seconds` must be"),
        ({"on_error": "raise"}, "on_error"),
        ({"sample_rate": 16}, "sample_rate"),
    ],
)
def test_bad_arguments_are_refused_before_any_work(corpus, tmp_path, more, words):
    more = {"out": "t.csv", **more}
    with pytest.raises(ValueError, match=words):
        features(corpus, **{**more, "out": tmp_path / more["out"]})
    assert not list(tmp_path.iterdir())


def test_without_pyarrow_the_error_names_the_extra(corpus, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"kapre-like\[parquet\]'"):
        features(corpus, out=tmp_path / "t.parquet")


def test_the_command_line_writes_the_table(corpus, tmp_path, capsys):
    out = tmp_path / "t.csv"
    typed = ["features", corpus, "--out", out, "--sample-rate", RATE, "--set", "n_mels=7"]
    assert main([*map(str, typed), "--jobs", "1"]) == 0
    assert f"wrote {out}: 24 clips" in capsys.readouterr().err
    assert len(pd.read_csv(out)) == 24
    assert main([*map(str, typed)]) == 2
    assert "--overwrite" in capsys.readouterr().err


PROGRAM = """
import sys
from kapre_like.audio import processes
from kapre_like.features import table_parts
from kapre_like.models.cli.main import main
table_parts.ROWS = 16
processes._TRIAL_S, processes._WORTH_S = 0.05, 0.0
sys.exit(main(sys.argv[1:]))
"""


def killed(arguments, seconds):
    """Runs the command and kills it after some seconds; whether it ended before."""
    places = os.pathsep.join(place for place in sys.path if place)
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": places}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        code = process.wait(seconds)
        assert code == 0, process.stderr.read()
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return False
    finally:
        process.stderr.close()
    return True


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
@pytest.mark.parametrize(("kind", "times"), [("parquet", 20), ("csv", 5)])
def test_kills_at_random_moments_lose_and_repeat_no_row(tmp_path, kind, times):
    data = tmp_path / "data"
    data.mkdir()
    for number in range(300):
        # Each of another length, so that each row is another one.
        wave = tone(300 + number, 0.2 + number / 1000, seed=number)
        soundfile.write(data / f"{number:03}.{('wav', 'flac')[number % 2]}", wave, RATE)
    whole, out = tmp_path / f"whole.{kind}", tmp_path / f"t.{kind}"
    arguments = ["features", data, "--sample-rate", RATE]
    began = time.monotonic()
    assert killed([*arguments, "--out", whole], None)
    takes = time.monotonic() - began
    moments, kills, resumed = random.Random(0), 0, 0
    while kills < times:
        # A tenth of the time more, so that some kills meet the joining of the parts.
        if killed([*arguments, "--out", out, "--overwrite"], moments.uniform(0, 1.1 * takes)):
            assert out.read_bytes() == whole.read_bytes()
            out.unlink()
            continue
        kills += 1
        resumed += (table_parts.folder_of(out) / "000000").exists()
    assert killed([*arguments, "--out", out, "--overwrite"], None)
    assert resumed > 0
    assert out.read_bytes() == whole.read_bytes()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"data", whole.name, out.name}
