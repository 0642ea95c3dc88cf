"""`audio.channels`: the channel that is read, and the warning when channels cancel."""

import numpy as np
import pytest
import soundfile
from sound_files import RATE, tone

from kapre_like.audio import read, read_dataset, read_sound
from kapre_like.audio.channels import channel_name
from kapre_like.audio.scan import scan


@pytest.fixture
def call(tmp_path):
    samples = np.stack([tone(), tone(hz=1000), 0.1 * tone()], axis=1)
    soundfile.write(tmp_path / "call.wav", samples, RATE, subtype="FLOAT")
    return tmp_path / "call.wav", samples


@pytest.mark.parametrize(
    ("channel", "column"),
    [("left", 0), ("right", 1), (1, 0), ("2", 1), (3, 2), (np.int64(3), 2)],
)
def test_one_channel_is_read(call, channel, column):
    path, samples = call
    np.testing.assert_array_equal(
        read(path, sample_rate=RATE, channel=channel), samples[:, column]
    )


def test_a_channel_that_is_not_there_names_the_file(call, tmp_path):
    with pytest.raises(ValueError, match=r"call\.wav: has 3 channels, so .* channel 4\."):
        read(call[0], sample_rate=RATE, channel=4)
    soundfile.write(tmp_path / "mono.wav", tone(), RATE)
    with pytest.raises(ValueError, match=r"mono\.wav: has 1 channel, so .* channel 2\."):
        read(tmp_path / "mono.wav", sample_rate=RATE, channel="right")


@pytest.mark.parametrize("channel", ["middle", 0, -1, "0", 1.5, None, "²"])
def test_a_wrong_choice_is_named(channel):
    with pytest.raises(ValueError, match=r"read: `channel` must be 'mix'.*Received: channel="):
        channel_name("read", channel)


def test_split_is_no_channel_to_read():
    with pytest.raises(ValueError, match="`channel` must be one channel"):
        read("a.wav", sample_rate=RATE, channel="split")


def test_channels_in_antiphase_give_a_warning(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.stack([tone(), -tone()], 1), RATE, subtype="FLOAT")
    with pytest.warns(UserWarning, match=r"a\.wav: channels in anti-phase: .* everything"):
        assert not read(tmp_path / "a.wav", sample_rate=RATE).any()
    sound = read_sound(tmp_path / "a.wav", sample_rate=RATE, channel="left")
    assert sound.problems == ()
    assert not read_sound(tmp_path / "a.wav", sample_rate=RATE).damaged


def test_ordinary_stereo_gives_no_warning(tmp_path):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (RATE, 2))
    soundfile.write(tmp_path / "a.wav", noise, RATE)
    assert read_sound(tmp_path / "a.wav", sample_rate=RATE).problems == ()


def test_split_makes_a_row_of_each_channel_in_one_group(call, tmp_path):
    soundfile.write(tmp_path / "mono.wav", tone(), RATE)
    (tmp_path / "m.csv").write_text("path,label\ncall.wav,a\nmono.wav,b\n")
    data = read_dataset(tmp_path / "m.csv")
    table = scan(data, sample_rate=RATE, channel="split").table
    assert table["channel"].tolist() == ["1", "2", "3", "mix"]
    assert table["label"].tolist() == ["a", "a", "a", "b"]
    assert table["group"].nunique() == 2
    assert table["digest"].nunique() == 4
    assert table["duration_s"].tolist() == [1.0] * 4
    assert table.attrs == data.attrs


def test_a_channel_has_a_digest_of_its_own(call, tmp_path):
    (tmp_path / "m.csv").write_text("path,label\ncall.wav,a\ncall.wav,b\n")
    data = read_dataset(tmp_path / "m.csv")
    found = {
        channel: scan(data, sample_rate=RATE, channel=channel).table["digest"].iloc[0]
        for channel in ("mix", "left", "right")
    }
    split = scan(data, sample_rate=RATE, channel="split").table["digest"].tolist()
    assert len(set(found.values())) == 3
    assert split[:2] == [found["left"], found["right"]]
