"""`audio.scan`: every file read once, bad ones named, sounds known by their bytes."""

import shutil

import numpy as np
import pytest
import soundfile

from kapre_like.audio import read_dataset
from kapre_like.audio.scan import scan

RATE = 8000


@pytest.fixture
def data(tmp_path):
    for i, name in enumerate(["a.wav", "b.flac", "c.wav"]):
        samples = np.random.default_rng(i).uniform(-0.5, 0.5, RATE * (i + 1) // 2)
        soundfile.write(tmp_path / name, samples, RATE)
    shutil.copy(tmp_path / "a.wav", tmp_path / "copy.wav")
    (tmp_path / "zero.wav").touch()
    names = ["a.wav", "b.flac", "copy.wav", "zero.wav", "missing.wav", "c.wav"]
    rows = [f"{name},{i % 2}" for i, name in enumerate(names)]
    (tmp_path / "m.csv").write_text("path,label\n" + "\n".join(rows) + "\n", "utf-8")
    return read_dataset(tmp_path / "m.csv")


def test_bad_files_are_skipped_by_name_and_reason(data):
    table, skipped, seconds, _ = scan(data, sample_rate=RATE, on_error="skip")
    assert table["duration_s"].tolist() == [0.5, 1.0, 0.5, 1.5]
    assert table.attrs["class_names"] == ["0", "1"]
    assert [entry["path"] for entry in skipped] == data["path"][3:5].tolist()
    assert skipped[0]["reason"].startswith("is empty (0 bytes).")
    assert skipped[1]["reason"].startswith("no such file.")
    assert seconds > 0


def test_a_copy_has_the_same_digest_and_a_part_another(data):
    table = scan(data, sample_rate=RATE, on_error="skip").table
    assert table["digest"].nunique() == 3
    assert table["digest"].iloc[0] == table["digest"].iloc[2]
    part = scan(data[:1].assign(end_s=0.25), sample_rate=RATE).table
    assert part["digest"].iloc[0] != table["digest"].iloc[0]


def test_fail_names_the_first_and_counts_the_rest(data):
    with pytest.raises(ValueError, match=r"zero\.wav: is empty.*2 bad files of 6; --on-error"):
        scan(data, sample_rate=RATE)


def test_nothing_readable_is_an_error_even_when_skipping(data):
    with pytest.raises(ValueError, match="None of the 2 files can be read"):
        scan(data[3:5], sample_rate=RATE, on_error="skip")


def test_the_result_does_not_depend_on_the_sample_rate_of_reading(data):
    at = [scan(data[:3], sample_rate=rate).table for rate in (RATE, 16000)]
    assert at[0]["digest"].tolist() == at[1]["digest"].tolist()
    np.testing.assert_allclose(at[0]["duration_s"], at[1]["duration_s"])


def test_an_unknown_word_is_in_the_error(data):
    with pytest.raises(ValueError, match=r"`on_error` must be one of"):
        scan(data, sample_rate=RATE, on_error="ignore")
