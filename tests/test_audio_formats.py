"""`audio.read` on what phones, cameras and archives write: chosen by content, with PyAV."""

import contextlib
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from sound_files import RATE, encode, tone
from tolerances import PCM_16

from kapre_like.audio import info, read, read_sound
from kapre_like.audio.opening import open_source
from kapre_like.audio.parts import _decode

pytest.importorskip("av")
# Suffix, container, codec, rate, largest error against the tone: 0.05 is what lossy coders
# leave of it; telephone coders leave less of it, and ADPCM has 4 bits.
FORMATS = [
    ("m4a", "ipod", "aac", 44100, 0.05),
    ("m4a", "ipod", "alac", 44100, 2e-5),
    ("m4b", "mp4", "aac", 22050, 0.05),
    ("mp4", "mp4", "aac", 48000, 0.05),
    ("mov", "mov", "pcm_s16be", 16000, 4e-5),
    ("3gp", "3gp", "libopencore_amrnb", 8000, 0.2),
    ("amr", "amr", "libopencore_amrnb", 8000, 0.2),
    ("webm", "webm", "libopus", 48000, 0.05),
    ("mkv", "matroska", "ac3", 44100, 0.05),
    ("wma", "asf", "wmav2", 44100, 0.05),
    ("wma", "asf", "wmav1", 44100, 0.05),
    ("aac", "adts", "aac", 44100, 0.05),
    ("ac3", "ac3", "ac3", 48000, 0.05),
    ("eac3", "eac3", "eac3", 48000, 0.05),
    ("caf", "caf", "adpcm_ima_qt", 44100, 0.05),
    ("aifc", "aiff", "adpcm_ima_qt", 44100, 0.05),
    ("wv", "wv", "wavpack", 44100, 4e-5),
    ("tta", "tta", "tta", 44100, 4e-5),
    ("flv", "flv", "aac", 44100, 0.05),
    ("avi", "avi", "mp2", 44100, 0.05),
    ("ts", "mpegts", "mp2", 44100, 0.05),
    ("wav", "wav", "adpcm_yamaha", 16000, 0.05),
    ("mp4", "mp4", "libopus", 48000, 0.05),
    ("mka", "matroska", "vorbis", 44100, 0.05),
    ("wav", "wav", "pcm_s64le", 16000, 1e-6),
]


@pytest.mark.parametrize(("suffix", "container", "codec", "rate", "error"), FORMATS)
def test_a_format_is_read_by_its_content_whatever_its_suffix(
    suffix, container, codec, rate, error, tmp_path
):
    samples = tone(1.0, rate)
    options = {"strict": "experimental"} if codec == "vorbis" else {}
    if codec == "vorbis":  # FFmpeg's own encoder takes two channels only
        samples = np.stack([samples, samples], axis=1)
    path = encode(
        tmp_path / f"a.{suffix}", samples, codec=codec, rate=rate, container=container,
        options=options,
    )  # fmt: skip
    sound = read_sound(path, sample_rate=rate)
    assert sound.problems == ()
    assert sound.waveform.dtype == np.float32
    # Lossy coders add up to a few packets of padding where the container cannot say it, and
    # FFmpeg's for Windows Media swallows one.
    assert rate * 0.97 < len(sound.waveform) < rate * 1.12
    _same_tone(sound.waveform, rate, error)
    for name in ("a.wav", "a.mp3", "a.au", "a"):
        renamed = path.replace(tmp_path / name)
        np.testing.assert_array_equal(read(renamed, sample_rate=rate), sound.waveform)
        path = renamed
    assert info(path).frames == len(sound.waveform)


def _same_tone(got, rate, error):
    """440 Hz at half of full scale in the middle 60 %, wherever the coder's delay put it."""
    middle = got[int(0.2 * len(got)) : int(0.8 * len(got))]
    angle = 2 * np.pi * 440 * np.arange(len(middle)) / rate
    basis = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    weights = np.linalg.lstsq(basis, middle, rcond=None)[0]
    assert np.hypot(*weights) == pytest.approx(0.5, abs=max(error, 1e-4))
    assert np.sqrt(np.mean((middle - basis @ weights) ** 2)) < error


def test_stereo_and_parts(tmp_path):
    left, right = tone(1.0), tone(1.0, hz=1000)
    path = encode(
        tmp_path / "a.m4a", np.stack([left, right], 1), codec="alac", container="ipod"
    )
    np.testing.assert_allclose(read(path, sample_rate=RATE), (left + right) / 2, atol=PCM_16)
    part = read(path, sample_rate=RATE, channel=2, start_s=0.25, end_s=0.5)
    np.testing.assert_allclose(part, right[4000:8000], atol=PCM_16)
    middle = read(path, sample_rate=RATE, channel="left", seconds=0.5)
    np.testing.assert_allclose(middle, left[4000:12000], atol=PCM_16)


def test_the_sound_of_a_video_is_read_and_a_video_without_is_refused(tmp_path):
    import av

    for name, streams in (("talk.mp4", "av"), ("mute.mp4", "v")):
        with av.open(str(tmp_path / name), "w") as file:
            video = file.add_stream("mpeg4", rate=10, width=32, height=32)
            audio = file.add_stream("aac", rate=RATE, layout="mono") if "a" in streams else None
            for _ in range(10):
                image = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), "u1"), "rgb24")
                file.mux(video.encode(image))
            if audio:
                frame = av.AudioFrame.from_ndarray(tone()[None], "fltp", "mono")
                frame.sample_rate = RATE
                file.mux(audio.encode(frame))
                file.mux(audio.encode(None))
            file.mux(video.encode(None))
    _same_tone(read(tmp_path / "talk.mp4", sample_rate=RATE), RATE, 0.05)
    with pytest.raises(ValueError, match=r"mute\.mp4: .*holds no sound"):
        read(tmp_path / "mute.mp4", sample_rate=RATE)


@pytest.mark.parametrize("suffix", ["m4a", "webm", "wma"])
def test_a_part_is_that_of_the_whole_and_what_follows_is_not_decoded(tmp_path, suffix):
    codec, container, rate = {
        "m4a": ("aac", "ipod", 44100),
        "webm": ("libopus", "webm", 48000),
        "wma": ("wmav2", "asf", 44100),
    }[suffix]
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 20 * rate).astype("float32")
    path = encode(tmp_path / f"a.{suffix}", noise, codec=codec, rate=rate, container=container)
    whole = read(path, sample_rate=rate)
    for start in (None, 0.3):
        part = read(path, sample_rate=rate, start_s=start, end_s=1.1)
        begin = round((start or 0) * rate)
        np.testing.assert_array_equal(part, whole[begin : round(1.1 * rate)])
    for bad in ({"end_s": 29.0}, {"start_s": 1.0, "end_s": 0.5}):
        with pytest.raises(ValueError, match=r"is not inside its (20|19\.9)"):
            read(path, sample_rate=rate, **bad)
    with contextlib.closing(open_source(path)) as source:
        seen = _decode(path, source, "mix", 0, rate // 2).end
    assert seen < rate


def test_a_truncated_m4a_is_read_to_its_end_with_a_warning(tmp_path):
    options = {"movflags": "faststart"}
    import av

    with av.open(str(tmp_path / "a.m4a"), "w", format="ipod", options=options) as file:
        stream = file.add_stream("aac", rate=RATE, layout="mono")
        noise = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 2 * RATE)).astype("f4")
        frame = av.AudioFrame.from_ndarray(noise, "fltp", "mono")
        frame.sample_rate = RATE
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    whole = (tmp_path / "a.m4a").read_bytes()
    (tmp_path / "a.m4a").write_bytes(whole[: len(whole) * 6 // 10])
    sound = read_sound(tmp_path / "a.m4a", sample_rate=RATE)
    assert 0.8 * RATE < len(sound.waveform) < 1.5 * RATE
    assert sound.damaged
    assert sound.problems[0].startswith("cut short: 1.")
    # FFmpeg's encoder pads the last packet.
    assert sound.problems[0].endswith(" of 2.06 s")


def test_a_playlist_opens_no_other_file(tmp_path):
    encode(tmp_path / "secret.m4a", tone(), codec="aac", container="ipod")
    (tmp_path / "list.m4a").write_text("#EXTM3U\n#EXTINF:1,\nsecret.m4a\n#EXT-X-ENDLIST\n")
    (tmp_path / "concat.m4a").write_text("ffconcat version 1.0\nfile secret.m4a\n")
    for name in ("list.m4a", "concat.m4a"):
        with pytest.raises(ValueError, match=rf"{name}: cannot be opened as audio"):
            read(tmp_path / name, sample_rate=RATE)


def test_ffmpeg_writes_nothing_to_stderr(tmp_path, capfd):
    path = encode(tmp_path / "a.m4a", tone(), codec="aac", container="ipod")
    whole = bytearray(path.read_bytes())
    whole[200:1200:7] = bytes(len(whole[200:1200:7]))
    path.write_bytes(whole)
    with contextlib.suppress(ValueError):
        read_sound(path, sample_rate=RATE)
    assert capfd.readouterr() == ("", "")


WITHOUT = """
import sys
sys.modules["av"] = None
from kapre_like.audio import read
for path in sys.argv[1:]:
    try:
        read(path, sample_rate=16000)
        print("read")
    except ValueError as error:
        print(error)
"""


def test_without_pyav_the_error_names_the_extra(tmp_path):
    m4a = encode(tmp_path / "a.m4a", tone(), codec="aac", container="ipod")
    caf = encode(tmp_path / "b.caf", tone(), codec="adpcm_ima_qt", container="caf")
    wav = tmp_path / "c.wav"
    soundfile.write(wav, tone(), RATE)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, m4a, caf, wav], capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert "a.m4a: is MPEG-4 or QuickTime" in lines[0]
    assert all("pip install 'kapre-like[av]'" in line for line in lines[:2]), done
    assert lines[2] == "read"
