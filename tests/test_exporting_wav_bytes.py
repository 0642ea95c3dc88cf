"""The signature `serve_wav` of a SavedModel: bytes of WAV files in, the answer out."""

import io
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from tolerances import FLOAT32_SHORT

import kapre_like
from kapre_like.exporting.wav_bytes import USUAL_RATES, rates_of
from kapre_like.models.vgg import vgg

RATE = 16000
tf = pytest.importorskip("tensorflow")


def sound(rate, seconds=0.5, channels=1):
    """Sines below 1 kHz, so that what every rate can carry is in it; float32."""
    t = np.arange(round(rate * seconds)) / rate
    mono = sum(np.sin(2 * np.pi * f * t + f) for f in (180.0, 350.0, 700.0)) / 4
    # No edges, since a filter smears them the further the lower its rate.
    mono *= np.hanning(len(mono))
    return np.repeat(mono[:, None], channels, axis=1).astype("float32")


def wav(samples, rate, subtype="PCM_16"):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype=subtype)
    return file.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    model = vgg("tiny", class_names=["no", "yes"], sample_rate=RATE)
    return kapre_like.export(model, tmp_path_factory.mktemp("wav") / "model")


@pytest.fixture(scope="module")
def loaded(folder):
    return tf.saved_model.load(str(folder))


def answers(loaded, *files):
    outputs = loaded.signatures["serve_wav"](wav=tf.constant(list(files)))
    return {name: value.numpy() for name, value in outputs.items()}


def test_a_file_at_the_model_s_rate_gives_what_its_waveform_gives(loaded):
    clips = [sound(RATE, 0.5), sound(RATE, 0.3, channels=2)]
    got = answers(loaded, *(wav(clip, RATE) for clip in clips))
    mono = [soundfile.read(io.BytesIO(wav(clip, RATE)), dtype="float32")[0] for clip in clips]
    mono = [clip if clip.ndim == 1 else clip.mean(axis=1) for clip in mono]
    waveform = np.zeros((2, len(mono[0])), "float32")
    for row, clip in zip(waveform, mono, strict=True):
        row[: len(clip)] = clip
    length = np.array([len(clip) for clip in mono], "int32")
    expected = loaded.signatures["serving_default"](
        waveform=tf.constant(waveform), length=tf.constant(length)
    )
    assert set(got) == set(expected) == {"probabilities", "label"}
    # soundfile and TensorFlow read the same 16-bit numbers.
    np.testing.assert_allclose(
        got["probabilities"], expected["probabilities"], atol=FLOAT32_SHORT
    )
    assert got["label"].tolist() == expected["label"].numpy().tolist()


def test_each_usual_rate_is_resampled(loaded):
    files = [wav(sound(rate), rate) for rate in USUAL_RATES]
    got = answers(loaded, *files)["probabilities"]
    own = got[USUAL_RATES.index(RATE)]
    # The filters' ripple and 16 bits; unresampled, 8 kHz is a fifth of a probability away.
    np.testing.assert_allclose(got, np.broadcast_to(own, got.shape), atol=2e-3)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (wav(sound(10000), 10000), "sample rate must be one of 8000, 11025.*10000"),
        (wav(sound(RATE), RATE, "PCM_24"), "16-bit"),
        (wav(sound(RATE)[:0], RATE), "must contain samples"),
        (b"no sound, but more bytes than a header has" * 2, "RIFF"),
    ],
    ids=["rate", "bits", "empty", "no WAV"],
)
def test_what_it_does_not_read_is_an_error_and_no_answer(loaded, file, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"(?s){message}"):
        answers(loaded, file)


def test_a_rate_of_the_model_s_own_is_among_them():
    assert set(rates_of(10000)) == {*USUAL_RATES, 10000}


SERVER = """
import sys
for name in ("kapre_like", "keras"):
    sys.modules[name] = None
import tensorflow as tf
predict = tf.saved_model.load(sys.argv[1]).signatures["serve_wav"]
print(predict(wav=tf.constant([open(sys.argv[2], "rb").read()]))["label"].numpy()[0].decode())
"""


def test_it_runs_where_this_library_is_not(loaded, folder, tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(sound(44100), 44100))
    command = [sys.executable, "-c", SERVER, str(folder), str(path)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert out.strip() == answers(loaded, path.read_bytes())["label"][0].decode()
