"""`audio.limits`: what one file may cost, in this process and those that it starts."""

import os

import numpy as np
import pytest
import soundfile
from sound_files import RATE, tone

from kapre_like.audio import read, read_limits
from kapre_like.audio.limits import Limits


@pytest.fixture
def clip(tmp_path):
    soundfile.write(tmp_path / "a.flac", tone(), RATE)
    return tmp_path / "a.flac"


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"seconds": 0.5}, r"a\.flac: holds more sound than the limit of 0\.5 s\. .*-seconds"),
        ({"bytes": 100}, r"a\.flac: is larger \([\d,]+ bytes\) than the limit of 100 bytes"),
        ({"bytes": 60000}, r"a\.flac: decodes to more than the limit of 60,000 bytes"),
        ({"read_time": 1e-9}, r"a\.flac: takes longer to decode than .*_MAX_READ_TIME"),
    ],
)  # fmt: skip
def test_a_file_above_a_limit_is_refused_by_name(clip, limits, message):
    with read_limits(**limits), pytest.raises(ValueError, match=message):
        read(clip, sample_rate=RATE)
    assert len(read(clip, sample_rate=RATE)) == RATE


def test_a_part_costs_what_it_holds(clip):
    with read_limits(seconds=0.5):
        assert len(read(clip, sample_rate=RATE, start_s=0.25, end_s=0.75)) == RATE // 2


def test_resampling_counts(clip):
    with read_limits(bytes=70000), pytest.raises(ValueError, match="is resampled to more than"):
        read(clip, sample_rate=48000)


def test_a_rate_that_cannot_be_true_is_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(), 3)
    with pytest.raises(ValueError, match=r"a\.wav: has a rate of 3 Hz, too low"):
        read(tmp_path / "a.wav", sample_rate=RATE)


def test_limits_reach_other_processes_and_end(clip):
    before = dict(os.environ)
    with read_limits(seconds=10, bytes=float("inf")):
        assert os.environ["KAPRE_LIKE_MAX_SECONDS"] == "10.0"
        with read_limits(seconds="5"):
            assert Limits.current() == Limits(5.0, float("inf"), 300.0)
        assert Limits.current().seconds == 10.0
    assert dict(os.environ) == before


@pytest.mark.parametrize("value", ["many", 0, -1, float("nan")])
def test_a_wrong_limit_is_named(value):
    with (
        pytest.raises(ValueError, match=r"`seconds` must be a number > 0.*--max-seconds"),
        read_limits(seconds=value),
    ):
        pass


def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path):
    """Ten minutes of silence are 8 kB of FLAC: without a limit 38 MB."""
    soundfile.write(tmp_path / "bomb.flac", np.zeros(600 * RATE, "f4"), RATE)
    assert (tmp_path / "bomb.flac").stat().st_size < 50_000
    with read_limits(bytes=2**20), pytest.raises(ValueError, match=r"bomb\.flac: decodes to"):
        read(tmp_path / "bomb.flac", sample_rate=RATE)
