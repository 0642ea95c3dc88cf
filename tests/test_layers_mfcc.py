"""What `MFCC` promises beside what every layer does (`test_every_layer.py`)."""

import keras
import numpy as np
import pytest
from backend_tools import quick, to_numpy
from layer_contract import (
    noise,
)
from tolerances import DECIBEL, DECIBEL_FLOAT32, FLOAT32

from kapre_like.features.cepstra import cepstra
from kapre_like.layers import MFCC, Cepstrum, MelSpectrogram

pytestmark = pytest.mark.backends(full=True)

SMALL = {"sample_rate": 8000, "n_fft": 64, "hop_length": 20, "n_mels": 8, "n_mfcc": 5}
WAVEFORM = noise(3, 200, 2)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"norm": "ortho", "lifter": 22, "n_mfcc": 13, "n_mels": 40},
        {"norm": None, "n_mfcc": 40, "htk": True, "fmin": 60.0, "pad_mode": "reflect"},
    ],
)
def test_matches_librosa(arguments):
    librosa = pytest.importorskip("librosa")
    rng = np.random.default_rng(0)
    time = np.arange(8000) / 16000
    x = 0.3 * np.sin(2 * np.pi * 500 * time**1.5) + 0.01 * rng.standard_normal(8000)
    cut = {"n_fft": 512, "hop_length": 160}
    expected = librosa.feature.mfcc(y=x, sr=16000, **cut, **arguments).T
    ours = {k: v for k, v in arguments.items() if k not in ("norm", "htk")}
    ours["dct_norm"] = arguments.get("norm", "ortho")
    ours["mel_scale"] = "htk" if arguments.get("htk") else "slaney"
    got = to_numpy(quick(MFCC(**cut, **ours))(x[None, :, None].astype("float32")))
    # A cepstrum is a sum over bands: its error grows with its values.
    scale = np.abs(expected).max() / 1e2
    np.testing.assert_allclose(got[0, :, :, 0], expected, atol=DECIBEL * max(1, scale))


def test_is_the_mel_spectrogram_and_its_cepstrum():
    mel = MelSpectrogram(**{k: v for k, v in SMALL.items() if k != "n_mfcc"})
    expected = to_numpy(Cepstrum(n_cepstra=5, norm="htk")(mel(WAVEFORM)))
    got = to_numpy(MFCC(**SMALL, dct_norm="htk")(WAVEFORM))
    np.testing.assert_allclose(got, expected, atol=DECIBEL_FLOAT32)
    path = cepstra(to_numpy(mel(WAVEFORM))[1, :, :, 0].astype("float64"), 5)
    np.testing.assert_allclose(
        to_numpy(MFCC(**SMALL)(WAVEFORM))[1, :, :, 0], path, atol=DECIBEL_FLOAT32
    )


def test_describe_has_the_learned_values():
    layer = MFCC(**SMALL, learn_mel="bands")
    layer(WAVEFORM)
    now = layer.describe()
    np.testing.assert_allclose(now.now["center_hz"], now.initial["center_hz"], rtol=FLOAT32)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"n_mfcc": 9}, "at most 8, the bands"),
        ({"n_mfcc": 0}, "an int > 0"),
        ({"dct_norm": "slaney"}, "one of"),
        ({"lifter": "22"}, "a number >= 0"),
        ({"n_mels": 2.0}, "an int > 0"),
        ({"fmax": 5000.0}, "at most half"),
        ({"learn_mel": "affine"}, "one of"),
        ({"top_db": 0}, "a number > 0"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"MFCC: `{name}` must be {rule}.* Received: {name}="):
        MFCC(**{**SMALL, **bad})


def test_bad_input_is_named_in_the_error():
    with pytest.raises(ValueError, match=r"MFCC: expects \(batch, samples, channels\)"):
        MFCC(**SMALL)(np.zeros((2, 40), "float32"))
    with pytest.raises(ValueError, match=r"MFCC: .*floating point.*int16"):
        MFCC(**SMALL)(keras.Input((40, 1), dtype="int16"))
