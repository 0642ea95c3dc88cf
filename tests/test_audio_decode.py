"""`audio.decode`: every encoding gives the same sound, every bad file one clear line."""

import os
import struct
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from sound_files import flac_frames, flac_without_length
from tolerances import FLOAT32_SHORT, FLOAT32_STEP, PCM_16

from kapre_like.audio.decode import center_crop, info, read, read_sound
from kapre_like.audio.flac_runs import _crc8, ends_as_announced

RATE = 16000
TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype("float32")

# Suffix, subtype, largest error: half a step of the width; what lossy coders leave of a tone.
ENCODINGS = [
    ("wav", "PCM_U8", 1 / 127),
    ("wav", "PCM_16", 1 / 32767),
    ("wav", "PCM_24", 1e-6),
    ("wav", "PCM_32", 1e-6),
    ("wav", "FLOAT", 0.0),
    ("wav", "DOUBLE", 0.0),
    ("flac", "PCM_16", 1 / 32767),
    ("flac", "PCM_24", 1e-6),
    ("aiff", "PCM_16", 1 / 32767),
    ("ogg", "VORBIS", 0.05),
    ("mp3", "MPEG_LAYER_III", 0.05),
]


@pytest.fixture
def write(tmp_path):
    def write_(name="a.wav", samples=TONE, rate=RATE, **options):
        soundfile.write(tmp_path / name, samples, rate, **options)
        return tmp_path / name

    return write_


def refusal(path):
    """What reading a file raises, or "" if it is read."""
    try:
        read_sound(path, sample_rate=RATE)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("suffix", "subtype", "error"), ENCODINGS)
def test_every_encoding_keeps_amplitude_and_time(write, suffix, subtype, error):
    got = read(write(f"a.{suffix}", subtype=subtype), sample_rate=RATE)
    assert got.dtype == np.float32
    assert got.shape == TONE.shape
    # The first and last 50 ms: lossy coders ring at the sudden edges.
    np.testing.assert_allclose(got[800:-800], TONE[800:-800], atol=error)


def test_channels_are_averaged(write):
    stereo = np.stack([TONE, np.zeros_like(TONE)], axis=1)
    got = read(write(samples=stereo, subtype="FLOAT"), sample_rate=RATE)
    np.testing.assert_allclose(got, TONE / 2, atol=FLOAT32_STEP)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000])
def test_resampling_keeps_a_tone(write, rate):
    time = np.arange(rate) / rate
    path = write(samples=0.5 * np.sin(2 * np.pi * 440 * time), rate=rate, subtype="FLOAT")
    got = read(path, sample_rate=RATE)
    assert len(got) == RATE
    # soxr HQ errs under -100 dB; the edges ring where the tone starts and stops.
    np.testing.assert_allclose(got[1600:-1600], TONE[1600:-1600], atol=2e-5)


def test_loud_float_files_are_not_clipped(write):
    assert read(write(samples=4 * TONE, subtype="FLOAT"), sample_rate=RATE).max() > 1.9


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_a_part_is_the_same_part_of_the_whole(write, suffix):
    path = write(f"a.{suffix}", samples=np.random.default_rng(0).uniform(-0.5, 0.5, RATE))
    whole = read(path, sample_rate=RATE)
    part = read(path, sample_rate=RATE, start_s=0.25, end_s=0.5)
    np.testing.assert_allclose(part, whole[4000:8000], atol=FLOAT32_SHORT)
    np.testing.assert_array_equal(read(path, sample_rate=RATE, start_s=np.nan), whole)


def test_an_end_rounded_up_in_the_manifest_is_the_end(write):
    assert len(read(write(), sample_rate=RATE, start_s=0.5, end_s=1.01)) == RATE // 2


@pytest.mark.parametrize(
    ("start_s", "end_s"), [(-0.1, 0.5), (0.5, 0.5), (0.6, 0.5), (0.5, 1.5), (1.0, None)]
)
def test_a_part_outside_the_file_is_refused(write, start_s, end_s):
    with pytest.raises(ValueError, match=r"a\.wav: start .* not inside its 1 s\. Correct"):
        read(write(), sample_rate=RATE, start_s=start_s, end_s=end_s)


def test_seconds_keeps_the_middle(write):
    path = write(samples=np.arange(1000) / 1000, subtype="FLOAT", rate=1000)
    got = read(path, sample_rate=1000, seconds=0.5)
    np.testing.assert_allclose(got, np.arange(250, 750) / 1000, atol=FLOAT32_STEP)
    assert len(read(path, sample_rate=1000, seconds=5.0)) == 1000
    assert len(read(path, sample_rate=3000, seconds=0.3)) == 900


def test_center_crop_of_odd_lengths():
    assert center_crop(np.arange(5), 2).tolist() == [1, 2]
    assert center_crop(np.arange(2), 5).tolist() == [0, 1]


def test_info_returns_the_header(write):
    header = info(write("a.flac", samples=np.stack([TONE, TONE], 1), rate=8000))
    assert (header.sample_rate, header.frames, header.channels) == (8000, RATE, 2)
    assert header.duration_s == 2.0


def test_a_clip_of_one_sample_is_legal(write):
    assert read(write(samples=TONE[1:2]), sample_rate=RATE).shape == (1,)


def test_bad_files_give_one_line_with_path_reason_and_fix(write, tmp_path):
    (tmp_path / "zero.wav").write_bytes(b"")
    (tmp_path / "text.mp3").write_bytes(b"this is no sound, whatever its name says" * 50)
    (tmp_path / "folder.wav").mkdir()
    write("none.wav", samples=TONE[:0])
    nan = TONE.copy()
    nan[100] = np.nan
    write("nan.wav", samples=nan, subtype="FLOAT")
    write("inf.wav", samples=np.where(np.isnan(nan), np.inf, nan), subtype="FLOAT")
    expected = {
        "missing.wav": "no such file. Check",
        "zero.wav": r"is empty \(0 bytes\). Copy",
        "text.mp3": "cannot be opened as audio .* Convert",
        "folder.wav": "is a folder",
        "none.wav": "holds no samples. Copy",
        "nan.wav": "holds NaN or infinite samples. Copy",
        "inf.wav": "holds NaN or infinite samples. Copy",
    }
    for name, message in expected.items():
        with pytest.raises(ValueError, match=rf"{name}: {message}") as caught:
            read(tmp_path / name, sample_rate=100)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["wav", "aiff", "flac", "ogg", "mp3", "opus", "gsm"])
@pytest.mark.parametrize("kept", [0.5, 0.95])
def test_a_file_cut_short_gives_what_is_there(write, suffix, kept):
    rate = 48000 if suffix == "opus" else 8000 if suffix == "gsm" else RATE
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 8 * rate)
    options = {
        "opus": {"format": "OGG", "subtype": "OPUS"},
        "gsm": {"format": "WAV", "subtype": "GSM610"},
    }
    path = write(f"a.{suffix}", samples=noise, rate=rate, **options.get(suffix, {}))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    sound = read_sound(path, sample_rate=rate)
    # Ogg pages hold a second or more: a torn page is lost.
    low = kept - (0.3 if suffix in ("ogg", "opus") else 0.1)
    assert low * 8 * rate < len(sound.waveform) <= (kept + 0.05) * 8 * rate
    assert sound.damaged
    assert "cut short: " in sound.problems[0]
    assert f"{len(sound.waveform) / rate:.2f} " in sound.problems[0]
    with pytest.warns(UserWarning, match=rf"a\.{suffix}: cut short: "):
        read(path, sample_rate=rate)


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_the_problem_of_a_truncated_file_has_both_lengths(write, suffix):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 2 * RATE)
    path = write(f"a.{suffix}", samples=noise)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    sound = read_sound(path, sample_rate=RATE)
    assert sound.problems == (f"cut short: {len(sound.waveform) / RATE:.2f} of 2.00 s",)
    # A part that is there is whole; one that is not is outside the file.
    assert len(read_sound(path, sample_rate=RATE, end_s=0.5).waveform) == RATE // 2
    with pytest.raises(ValueError, match=rf"a\.{suffix}: start 1.5 s .* is not inside its"):
        read(path, sample_rate=RATE, start_s=1.5)


def test_a_flac_file_without_a_length_is_read(write):
    """As encoders write it that cannot go back: the length in the header is 0."""
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (5 * RATE, 2))
    path = write("a.flac", samples=samples)
    expected = read(path, sample_rate=RATE)
    flac_without_length(path)
    sound = read_sound(path, sample_rate=RATE)
    np.testing.assert_array_equal(sound.waveform, expected)
    assert sound.problems == ()
    assert info(path).frames == 5 * RATE
    part = read(path, sample_rate=RATE, start_s=1.0, end_s=2.0)
    np.testing.assert_array_equal(part, expected[RATE : 2 * RATE])
    middle = read(path, sample_rate=RATE, seconds=1.0)
    np.testing.assert_array_equal(middle, expected[2 * RATE : 3 * RATE])


WITHOUT = """
import sys
sys.modules["av"] = None
import numpy as np
from kapre_like.audio import read
path, expected = sys.argv[1:]
np.testing.assert_array_equal(read(path, sample_rate=16000), np.load(expected))
part = read(path, sample_rate=16000, start_s=1.0, end_s=2.0)
np.testing.assert_array_equal(part, np.load(expected)[16000:32000])
"""


def test_a_flac_file_without_a_length_needs_no_pyav(write, tmp_path):
    path = write("a.flac", samples=np.random.default_rng(0).uniform(-0.5, 0.5, 5 * RATE))
    np.save(tmp_path / "a.npy", read(path, sample_rate=RATE))
    flac_without_length(path)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, path, tmp_path / "a.npy"],
        capture_output=True, text=True, env={**os.environ, "PYTHONWARNINGS": "error"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_flac_that_changes_rate_and_channels_is_read(write):
    """Each part in its own rate and channels, joined at the requested rate."""
    first = write("a.flac", samples=TONE, rate=RATE)
    time = np.arange(32000) / 32000
    second = write(
        "b.flac", samples=np.stack(2 * [0.5 * np.sin(880 * np.pi * time)], 1), rate=32000
    )
    flac_without_length(first)
    first.write_bytes(first.read_bytes() + flac_frames(second))
    sound = read_sound(first, sample_rate=RATE)
    assert len(sound.waveform) == 2 * RATE
    np.testing.assert_allclose(sound.waveform[:RATE], TONE, atol=PCM_16)
    # The second part starts from silence, as soxr sees it: its edges ring.
    np.testing.assert_allclose(sound.waveform[RATE + 800 : -800], TONE[800:-800], atol=2e-3)
    part = read_sound(first, sample_rate=RATE, start_s=1.25, end_s=1.5).waveform
    np.testing.assert_allclose(part[400:-400], TONE[400:3600], atol=2e-3)


@pytest.mark.parametrize("says", ["the first part", "both parts"])
def test_flac_that_changes_behind_the_length_in_its_header_is_read(write, says):
    first = write("a.flac", samples=TONE, rate=RATE)
    second = write("b.flac", samples=np.stack([TONE, TONE], 1), rate=RATE)
    content = bytearray(first.read_bytes() + flac_frames(second))
    if says == "both parts":
        content[22:26] = (2 * RATE).to_bytes(4, "big")
    first.write_bytes(content)
    assert read_sound(second, sample_rate=RATE).problems == ()
    sound = read_sound(first, sample_rate=RATE)
    np.testing.assert_allclose(sound.waveform, np.concatenate([TONE, TONE]), atol=PCM_16)
    part = read(first, sample_rate=RATE, start_s=1.25, end_s=1.5)
    np.testing.assert_allclose(part, TONE[4000:8000], atol=PCM_16)


def test_of_a_whole_flac_only_the_end_is_looked_at(write):
    """The last frame ends at the end in the header, after tags and with any size of frame."""
    path = write("a.flac", samples=np.random.default_rng(0).uniform(-0.5, 0.5, 5 * RATE + 7))
    content = path.read_bytes()
    assert ends_as_announced(path, content[:4096], 5 * RATE + 7)
    assert not ends_as_announced(path, content[:4096], 5 * RATE + 6)
    path.write_bytes(content + b"TAG" + bytes(125))
    assert ends_as_announced(path, content[:4096], 5 * RATE + 7)
    path.write_bytes(content[:-9000])
    assert not ends_as_announced(path, content[:4096], 5 * RATE + 7)


def test_one_sample_at_a_high_rate_is_a_clip(write):
    path = write(samples=np.array([0.25]), rate=192000, subtype="FLOAT")
    assert read(path, sample_rate=RATE).tolist() == [0.25]
    path = write(samples=np.array([0.25, 0.5]), rate=192000, subtype="FLOAT")
    assert read(path, sample_rate=RATE).tolist() == [0.375]


def test_a_header_that_promises_too_much_takes_no_memory(write):
    """A WAV header that announces 4 GB, and a FLAC header with 2 ** 36 - 1 samples."""
    import tracemalloc

    path = write(subtype="PCM_16")
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", 0x7FF00000)
    path.write_bytes(content)
    flac = write("b.flac")
    content = bytearray(flac.read_bytes())
    content[21] |= 0x0F
    content[22:26] = b"\xff" * 4
    flac.write_bytes(content)
    for file in (path, flac):
        tracemalloc.start()
        sound = read_sound(file, sample_rate=RATE)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(sound.waveform) == RATE
        assert sound.problems[0].startswith("cut short: 1.00 of ")
        assert peak < 4e6


def test_libmpg123_prints_nothing(write, tmp_path, capfd):
    """What it wrote to stderr before: for files that are no MP3, and torn ones."""
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 4 * RATE)
    path = write("a.mp3", samples=noise)
    whole = path.read_bytes()
    torn = bytearray(whole)
    torn[3000:9000] = os.urandom(6000)
    for name, content in {
        "cut.mp3": whole[: len(whole) // 2],
        "torn.mp3": torn,
        "text.mp3": b"this is no sound" * 500,
        "zeros.mp3": bytes(10_000),
        "random.mp3": np.random.default_rng(1).bytes(30_000),
        "header.mp3": b"\xff\xfb\x90\x64" + bytes(2000),
    }.items():
        (tmp_path / name).write_bytes(content)
        reason = refusal(tmp_path / name)
        assert reason == "" or reason.startswith(f"{tmp_path / name}: ")
        assert "regular file" not in reason
    assert capfd.readouterr() == ("", "")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.wav")
    with pytest.raises(ValueError, match=r"a\.wav: is a pipe or a device"):
        read(tmp_path / "a.wav", sample_rate=RATE)


def test_a_stream_that_never_learned_its_size_is_read(write):
    path = write(subtype="PCM_16")
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[4:8] = content[at : at + 4] = b"\xff\xff\xff\xff"  # as ffmpeg writes to a pipe
    path.write_bytes(content)
    assert len(read(path, sample_rate=RATE)) == RATE


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"`sample_rate` must be an int > 0"):
        read("a.wav", sample_rate=0)
    with pytest.raises(ValueError, match=r"`seconds` must be a number > 0"):
        read("a.wav", sample_rate=RATE, seconds=0.0)


def test_what_follows_a_part_is_not_decoded(write):
    """Of an MP3 without a count of frames; its second half is damaged, and is not requested."""
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 4 * RATE)
    path = write("a.mp3", samples=noise)
    content = bytearray(path.read_bytes())
    at = max(content.find(b"Xing"), content.find(b"Info"))
    content[at : at + 4] = bytes(4)
    path.write_bytes(content)
    whole = read(path, sample_rate=RATE)
    half = len(content) // 2
    path.write_bytes(content[:half] + bytes(len(content) - half))
    assert not np.array_equal(read_sound(path, sample_rate=RATE).waveform, whole)
    sound = read_sound(path, sample_rate=RATE, start_s=0.5, end_s=1.0)
    np.testing.assert_array_equal(sound.waveform, whole[RATE // 2 : RATE])
    assert sound.problems == ()


def test_an_mp3_without_a_count_of_frames_is_not_taken_for_cut(write):
    """Its length is guessed from the size of the file, a picture in its tag and all."""
    path = write("a.mp3", samples=np.random.default_rng(0).uniform(-0.5, 0.5, 4 * RATE))
    content = path.read_bytes()
    at = content.index(b"Info" if b"Info" in content[:500] else b"Xing")
    # The frame with the count is taken out; the next one begins with the same two bytes.
    begin = content.index(b"\xff\xf3" if b"\xff\xf3" in content[:20] else b"\xff\xfb")
    frames = content[content.index(content[begin : begin + 2], at) :]
    picture = bytes(60_000)
    size = len(picture) + 10
    tag = b"ID3\x03\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(
        tag + b"APIC" + struct.pack(">I", len(picture)) + bytes(2) + picture + frames
    )
    sound = read_sound(path, sample_rate=RATE)
    assert sound.problems == ()
    assert 3.9 * RATE < len(sound.waveform) < 4.2 * RATE
    part = read(path, sample_rate=RATE, start_s=1.0, end_s=2.0)
    np.testing.assert_allclose(part, sound.waveform[RATE : 2 * RATE], atol=FLOAT32_SHORT)


def test_noise_inside_a_flac_frame_that_looks_like_a_header_is_sound(write):
    """Of 800 clips of ESC-50 one holds such bytes, with a right checksum."""
    noise = np.random.default_rng(0).integers(-(2**15), 2**15, RATE, dtype="int16")
    # Sync, 256 samples at 16 kHz, 4 channels of 12 bits, number 0, checksum.
    header = bytes([0xFF, 0xF8, 0x85, 0x34, 0x00])
    header += bytes([_crc8(header)])
    noise[-50:-47] = np.frombuffer(header, ">i2").astype("int16")
    path = write("a.flac", samples=noise)
    assert header in path.read_bytes()  # FLAC stores noise as it is
    np.testing.assert_array_equal(read(path, sample_rate=RATE), noise / 2**15)
