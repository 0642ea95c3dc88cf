"""`audio.inspect`: the figures of files whose flaws are known."""

import numpy as np
import pytest
import soundfile
from sound_files import RATE, flac_without_length, tone

from kapre_like.audio import inspect


def write(path, samples, rate=RATE, **options):
    soundfile.write(path, samples, rate, **options)
    return path


def test_a_clean_file(tmp_path):
    found = inspect(write(tmp_path / "a.wav", tone(1.5), subtype="PCM_16"))
    assert found == {
        "path": str(tmp_path / "a.wav"),
        "format": "WAV PCM_16",
        "sample_rate": RATE,
        "channels": 1,
        "duration_s": 1.5,
        "peak_db": pytest.approx(-6.02, abs=0.01),
        "rms_db": pytest.approx(-9.03, abs=0.01),
        "clipped": 0.0,
        "silent": 0.0,
        "dc_offset": pytest.approx(0.0, abs=1e-4),
        "anti_phase": False,
        "problems": [],
    }


def test_flaws_are_measured_and_reported(tmp_path):
    loud = write(tmp_path / "loud.wav", np.clip(4 * tone(), -1, 1), subtype="PCM_16")
    found = inspect(loud)
    # A sine of twice full scale is above full scale two thirds of the time.
    assert found["clipped"] == pytest.approx(2 / 3, abs=0.02)
    assert found["problems"][0].startswith("clipped: 6")
    quiet = write(tmp_path / "quiet.wav", np.r_[tone(0.1), np.zeros(3 * RATE)])
    assert inspect(quiet)["silent"] == pytest.approx(3 / 3.1, abs=0.01)
    assert inspect(quiet)["problems"] == ["silent: 97% of it under -60 dB"]
    still = inspect(write(tmp_path / "still.wav", np.zeros(RATE)))
    assert (still["peak_db"], still["silent"]) == (None, 1.0)
    assert still["problems"] == ["silent: every sample is 0"]
    shifted = inspect(write(tmp_path / "shifted.wav", 0.5 * tone() + 0.2))
    assert shifted["dc_offset"] == pytest.approx(0.2, abs=1e-3)
    assert shifted["problems"] == ["DC offset: +0.200 of full scale"]
    anti = inspect(write(tmp_path / "anti.wav", np.stack([tone(), -tone()], 1)))
    assert anti["anti_phase"]
    assert anti["problems"][0].startswith("channels in anti-phase")
    nan = tone()
    nan[7] = np.nan
    broken = inspect(write(tmp_path / "nan.wav", nan, subtype="FLOAT"))
    assert broken["problems"] == ["1 NaN or infinite samples"]


def test_one_true_peak_is_not_clipping(tmp_path):
    samples = tone()
    samples[[100, 5000]] = 1.0
    assert inspect(write(tmp_path / "a.wav", samples, subtype="FLOAT"))["clipped"] == 0.0


def test_the_duration_is_counted_and_not_believed(tmp_path):
    path = write(tmp_path / "a.wav", tone(2.0))
    path.write_bytes(path.read_bytes()[: 44 + RATE * 2])
    found = inspect(path)
    assert found["duration_s"] == 1.0
    assert found["problems"] == ["cut short: 1.00 of 2.00 s"]
    flac = flac_without_length(write(tmp_path / "a.flac", tone(2.0)))
    assert inspect(flac)["duration_s"] == 2.0


def test_what_is_no_sound_is_one_error(tmp_path):
    (tmp_path / "a.wav").write_text("no sound " * 100)
    with pytest.raises(ValueError, match=r"a\.wav: "):
        inspect(tmp_path / "a.wav")
