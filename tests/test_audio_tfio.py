"""Decoding in the graph gives what soundfile gives; `make test-tfio` has TensorFlow 2.16."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
import soundfile
from tolerances import FLOAT32_STEP

from kapre_like import audio
from kapre_like.audio import Pipeline, tfio

tf = pytest.importorskip("tensorflow")
RATE = 16000
HERE = importlib.util.find_spec("tensorflow_io") is not None
needs_tfio = pytest.mark.skipif(not HERE, reason="tensorflow-io: run `make test-tfio`")
# Suffix and encoding, and what a sample may be off by: lossy decoders round by themselves.
KINDS = [
    ("wav", "PCM_U8", 1e-7), ("wav", "PCM_16", 1e-7), ("wav", "PCM_24", 1e-7),
    ("wav", "PCM_32", 1e-7), ("wav", "FLOAT", 1e-7), ("flac", "PCM_16", 1e-7),
    ("flac", "PCM_24", 1e-7), ("ogg", "VORBIS", 1e-6), ("mp3", "MPEG_LAYER_III", 2e-6),
]  # fmt: skip


def sound(channels=1, seconds=0.6, rate=RATE):
    t = np.arange(round(rate * seconds)) / rate
    return 0.5 * np.stack([np.sin(2 * np.pi * 300 * (c + 1) * t) for c in range(channels)], 1)


def written(folder, suffix, subtype, channels=1, rate=RATE):
    path = folder / f"{subtype}_{channels}_{rate}.{suffix}"
    soundfile.write(path, sound(channels, rate=rate), rate, subtype, format=suffix.upper())
    return path


@pytest.mark.skipif(HERE, reason="tensorflow-io is here")
def test_without_tensorflow_io_the_error_has_the_fix():
    table = pd.DataFrame({"path": ["a.wav"], "label": ["a"], "start_s": [0.0], "end_s": [1.0]})
    fix = r"needs tensorflow-io.*pip install 'kapre-like\[tfio\]'.*Or decode outside"
    with pytest.raises(ImportError, match=rf"Pipeline: .*{fix}"):
        Pipeline(table, sample_rate=RATE, class_names=["a"], decoder="tensorflow-io")
    with pytest.raises(ImportError, match=rf"tfio\.read: .*{fix}"):
        tfio.read("a.wav", sample_rate=RATE)
    with pytest.raises(ValueError, match="Pipeline: `decoder` must be one of"):
        Pipeline(table, sample_rate=RATE, class_names=["a"], decoder="ffmpeg")


@needs_tfio
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("suffix", "subtype", "atol"), KINDS)
def test_a_file_is_decoded_as_by_soundfile(suffix, subtype, atol, channels, tmp_path):
    path = written(tmp_path, suffix, subtype, channels)
    # The content decides.
    other = path.rename(tmp_path / "sound.bin")
    got = next(iter(tf.data.Dataset.from_tensors(str(other)).map(read))).numpy()
    np.testing.assert_allclose(got, audio.read(other, sample_rate=RATE), rtol=0, atol=atol)
    if channels == 2:
        got = tfio.read(str(other), sample_rate=RATE, channel="right").numpy()
        expected = audio.read(other, sample_rate=RATE, channel="right")
        np.testing.assert_allclose(got, expected, rtol=0, atol=atol)


def read(path):
    return tfio.read(path, sample_rate=RATE)


@needs_tfio
@pytest.mark.parametrize("rate", [8000, 22050, 44100])
def test_another_rate_is_resampled(rate, tmp_path):
    path = written(tmp_path, "wav", "PCM_16", rate=rate)
    got, expected = read(str(path)).numpy(), audio.read(path, sample_rate=RATE)
    assert abs(len(got) - len(expected)) <= 1
    inner = slice(400, 9000)  # away from the ends, where the filters' lengths show
    # A shorter filter than soxr's: its delay and ripple.
    np.testing.assert_allclose(got[inner], expected[inner], atol=5e-3)


@needs_tfio
def test_a_part_is_the_part_of_audio_read(tmp_path):
    path = written(tmp_path, "flac", "PCM_16")
    for part in ({"start_s": 0.1, "end_s": 0.35}, {"seconds": 0.2}, {"start_s": 0.2}):
        got = tfio.read(str(path), sample_rate=RATE, **part).numpy()
        np.testing.assert_allclose(
            got, audio.read(path, sample_rate=RATE, **part), atol=FLOAT32_STEP
        )
    for part in ({"start_s": 0.9}, {"start_s": 0.3, "end_s": 0.2}, {"end_s": 2.0}):
        with pytest.raises(tf.errors.InvalidArgumentError, match="not inside the file"):
            tfio.read(str(path), sample_rate=RATE, **part)
    with pytest.raises(tf.errors.InvalidArgumentError, match="no such channel"):
        tfio.read(str(path), sample_rate=RATE, channel=2)


@needs_tfio
@pytest.mark.parametrize(
    "settings",
    [{}, {"seconds": 0.3}, {"seconds": 0.3, "shuffle": True}, {"seconds": 0.9, "bucket": True},
     {"seconds": 0.3, "pad_to_seconds": False, "pad_multiple": 1000}],
)  # fmt: skip
def test_a_pipeline_gives_the_batches_of_soundfile(settings, tmp_path):
    paths = [written(tmp_path, *kind[:2]) for kind in KINDS]
    table = pd.DataFrame({
        "path": paths, "label": ["a", "b", "a"] * 3, "start_s": [np.nan, 0.1, np.nan] * 3,
        "end_s": [np.nan, 0.5, 0.4] * 3,
    })  # fmt: skip
    common = {"sample_rate": RATE, "batch_size": 4, "class_names": ["a", "b"], **settings}
    ours, theirs = (
        list(Pipeline(table, decoder=decoder, **common).epoch(1))
        for decoder in ("tensorflow-io", "soundfile")
    )
    assert len(ours) == len(theirs) == 3
    for ((x, n), y), ((expected, length), label) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(n, length)
        np.testing.assert_array_equal(y, label)
        np.testing.assert_allclose(x, expected, rtol=0, atol=2e-6)
