"""`kapre.migrate` for each layer: the same numbers, or a report of what changes."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from migrate_tools import FORMATS, audio, check_same, migrated, model_of, spectrogram
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

from kapre_like import kapre
from kapre_like.kapre import migrate

pytestmark = pytest.mark.backends(full=True)


ON_AUDIO = {
    "Frame": {"frame_length": 400, "hop_length": 160},
    "Frame filled up": {
        "frame_length": 400, "hop_length": 160, "pad_end": True, "pad_value": 2,
    },
    "Energy": {
        "sample_rate": 8000, "ref_duration": 0.2, "frame_length": 300, "hop_length": 100,
    },
    "Energy filled up": {"frame_length": 300, "hop_length": 200, "pad_end": True},
}  # fmt: skip
ON_SPECTROGRAMS = {
    "Delta": {},
    "Delta reflect": {"win_length": 7, "mode": "REFLECT"},
    "Delta constant": {"win_length": 3, "mode": "constant"},
    "ConcatenateFrequencyMap": {},
    "LogmelToMFCC": {"n_mfccs": 5},
    "LogmelToMFCC all": {"n_mfccs": 30},
    "SpecAugment": {"freq_mask_param": 3, "time_mask_param": 4},
    "ChannelSwap": {},
    "ApplyFilterbank mel": {
        "type": "mel", "filterbank_kwargs": {"sample_rate": 8000, "n_freq": 9, "n_mels": 3},
    },
    "ApplyFilterbank htk": {
        "type": "mel",
        "filterbank_kwargs": {
            "sample_rate": 8000, "n_freq": 9, "n_mels": 2, "f_min": 100.0, "f_max": 3000.0,
            "htk": True,
        },
    },
    "ApplyFilterbank log": {
        "type": "log",
        "filterbank_kwargs": {
            "sample_rate": 8000, "n_freq": 9, "n_bins": 4, "bins_per_octave": 2,
            "f_min": 500.0, "spread": 0.5,
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("name", [*ON_AUDIO, *ON_SPECTROGRAMS])
def test_a_layer_returns_the_same_numbers(name, data_format):
    arguments = {**ON_AUDIO, **ON_SPECTROGRAMS}[name]
    x = audio(data_format) if name in ON_AUDIO else spectrogram(data_format)
    layer = getattr(kapre, name.split()[0])(**arguments, data_format=data_format)
    check_same(model_of(layer, x), x)


@pytest.mark.parametrize("norm", [None, 1, np.inf])
def test_bands_that_have_no_name_become_a_matrix(norm):
    options = {"sample_rate": 8000, "n_freq": 9, "n_mels": 3, "norm": norm}
    layer = kapre.ApplyFilterbank("mel", options, data_format="channels_last")
    x = spectrogram("channels_last")
    _, (line,) = check_same(model_of(layer, x), x)
    assert "type='matrix'" in line


# Windows equal to, shorter and longer than the transform, and of odd length; both paddings.
TRANSFORMS = [
    (256, None, None, None, False, False),
    (256, None, None, None, True, False),
    (256, 256, 100, "hamming_window", True, True),
    (256, 200, 80, "kaiser_window", False, False),
    (256, 200, 80, "kaiser_window", False, True),
    (256, 200, 80, "kaiser_window", True, False),
    (256, 200, 80, "kaiser_window", True, True),
    (256, 151, 300, None, False, True),
    (256, 300, 64, "vorbis_window", False, False),
    (256, 300, 64, "vorbis_window", True, False),
    (256, 300, 64, "vorbis_window", True, True),
    (255, 255, 64, "hann_window", False, True),
    (256, 256, 128, "kaiser_bessel_derived_window", False, False),
]


@pytest.mark.parametrize("arguments", TRANSFORMS)
def test_a_transform_returns_the_same_complex_numbers(arguments):
    layer = kapre.STFT(*arguments, "channels_last", "channels_last")
    x = audio("channels_last", 1, 1003)
    check_same(model_of(layer, x), x)


COMPOSED = [
    ("stft_magnitude", "channels_last", "channels_first"),
    ("melspectrogram", "channels_last", "channels_last"),
    ("melspectrogram", "channels_first", "channels_last"),
    ("log_frequency", "channels_last", "channels_first"),
    ("both", "channels_last", "channels_last"),
    ("both", "channels_first", "channels_first"),
]


@pytest.mark.parametrize(("name", "input_format", "output_format"), COMPOSED)
def test_a_composed_function_returns_the_same_numbers(name, input_format, output_format):
    function, special = {
        "stft_magnitude": (kapre.get_stft_magnitude_layer, {}),
        "melspectrogram": (kapre.get_melspectrogram_layer, {"n_mels": 12}),
        "log_frequency": (
            kapre.get_log_frequency_spectrogram_layer,
            {"log_n_bins": 8, "log_bins_per_octave": 2, "log_f_min": 300.0, "log_spread": 0.5},
        ),
        "both": (kapre.get_stft_mag_phase, {}),
    }[name]
    special |= {} if name in ("stft_magnitude", "both") else {"sample_rate": 16000}
    x = audio(input_format)
    model = function(
        x.shape[1:], n_fft=256, win_length=200, hop_length=100, pad_end=True,
        return_decibel=True, input_data_format=input_format,
        output_data_format=output_format, **special,
    )  # fmt: skip
    got, expected, _, lines = migrated(model, x)
    if name == "both":  # A phase of pi may come out as -pi.
        turned = np.abs(got - expected) > 6
        got = np.where(turned, expected, got)
        assert turned.mean() < 0.01
    np.testing.assert_allclose(
        got, expected, rtol=0, atol=FLOAT32_LONG * np.abs(expected).max()
    )
    assert all("Same numbers" in line for line in lines)


@pytest.mark.parametrize("data_format", FORMATS)
def test_a_frequency_aware_convolution_keeps_its_weights(data_format):
    if data_format == "channels_first" and BACKEND == "tensorflow":
        pytest.skip("TensorFlow convolves channels_last on a CPU")
    x = spectrogram(data_format)
    conv = kapre.get_frequency_aware_conv2d(data_format, "aware", 3, 3)
    check_same(model_of(conv, x), x)


def test_mu_law_returns_the_same_codes_and_clips_samples_out_of_range():
    x = np.linspace(-1, 1, 101, dtype="float32").reshape(1, -1, 1)
    model = model_of(kapre.MuLawEncoding(256), x)
    new, (line,) = check_same(model, x, atol=0)
    assert "outside [-1, 1]" in line
    assert set(to_numpy(new(np.sign(x) * 3)).ravel()) == {0, 128, 255}
    assert to_numpy(model(np.sign(x) * 3)).max() > 255
    codes = np.arange(256, dtype="float32").reshape(1, -1, 1)
    check_same(model_of(kapre.MuLawDecoding(256), codes), codes)


@pytest.mark.parametrize(("ref_value", "amin"), [(1.0, 1e-5), (0.1, 1e-3), (1e-4, 1e-2)])
def test_decibels_of_a_magnitude_stay_half_of_the_usual_ones(ref_value, amin):
    x = spectrogram("channels_last") ** 4
    layer = kapre.MagnitudeToDecibel(ref_value, amin, 25.0)
    _, (line,) = check_same(model_of(layer, x), x)
    assert "half of its usual decibels" in line


def test_a_clip_too_short_for_a_frame_now_has_one():
    stft = kapre.STFT(256, 200, 80, None, False, False, "channels_last", "channels_last")
    frame = kapre.Frame(100, 50, data_format="channels_last")
    for layer, shortest in ((stft, 200), (frame, 100)):
        inputs = keras.Input((None, 1))
        model = keras.Model(inputs, layer(inputs))
        lines = []
        new = migrate(model, report=lines.append)
        assert f"fewer than {shortest} samples had no frame and now has one" in lines[0]
        x = audio("channels_last", 1, shortest - 1)
        assert model.compute_output_shape(x.shape)[1] == 0
        assert new(x).shape[1] == 1
        x = audio("channels_last", 1, shortest)
        np.testing.assert_allclose(to_numpy(new(x)), to_numpy(model(x)), atol=FLOAT32)


def test_the_report_omits_short_clips_if_all_are_long_enough():
    x = audio("channels_last", 1, 200)
    stft = kapre.STFT(256, 200, 80, None, False, False, "channels_last", "channels_last")
    _, (line,) = check_same(model_of(stft, x), x)
    assert line.endswith("Same numbers.")


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("win_length", [256, 200])
def test_the_inverse_is_the_same_except_at_the_two_ends(data_format, win_length):
    x = audio(data_format)
    both = {"input_data_format": data_format, "output_data_format": data_format}
    stft = kapre.STFT(256, win_length, 50, pad_end=True, **both)
    inverse = kapre.InverseSTFT(256, win_length, 50, **both)
    inputs = keras.Input(x.shape[1:])
    got, expected, _, lines = migrated(keras.Model(inputs, inverse(stft(inputs))), x)
    edge = win_length - 50
    assert f"the first and last {edge} samples" in lines[1]
    got, expected = (np.moveaxis(y, 1, -1) if both["input_data_format"] == FORMATS[0] else y
                     for y in (got, expected))  # fmt: skip
    assert got.shape == expected.shape
    inner = slice(edge, -edge)
    np.testing.assert_allclose(got[..., inner], expected[..., inner], atol=FLOAT32)
    assert np.abs(got - expected).max() > 0.01


def test_perfect_reconstruction_stays_perfect():
    x = audio("channels_last", 1)
    stft, inverse = kapre.get_perfectly_reconstructing_stft_istft(256, 64, *FORMATS[:1] * 2)
    inputs = keras.Input(x.shape[1:])
    got, _, _, _ = migrated(keras.Model(inputs, inverse(stft(inputs))), x)
    np.testing.assert_allclose(got[:, 192:2192], x, atol=FLOAT32)


def test_approximate_angles_become_exact_ones():
    z = np.array([[1 + 1j, 1j, -2 + 1j, 0.001 + 1j]], "complex64").reshape(1, 1, 4, 1)
    model = model_of(kapre.Phase(approx_atan_accuracy=20), z)
    got, expected, _, (line,) = migrated(model, z)
    assert "Exact angles" in line
    np.testing.assert_allclose(got.ravel(), np.angle(z).ravel(), atol=FLOAT32_SHORT)
    assert abs(expected.ravel()[1] - np.pi) < 1e-6
    assert abs(expected.ravel()[3] - np.angle(z).ravel()[3]) > 0.1


def test_masks_have_kapre_s_largest_width_and_each_clip_its_own_order():
    x = np.ones((200, 12, 9, 2), "float32")
    hide = kapre.SpecAugment(1, 4, n_freq_masks=0, data_format="channels_last")
    new, _ = check_same(model_of(hide, x), x)
    hidden = (to_numpy(new(x, training=True)) == 0).all(axis=(2, 3)).sum(axis=1)
    assert set(hidden) == {0, 1, 2, 3, 4}
    x[..., 1] = -1
    new, _ = check_same(model_of(kapre.ChannelSwap(data_format="channels_last"), x), x)
    first = to_numpy(new(x, training=True))[:, 0, 0, 0]
    assert set(first) == {1.0, -1.0}


@pytest.mark.skipif(BACKEND != "tensorflow", reason="Kapre's three LiteRT layers")
@pytest.mark.parametrize("data_format", FORMATS)
def test_layers_for_litert_give_the_same_numbers_in_any_batch(data_format):
    x = audio(data_format)
    both = {"input_data_format": data_format, "output_data_format": data_format}
    inputs = keras.Input(x.shape[1:])
    pair = kapre.STFTTflite(256, 200, 100, pad_end=True, **both)(inputs)
    check_same(keras.Model(inputs, [pair, kapre.MagnitudeTflite()(pair)][1]), x)
    check_same(keras.Model(inputs, pair), x)
    model = keras.Model(inputs, kapre.PhaseTflite(50)(pair))
    got, _, _, lines = migrated(model, x)
    assert "Exact angles" in lines[1]
    real, imag = np.moveaxis(to_numpy(keras.Model(inputs, pair)(x)), -1, 0)
    off = np.abs(np.exp(1j * got) - np.exp(1j * np.arctan2(imag, real)))
    assert off[np.hypot(real, imag) > 1e-3].max() < 1e-3
