"""The corpus that ships: what its README promises, and that its script still makes it."""

import csv
import importlib.util
import pathlib
import shutil
import subprocess

import numpy as np
import pytest
import soundfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
CORPUS = ROOT / "examples/data/spoken_digits"
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.fixture(scope="module")
def rows():
    with (CORPUS / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def values(rows, column, split=None):
    return {row[column] for row in rows if split in (None, row["split"])}


def test_the_manifest_names_every_file_once(rows):
    assert list(rows[0]) == ["path", "label", "text", "speaker", "words_per_minute", "split"]
    files = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*.flac"))
    assert sorted(row["path"] for row in rows) == files
    assert len(files) >= 600


def test_every_clip_is_16_khz_mono_16_bit_flac_of_a_word_s_length(rows):
    for row in rows:
        info = soundfile.info(CORPUS / row["path"])
        assert (info.format, info.subtype) == ("FLAC", "PCM_16")
        assert (info.samplerate, info.channels) == (16000, 1)
        assert 0.15 < info.duration < 1.5


def test_all_of_it_is_under_8_megabytes():
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 8e6


def test_every_voice_has_every_digit(rows):
    assert len(values(rows, "speaker")) >= 24
    for speaker in values(rows, "speaker"):
        output = [row for row in rows if row["speaker"] == speaker]
        assert values(output, "label") == {str(digit) for digit in range(10)}
    assert {(row["label"], row["text"]) for row in rows} == {
        (str(digit), word) for digit, word in enumerate(WORDS)
    }


def test_no_speaker_is_in_two_splits(rows):
    splits = [values(rows, "speaker", split) for split in ("train", "valid", "test")]
    assert all(splits)
    assert sum(map(len, splits)) == len(values(rows, "speaker"))


def test_the_speaking_rate_is_a_range_and_changes_the_durations(rows):
    rate = np.array([float(row["words_per_minute"]) for row in rows])
    assert len(np.unique(rate)) > 100
    duration = [soundfile.info(CORPUS / row["path"]).duration for row in rows]
    # The word's own length hides some of it: -0.80 over all, stronger within a word.
    assert np.corrcoef(rate, duration)[0, 1] < -0.7


def test_no_clip_is_silent_or_clipped(rows):
    for row in rows[::7]:
        samples, _ = soundfile.read(CORPUS / row["path"])
        assert 0.02 < np.abs(samples).max() < 0.99


def test_the_script_makes_a_voice_again(rows, tmp_path):
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed (apt-get install espeak-ng)")
    output = subprocess.run(["espeak-ng", "--version"], capture_output=True, text=True).stdout
    if " 1.51" not in output:
        pytest.skip(f"the corpus was made with espeak-ng 1.51; here: {output.split('  ')[0]}")
    spec = importlib.util.spec_from_file_location(
        "make_corpus", ROOT / "examples/make_corpus.py"
    )
    make_corpus = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_corpus)

    speaker = make_corpus.SPEAKERS[4]
    make_corpus.make(tmp_path, (speaker,))
    again = sorted(tmp_path.rglob("*.flac"))
    assert len(again) == 30
    for path in again:
        made, _ = soundfile.read(path, dtype="int16")
        kept, _ = soundfile.read(CORPUS / path.relative_to(tmp_path), dtype="int16")
        # One step of 16 bits: an FFT rounds differently from processor to processor.
        assert np.abs(made.astype(int) - kept).max() <= 1
