"""`predict`: what it may be given, where it writes, and long recordings in windows."""

import csv
import io
import itertools
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from small_corpus import PITCHES, RATE, tone, write_corpus

from kapre_like.models.cli.main import main
from kapre_like.models.experiment.recording import windows_of

LEVEL = "fake_family:Level"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"))


def trained(corpus, tmp_path_factory, *more):
    out = tmp_path_factory.mktemp("model") / "m"
    typed = ["train", str(corpus), "--model", LEVEL, *more, "--out", str(out)]
    assert main([*typed, "--sample-rate", str(RATE)]) == 0
    return out


@pytest.fixture(scope="module")
def model(corpus, tmp_path_factory):
    return trained(corpus, tmp_path_factory)


@pytest.fixture(scope="module")
def scorer(corpus, tmp_path_factory):
    return trained(corpus, tmp_path_factory, "--task", "regress", "--label-column", "score")


@pytest.fixture
def new(tmp_path):
    """A folder with sound at two depths, and one file that is no sound."""
    for name, kind in (("a.wav", "low"), ("deep/b.flac", "high"), ("deep/c.WAV", "low")):
        (tmp_path / "new" / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / "new" / name, tone(PITCHES[kind]), RATE)
    (tmp_path / "new" / "notes.md").write_text("no sound")
    return tmp_path / "new"


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Low for 4 s, high for 3 s, low for 2.5 s."""
    path = tmp_path_factory.mktemp("long") / "day.wav"
    parts = (("low", 4.0), ("high", 3.0), ("low", 2.5))
    soundfile.write(path, np.concatenate([tone(PITCHES[k], s) for k, s in parts]), RATE)
    return path


def run(capsys, *arguments):
    """Exit code, lines of stdout, lines of stderr."""
    capsys.readouterr()
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return code, out.splitlines(), err.splitlines()


def answered(lines):
    return [tuple(line.split("\t")[:2]) for line in lines]


THREE = [("new/a.wav", "low"), ("new/deep/b.flac", "high"), ("new/deep/c.WAV", "low")]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["new"], THREE),
        (["new/"], THREE),
        (["new/**/*.[wfW]*", "new/a.wav"], [*THREE, THREE[0]]),
        (["new/*.wav"], THREE[:1]),
        (["new/deep", "new/a.wav"], [*THREE[1:], THREE[0]]),
    ],
)
def test_folders_and_patterns_are_their_files(names, expected, model, new, capsys, monkeypatch):
    monkeypatch.chdir(new.parent)
    code, out, err = run(capsys, "predict", model, *names)
    assert (code, err) == (0, [])
    assert answered(out) == expected


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(model, new, capsys):
    file = (new / "a.wav").rename(new / "take [1].wav")
    assert answered(run(capsys, "predict", model, file)[1]) == [(str(file), "low")]


def test_a_manifest_is_its_rows(model, recording, capsys, tmp_path):
    rows = "file;from;to\nday.wav;0,5;1,5\nday.wav;5;6\nday.wav;;\n"
    (tmp_path / "rows.csv").write_text(rows, "utf-8")
    columns = ["--path-column", "file", "--start-column", "from", "--end-column", "to"]
    code, out, err = run(
        capsys, "predict", model, tmp_path / "rows.csv", *columns, "--audio-root",
        recording.parent, "--header",
    )  # fmt: skip
    assert code == 0
    assert [line.split("\t")[1:4] for line in out] == [
        ["start", "end", "label"],
        ["0.500", "1.500", "low"],
        ["5.000", "6.000", "high"],
        ["", "", "low"],
    ]
    assert len(err) == 3
    assert all(line.startswith("note: ") for line in err)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\0"])
def test_standard_input_names_files(end, model, new, capsys, monkeypatch):
    monkeypatch.chdir(new.parent)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(
        end.join(["new/a.wav", "", "new/deep"]).encode())))  # fmt: skip
    assert answered(run(capsys, "predict", model, "-")[1]) == THREE


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg"])
def test_standard_input_may_be_a_sound_file(suffix, model, tmp_path):
    soundfile.write(tmp_path / f"x.{suffix}", tone(PITCHES["high"], 1.0), RATE)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "kapre_like", "predict", str(model), "-"],
        input=(tmp_path / f"x.{suffix}").read_bytes(), capture_output=True, env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.split(b"\t")[:2] == [b"-", b"high"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nope/*.wav", "nope/*.wav: no file matches"),
        ("empty", "empty: contains no sound file"),
        ("bad.csv", "no column 'path'"),
        ("-", "-: standard input is empty"),
        ("nope.wav", "nope.wav: no such file"),
    ],
)
def test_a_path_without_clips_is_a_one_line_error(name, words, model, new, capsys, monkeypatch):
    monkeypatch.chdir(new.parent)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    (new.parent / "empty").mkdir()
    (new.parent / "bad.csv").write_text("file\na.wav\n")
    code, out, err = run(capsys, "predict", model, name, "new/a.wav")
    assert (code, answered(out), len(err)) == (2, THREE[:1], 1)
    assert words in err[0]


def test_a_table_has_a_header_a_column_for_each_class_and_the_errors(
    model, new, capsys, tmp_path
):
    (new / "bad.wav").write_bytes(b"RIFF")
    code, out, err = run(
        capsys, "predict", model, new, "--csv", tmp_path / "p.csv", "--on-error", "skip"
    )
    assert (code, out) == (0, [])
    assert err[-2:] == [f"wrote {tmp_path / 'p.csv'}", "skipped 1 bad file"]
    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = ["path", "label", "probability", "confident", "p_high", "p_low", "error"]
    assert list(rows[0]) == columns
    assert [row["label"] for row in rows] == ["low", "", "high", "low"]
    assert "bad.wav" in rows[1]["error"]
    assert float(rows[0]["p_low"]) == float(rows[0]["probability"])
    # It is a manifest itself, and a table on standard output is the same.
    assert run(capsys, "predict", model, tmp_path / "p.csv", "--on-error", "skip")[0] == 0
    text = (tmp_path / "p.csv").read_text().splitlines()
    assert run(capsys, "predict", model, new, "--csv", "-", "--on-error", "skip")[1] == text


def test_on_error_fail_ends_at_the_first_bad_file_and_writes_no_table(
    model, new, capsys, tmp_path
):
    (new / "bad.wav").write_bytes(b"RIFF")
    typed = ["predict", model, new, "--on-error", "fail", "--csv", tmp_path / "p.csv"]
    code, out, err = run(capsys, *typed)
    assert (code, out, len(err)) == (2, [], 1)
    assert "bad.wav" in err[0]
    assert not (tmp_path / "p.csv").exists()


def test_a_header_is_printed_with_the_flag(model, scorer, new, capsys):
    assert run(capsys, "predict", model, new / "a.wav", "--header")[1][0] == (
        "path\tlabel\tprobability"
    )
    assert run(capsys, "predict", scorer, new / "a.wav", "--header")[1][0] == "path\tscore"
    assert len(run(capsys, "predict", model, new / "a.wav")[1]) == 1


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--hop", "1"], "--hop is for windows"),
        (["--audacity", "x.txt"], "--audacity is for windows"),
        (["--csv", "x.csv", "--json"], "Leave one out"),
        (["--csv", "no/where/x.csv"], "no/where"),
        (["--seconds-per-window", "0"], "`seconds_per_window` must be a number > 0"),
        (["--seconds-per-window", "1", "--hop", "-1"], "`hop` must be a number > 0"),
        (["--seconds-per-window", "1", "--explain"], "--explain is for whole clips"),
    ],
)
def test_flags_that_mean_nothing_together_are_refused(flags, words, model, new, capsys):
    code, out, err = run(capsys, "predict", model, new / "a.wav", *flags)
    assert (code, out, len(err)) == (2, [], 1)
    assert words in err[0]


@pytest.mark.parametrize(
    ("duration", "seconds", "hop"),
    [(9.5, 1.0, 0.5), (9.5, 1.0, 1.0), (9.5, 2.0, 0.25), (0.3, 1.0, 1.0), (10.0, 1.0, 3.0),
     (1.0, 1.0, 1.0), (900.0, 1.0, 0.7)],
)  # fmt: skip
def test_windows_cover_a_recording_and_their_own_times_do_not_overlap(duration, seconds, hop):
    windows = windows_of(duration, seconds, hop)
    assert windows[0].start == windows[0].own_start == 0.0
    assert windows[-1].end == windows[-1].own_end == pytest.approx(duration)
    for window in windows:
        assert window.end - window.start == pytest.approx(min(seconds, duration))
        assert window.start <= window.own_start < window.own_end <= window.end + 1e-9
    for before, after in itertools.pairwise(windows):
        assert after.start - before.start <= hop + 1e-9
        if hop <= seconds:
            assert after.own_start == pytest.approx(before.own_end)
        else:
            assert after.own_start >= before.own_end


def test_events_are_merged_over_windows(model, recording, capsys):
    windows = ["--seconds-per-window", "1", "--hop", "0.25"]
    code, out, err = run(capsys, "predict", model, recording, *windows, "--header")
    assert (code, err) == (0, [])
    assert out[0] == "path\tstart\tend\tlabel\tconfidence"
    rows = [line.split("\t") for line in out[1:]]
    assert [row[3] for row in rows] == ["low", "high", "low"]
    times = [float(time) for row in rows for time in row[1:3]]
    np.testing.assert_allclose(times, [0, 4, 4, 7, 7, 9.5], atol=0.5)
    assert times[1::2][:-1] == times[2::2]
    assert all(0.5 < float(row[4]) <= 1 for row in rows)


def test_events_are_json_csv_and_audacity_labels(model, recording, new, capsys, tmp_path):
    windows = ["--seconds-per-window", "1"]
    code, out, _ = run(
        capsys, "predict", model, recording, *windows, "--json", "--audacity",
        tmp_path / "day.txt",
    )  # fmt: skip
    record = json.loads(out[0])
    assert (code, set(record)) == (0, {"path", "events"})
    assert set(record["events"][0]) == {"start", "end", "label", "confidence"}
    labels = [line.split("\t") for line in (tmp_path / "day.txt").read_text().splitlines()]
    assert [(float(start), float(end), label) for start, end, label in labels] == [
        (event["start"], event["end"], event["label"]) for event in record["events"]
    ]
    typed = ["predict", model, recording, new, *windows, "--audacity", tmp_path / "labels"]
    assert run(capsys, *typed, "--csv", tmp_path / "e.csv")[0] == 0
    assert sorted(path.name for path in (tmp_path / "labels").iterdir()) == [
        "a.txt", "b.txt", "c.txt", "day.txt",
    ]  # fmt: skip
    rows = list(csv.DictReader((tmp_path / "e.csv").read_text().splitlines()))
    assert list(rows[0]) == ["path", "start", "end", "label", "confidence", "error"]
    assert [row["label"] for row in rows] == ["low", "high", "low", "low", "high", "low"]
    # One file holds the labels of one recording.
    code, _, err = run(capsys, *typed[:-1], tmp_path / "one.txt")
    assert (code, len(err)) == (2, 1)
    assert "two recordings" in err[0]


def test_scores_are_printed_for_each_window(scorer, recording, capsys):
    windows = ["--seconds-per-window", "2", "--header"]
    out = run(capsys, "predict", scorer, recording, *windows)[1]
    assert out[0] == "path\tstart\tend\tscore"
    assert [line.split("\t")[1] for line in out[1:]] == [
        "0.000", "2.000", "4.000", "6.000", "7.750",
    ]  # fmt: skip


def test_windows_of_a_part_count_from_the_beginning_of_the_file(
    model, recording, capsys, tmp_path
):
    rows = f"path,from,to\n{recording},4.0,8.0\n"
    (tmp_path / "rows.csv").write_text(rows)
    columns = ["--start-column", "from", "--end-column", "to", "--seconds-per-window", "1"]
    out = run(capsys, "predict", model, tmp_path / "rows.csv", *columns)[1]
    assert [line.split("\t")[1:4] for line in out] == [
        ["4.000", "7.000", "high"],
        ["7.000", "8.000", "low"],
    ]


def test_a_recording_is_decoded_some_minutes_at_a_time(model, recording, capsys, monkeypatch):
    whole = run(capsys, "predict", model, recording, "--seconds-per-window", "1")[1]
    module = sys.modules["kapre_like.models.experiment.recording"]
    monkeypatch.setattr(module, "GROUP_SECONDS", 2.0)
    lengths = []
    sound = module.Part.sound

    def events_of(part, *how):
        lengths.append(len(sound(part, *how).waveform))
        return sound(part, *how)

    monkeypatch.setattr(module.Part, "sound", events_of)
    assert run(capsys, "predict", model, recording, "--seconds-per-window", "1")[1] == whole
    assert max(lengths) <= 2 * RATE
    assert len(lengths) >= 5


def test_the_length_rule_of_the_model_holds_inside_a_window(
    corpus, recording, tmp_path_factory, capsys
):
    """A window of 9.5 s. The model processes its middle 0.2 s, which are high."""
    model = trained(corpus, tmp_path_factory, "--seconds", "0.2")
    out = run(capsys, "predict", model, recording, "--seconds-per-window", "20")[1]
    assert [line.split("\t")[1:4] for line in out] == [["0.000", "9.500", "high"]]


def test_separate_channels_have_their_own_events(model, tmp_path, capsys):
    low, high = (tone(PITCHES[kind], 2.0) for kind in ("low", "high"))
    soundfile.write(tmp_path / "call.wav", np.stack([low, high], axis=1), RATE)
    typed = ["predict", model, tmp_path / "call.wav", "--seconds-per-window", "1"]
    out = run(capsys, *typed, "--channel", "split", "--json")[1]
    told = [
        (record["channel"], record["events"][0]["label"]) for record in map(json.loads, out)
    ]
    assert told == [(1, "low"), (2, "high")]
    out = run(capsys, *typed, "--channel", "right", "--csv", "-")[1]
    assert out[0] == "path,channel,start,end,label,confidence,error"
    assert out[1].split(",")[1:5] == ["2", "0.0", "2.0", "high"]
