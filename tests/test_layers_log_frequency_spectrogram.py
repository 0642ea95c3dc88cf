"""`LogFrequencySpectrogram`, beside what every layer promises (`test_every_layer.py`)."""

import numpy as np
import pytest
from backend_tools import quick, to_numpy
from layer_contract import (
    masked_model,
    noise,
)
from tolerances import DECIBEL, DECIBEL_FLOAT32, FLOAT32_LONG

from kapre_like.layers import (
    STFT,
    ApplyFilterbank,
    LogFrequencySpectrogram,
    Power,
    PowerToDecibel,
)

pytestmark = pytest.mark.backends(full=True)

# Wide bands, since 32 samples hold few notes.
BANDS = {"sample_rate": 8000, "n_bands": 4, "bins_per_octave": 2, "fmin": 500.0, "spread": 0.5}
SMALL = {**BANDS, "n_fft": 32, "hop_length": 10}


def test_matches_kapres_filterbank_on_a_librosa_magnitude():
    librosa = pytest.importorskip("librosa")
    backend = pytest.importorskip("kapre.backend")
    x = noise(2, 8000, 2)
    # Kapre's bells lie that much below the notes that they are named after.
    low = 32.70319566 * 2 ** -((0.125 / 12) ** 2)
    layer = LogFrequencySpectrogram(
        sample_rate=22050, n_fft=2048, hop_length=512, power=1.0, decibel=False, fmin=low
    )
    got = to_numpy(quick(layer)(x))
    bands = np.asarray(backend.filterbank_log(22050, 1025))
    for clip in (0, 1):
        magnitude = np.abs(librosa.stft(x[clip, :, 1], n_fft=2048, hop_length=512)).T
        expected = magnitude @ bands
        np.testing.assert_allclose(
            got[clip, :, :, 1], expected, atol=FLOAT32_LONG * expected.max()
        )


def test_equals_its_layers_in_a_row():
    row = [
        STFT(n_fft=33, hop_length=10), Power(), ApplyFilterbank(type="log", **BANDS, n_fft=33),
        PowerToDecibel(ref="max", top_db=40.0),
    ]  # fmt: skip
    one = LogFrequencySpectrogram(**{**SMALL, "n_fft": 33}, ref="max", top_db=40.0)
    batch = [noise(3, 100), np.array([100, 55, 20], "int32")]
    got, mask = masked_model([one])(batch)
    expected, expected_mask = masked_model(row)(batch)
    np.testing.assert_allclose(to_numpy(got), to_numpy(expected), atol=DECIBEL_FLOAT32)
    np.testing.assert_array_equal(to_numpy(mask), to_numpy(expected_mask))


@pytest.mark.parametrize("learn_bands", ["matrix", "bands"])
@pytest.mark.parametrize("learn_stft", ["kernels", "window"])
def test_a_learned_front_end_starts_equal_to_the_fixed_one(learn_stft, learn_bands):
    x = noise(2, 2000, 1)
    arguments = {"sample_rate": 8000, "n_fft": 512, "n_bands": 50, "fmin": 200.0}
    fixed = to_numpy(LogFrequencySpectrogram(**arguments)(x))
    learned = LogFrequencySpectrogram(
        **arguments, learn_stft=learn_stft, learn_bands=learn_bands
    )
    np.testing.assert_allclose(to_numpy(learned(x)), fixed, atol=DECIBEL)


def test_describe_has_the_notes_of_the_bands():
    layer = LogFrequencySpectrogram(n_fft=2048, learn_bands="bands")
    layer.build((None, None, 1))
    said = layer.describe()
    notes = 32.70319566 * 2 ** (np.arange(84) / 12)
    np.testing.assert_allclose(said.initial["center_hz"], notes, rtol=1e-3)
    np.testing.assert_allclose(said.now["center_hz"], notes, rtol=1e-3)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"sample_rate": "8000"}, "a number > 0"),
        ({"n_fft": 0}, "an int > 0"),
        ({"n_bands": None}, "an int > 0"),
        ({"n_bands": 7}, "so small.*Use n_bands=6"),
        ({"bins_per_octave": 0}, "an int > 0"),
        ({"fmin": 0.0}, "a number > 0"),
        ({"spread": []}, "a number > 0"),
        ({"norm": 2}, "one of"),
        ({"power": 0}, "a number > 0"),
        ({"learn_stft": "matrix"}, "one of"),
        ({"learn_bands": "kernels"}, "one of"),
        ({"band_shape": "bell"}, "one of"),
    ],
)
def test_bad_argument_is_named_in_the_error(bad, rule):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=rf"LogFrequencySpectrogram: `{name}` must be {rule}"):
        LogFrequencySpectrogram(**{**SMALL, **bad})
