"""Mutated sound files and manifests: no crash, no hang, no memory beyond that of the sound.

Each file is a real one with bytes changed, cut out, doubled and moved. Reading it gives a
waveform, or one `ValueError` or `OSError` that names it.
"""

import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sound_files import encode, tone

from kapre_like.audio import inspect, read_dataset, read_sound
from kapre_like.audio.scan import scan

RATE = 16000
SECONDS = 10.0
SPARE = 64 << 20
FAST = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(FAST, max_examples=1500)
# Sizes and counts in headers are where a byte matters most.
NUMBERS = [0, 1, 2, 3, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]


@st.composite
def mutations(draw):
    """A function of bytes: a few changes, most of them near the beginning."""
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["set", "number", "cut", "double", "end", "noise"]),
                st.one_of(st.integers(0, 120), st.integers(0, 1 << 16)),
                st.integers(1, 64),
                st.sampled_from(NUMBERS),
                st.integers(0, 255),
            ),
            min_size=1,
            max_size=5,
        )
    )

    def mutate(content):
        content = bytearray(content)
        for kind, at, length, number, byte in steps:
            at %= max(1, len(content))
            if kind == "set":
                content[at : at + 1] = bytes([byte])
            elif kind == "number":
                content[at : at + 4] = number.to_bytes(4, "little" if byte & 1 else "big")
            elif kind == "cut":
                del content[at : at + length]
            elif kind == "double":
                content[at:at] = content[at : at + length]
            elif kind == "end":
                del content[max(4, at * 4) :]
            else:
                content[at : at + length] = np.random.default_rng(byte).bytes(length)
        return bytes(content)

    return mutate


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("originals")
    noise = np.random.default_rng(0).uniform(-0.4, 0.4, (3200, 2)) + tone(0.2)[:, None]
    made = {}
    for name, options in {
        "a.wav": {"subtype": "PCM_16"},
        "b.wav": {"subtype": "IMA_ADPCM"},
        "c.flac": {},
        "d.mp3": {},
        "e.ogg": {},
        "f.aiff": {"subtype": "PCM_24"},
    }.items():
        soundfile.write(folder / name, noise, RATE, **options)
        made[name] = (folder / name).read_bytes()
    pytest.importorskip("av")
    for name, codec, container in (("g.m4a", "aac", "ipod"), ("h.webm", "libopus", "webm")):
        rate = 48000 if codec == "libopus" else RATE
        encode(folder / name, noise, codec=codec, container=container, rate=rate)
        made[name] = (folder / name).read_bytes()
    return made


def memory(name):
    """Bytes of this process, as the kernel counts: `VmRSS` now, `VmHWM` at most."""
    with Path("/proc/self/status").open() as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith(name))


def result(work):
    """Returns the result of `work`, or the message of its error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return work(), ""
    except (ValueError, OSError) as error:
        return None, str(error)


def hold(path, work, most_bytes):
    """Runs `work`; checks its time, its errors and, where the kernel counts it, its memory."""
    try:
        Path("/proc/self/clear_refs").write_text("5")  # forgets the highest mark
        before = memory("VmRSS")
    except OSError:
        before = None
    began = time.monotonic()
    found, message = result(work)
    assert message == "" or str(path) in message
    assert "\n" not in message
    assert time.monotonic() - began < SECONDS
    if before is not None:
        assert memory("VmHWM") - before < most_bytes(found) + SPARE
    return found


def check_sound(path, mutate, originals):
    content = mutate(originals[path.name])
    path.write_bytes(content)
    frames = {}

    def work():
        # The decoded length is in samples of the file's rate, the returned one in ours.
        sound = read_sound(path, sample_rate=RATE)
        frames["read"] = len(sound.waveform)
        return sound

    sound = hold(path, work, lambda _: 8 * max(frames.get("read", 0), decoded(path)))
    if sound is not None:
        assert sound.waveform.dtype == np.float32
        assert np.isfinite(sound.waveform).all()
        assert len(sound.waveform) >= 1
    hold(path, lambda: inspect(path), lambda _: 0)


def decoded(path):
    """Samples of all channels that the file gives."""
    try:
        found = inspect(path)
    except (ValueError, OSError):
        return 0
    return found["duration_s"] * found["sample_rate"] * found["channels"]


NAMES = ["a.wav", "b.wav", "c.flac", "d.mp3", "e.ogg", "f.aiff", "g.m4a", "h.webm"]


@pytest.mark.parametrize("name", NAMES)
def test_mutated_sound_is_read_or_refused(name, originals, tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / name
    FAST(given(mutations())(lambda mutate: check_sound(path, mutate, originals)))()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_mutated_sound_is_read_or_refused_at_length(name, originals, tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / name
    LONG(given(mutations())(lambda mutate: check_sound(path, mutate, originals)))()


def check_manifest(path, mutate):
    rows = "".join(f"clip{i}.wav,{'ab'[i % 2]},s{i},0.0,{i / 10}\n" for i in range(1, 20))
    path.write_bytes(mutate(("path,label,speaker,start,end\n" + rows).encode()))
    columns = {"start_column": "start", "end_column": "end"}

    def work():
        table = read_dataset(path, **columns)
        with pytest.raises(ValueError, match="None of the"):
            scan(table, sample_rate=RATE, on_error="skip")
        return table

    hold(path, work, lambda _: 0)


def test_a_mutated_manifest_is_read_or_refused(tmp_path):
    path = tmp_path / "m.csv"
    FAST(given(mutations())(lambda mutate: check_manifest(path, mutate)))()


@pytest.mark.slow
def test_a_mutated_manifest_is_read_or_refused_at_length(tmp_path):
    path = tmp_path / "m.csv"
    LONG(given(mutations())(lambda mutate: check_manifest(path, mutate)))()
