"""Fingerprints: copies lie close together and are one recording, others are not."""

import io
import itertools

import numpy as np
import pytest
import soundfile
import soxr
from small_corpus import tone

from kapre_like.audio.fingerprint import (
    COMPARED_RATE,
    NEAR_DB,
    content_digest,
    fingerprint,
    near_pairs,
    same_recording,
)

RATE = 16000


def utterance(seed, seconds=1.0):
    """Syllables of a voice: a buzz with formants that move, and pauses; float32."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = np.cumsum(110 + 60 * np.interp(time, np.linspace(0, seconds, 6), rng.random(6)))
    voice = np.zeros(len(time))
    for harmonic in range(1, 30):
        level = np.interp(time, np.linspace(0, seconds, 12), rng.random(12) ** 3)
        voice += level * np.sin(2 * np.pi * harmonic * pitch / RATE) / harmonic
    loud = np.interp(time, np.linspace(0, seconds, 9), [0, *rng.random(7), 0])
    return (0.3 * voice * loud + rng.normal(0, 1e-3, len(time))).astype("float32")


def through(waveform, rate=RATE, **how):
    """A waveform written in a format, and read at `RATE`."""
    file = io.BytesIO()
    soundfile.write(file, waveform, rate, **how)
    file.seek(0)
    read, rate = soundfile.read(file, dtype="float32")
    return soxr.resample(read, rate, RATE).astype("float32")


COPIES = {
    "mp3": lambda x: through(x, format="MP3", subtype="MPEG_LAYER_III", compression_level=0.7),
    "vorbis": lambda x: through(x, format="OGG", subtype="VORBIS"),
    "quieter": lambda x: 0.1 * x,
    "upside down": lambda x: -x,
    "telephone": lambda x: through(soxr.resample(x, RATE, 8000), 8000, format="WAV"),
    "44.1 kHz": lambda x: through(soxr.resample(x, RATE, 44100), 44100, format="FLAC"),
    "padded": lambda x: np.pad(x, (3001, 5000)),
    "trimmed": lambda x: x[300:-300],
    # At no whole frame of the fingerprint, and between two samples of `COMPARED_RATE`.
    "cut anywhere": lambda x: x[467:],
    "cut short": lambda x: x[:-1001],
    "noisy": lambda x: x + np.random.default_rng(9).normal(0, 3e-4, len(x)).astype("float32"),
}


def distance(first, second):
    return np.sqrt(np.mean((fingerprint(first, RATE) - fingerprint(second, RATE)) ** 2))


def slow(waveform):
    return soxr.resample(waveform, RATE, COMPARED_RATE)


@pytest.mark.parametrize("kind", COPIES)
def test_copies_lie_close_together_and_are_one_recording(kind):
    for seed in range(5):
        sound = utterance(seed)
        copy = COPIES[kind](sound)
        assert distance(sound, copy) < NEAR_DB
        assert same_recording(slow(sound), slow(copy))


@pytest.mark.parametrize("cut", [1, 2, 3, 170, 4001])
def test_a_part_of_a_recording_is_the_recording_wherever_it_is_cut(cut):
    for seed in range(5):
        sound = utterance(seed)
        assert same_recording(slow(sound), slow(sound[cut:]))
        assert same_recording(slow(sound[: -3 * cut]), slow(sound))


def test_other_sounds_are_no_copies():
    rng = np.random.default_rng(0)
    sounds = [utterance(seed, 0.5) for seed in range(12)]
    sounds += [rng.normal(0, 0.1, RATE // 2).astype("float32") for _ in range(4)]
    for first, second in itertools.combinations(sounds, 2):
        assert not same_recording(slow(first), slow(second))


def test_steady_tones_are_no_copies():
    """They differ in noise alone, as takes of a beep do."""
    takes = [
        tone(220.0, 0.3 + 0.05 * take, RATE, seed=take).astype("float32") for take in (0, 1)
    ]
    assert not same_recording(*map(slow, takes))


@pytest.mark.parametrize("level", [0.0, 0.5, -1.0])
def test_silence_and_constants_have_no_fingerprint(level):
    constant = np.full(RATE, level, "float32")
    assert content_digest(constant) == ""
    assert fingerprint(constant, RATE) is None
    assert fingerprint(np.zeros(0, "float32"), RATE) is None


@pytest.mark.parametrize("rate", [4000, 8000, 22050, 48000])
def test_clips_of_any_length_and_rate_have_one(rate):
    waveform = np.random.default_rng(0).normal(0, 0.1, rate).astype("float32")
    lengths = {len(fingerprint(waveform[:samples], rate)) for samples in (rate // 10, rate)}
    assert len(lengths) == 1
    for samples in (2, 30, 100):
        click = fingerprint(waveform[:samples], rate)
        assert click is None or np.isfinite(click).all()


def test_the_digest_is_of_samples_alone():
    sound = utterance(0)
    assert content_digest(sound) == content_digest(sound.copy())
    assert content_digest(sound) != content_digest(sound[:-1])
    sound = (sound * 2**15).astype("int16")
    assert content_digest(through(sound, format="WAV")) == content_digest(
        through(sound, format="FLAC")
    )


def test_near_pairs_are_those_of_a_search_by_hand():
    rng = np.random.default_rng(0)
    prints = rng.normal(0, 20, (300, 97)).astype("float32")
    prints[7] = prints[250] + 0.5
    prints[90] = prints[250] - 0.8
    assert near_pairs(prints) == [(7, 250), (90, 250)]
    assert near_pairs(prints[:1]) == []
