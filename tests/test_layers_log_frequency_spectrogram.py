"""`LogFrequencySpectrogram`: the layer contract, then what only this layer promises."""

from functools import partial

import numpy as np
import pytest
from backend_tools import quick, to_numpy
from layer_contract import (
    check_compiled,
    check_gradient,
    check_layer,
    check_lengths,
    check_padding,
    check_policies,
    full_scale_sine,
    masked_model,
    noise,
)

from kapre_like.layers import (
    STFT,
    ApplyFilterbank,
    LogFrequencySpectrogram,
    Power,
    PowerToDecibel,
)

pytestmark = pytest.mark.backends

# Wide bands, since 32 samples hold few notes.
BANDS = {"sample_rate": 8000, "n_bands": 4, "bins_per_octave": 2, "fmin": 500.0, "spread": 0.5}
SMALL = {**BANDS, "n_fft": 32, "hop_length": 10}
WAVEFORM = noise(5, 90, 2)


@pytest.mark.parametrize(
    ("arguments", "learns"),
    [
        ({}, ()),
        ({"learn_bands": "bands", "decibel": False}, ("centre", "bandwidth")),
        ({"learn_bands": "matrix", "learn_stft": "window"}, ("window", "mel_matrix")),
    ],
)
def test_layer_contract(arguments, learns, tmp_path):
    make = partial(LogFrequencySpectrogram, **SMALL, **arguments)
    # 1e-3 dB: DESIGN.md, the same road alone and in a batch, decibels.
    check_layer(make, WAVEFORM, tmp_path, learns=learns, atol=1e-3)
    check_compiled(make, WAVEFORM, atol=1e-3)
    check_gradient(make(), np.zeros((2, 40, 1), "float32"))


def test_shapes_tell_the_truth_at_every_length():
    make = partial(LogFrequencySpectrogram, **SMALL)
    check_lengths(make, [0, 1, 31, 32, 33, 39, 40, 41])


@pytest.mark.parametrize("arguments", [{}, {"ref": "max", "top_db": 20.0}])
def test_a_padded_clip_gives_what_it_gives_alone(arguments):
    make = partial(LogFrequencySpectrogram, **SMALL, pad_mode="reflect", **arguments)
    check_padding(lambda: [make()], [100, 60, 32, 31, 9, 1, 0], atol=1e-3)


def test_every_policy_computes_in_float32():
    make = partial(LogFrequencySpectrogram, sample_rate=8000, n_fft=1024, n_bands=60, fmin=100)
    batches = [np.zeros((1, 2048, 1), "float32"), full_scale_sine(2048)]
    # Half of one step of the result's dtype at 100 dB; float32 rounding in quiet bands.
    steps = {"float32": 0, "mixed_float16": 0.04, "mixed_bfloat16": 0.26, "float64": 0.01}
    check_policies(make, batches, output="policy", atol=steps)


def test_matches_kapres_filterbank_on_a_librosa_magnitude():
    librosa = pytest.importorskip("librosa")
    backend = pytest.importorskip("kapre.backend")
    x = noise(2, 8000, 2)
    layer = LogFrequencySpectrogram(
        sample_rate=22050, n_fft=2048, hop_length=512, power=1.0, decibel=False
    )
    got = to_numpy(quick(layer)(x))
    bands = np.asarray(backend.filterbank_log(22050, 1025))
    for clip in (0, 1):
        magnitude = np.abs(librosa.stft(x[clip, :, 1], n_fft=2048, hop_length=512)).T
        expected = magnitude @ bands
        np.testing.assert_allclose(got[clip, :, :, 1], expected, atol=1e-4 * expected.max())


def test_equals_its_layers_in_a_row():
    row = [
        STFT(n_fft=33, hop_length=10), Power(), ApplyFilterbank(type="log", **BANDS, n_fft=33),
        PowerToDecibel(ref="max", top_db=40.0),
    ]  # fmt: skip
    one = LogFrequencySpectrogram(**{**SMALL, "n_fft": 33}, ref="max", top_db=40.0)
    batch = [noise(3, 100), np.array([100, 55, 20], "int32")]
    got, mask = masked_model([one])(batch)
    expected, expected_mask = masked_model(row)(batch)
    np.testing.assert_allclose(to_numpy(got), to_numpy(expected), atol=1e-3)
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
    # DESIGN.md: 0.01 dB within 80 dB of the peak.
    np.testing.assert_allclose(to_numpy(learned(x)), fixed, atol=0.01)


def test_describe_says_which_notes_the_bands_are():
    layer = LogFrequencySpectrogram(n_fft=2048, learn_bands="bands")
    layer.build((None, None, 1))
    said = layer.describe()
    notes = 32.70319566 * 2 ** (np.arange(84) / 12)
    np.testing.assert_allclose(said.initial["centre_hz"], notes, rtol=1e-3)
    np.testing.assert_allclose(said.now["centre_hz"], notes, rtol=1e-3)


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
