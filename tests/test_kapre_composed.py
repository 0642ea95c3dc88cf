"""Composed functions of the Kapre facade: numbers, shapes, names, and what Kapre gets wrong."""

import inspect
import warnings

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from layer_contract import noise, policy
from tolerances import DECIBEL_FLOAT32, FLOAT32, FLOAT32_SHORT

import kapre_like
from kapre_like import kapre
from kapre_like.kapre import backend, composed

pytestmark = pytest.mark.backends(full=True)

WAVE = noise(2, 400, 2)
SMALL = {"n_fft": 64, "hop_length": 32}
MEL = {**SMALL, "sample_rate": 8000, "n_mels": 8}
LOG = {
    **SMALL,
    "sample_rate": 8000,
    "log_n_bins": 8,
    "log_bins_per_octave": 2,
    "log_f_min": 200,
}
BANKS = [
    (composed.get_stft_magnitude_layer, SMALL, 33),
    (composed.get_melspectrogram_layer, MEL, 8),
    (composed.get_log_frequency_spectrogram_layer, LOG, 8),
]
NAMES = ["stft_magnitude", "melspectrogram", "log_frequency_spectrogram"]


def magnitudes(x, n_fft=64, hop_length=32):
    """`|STFT|` by the formula, `(clips, frames, freqs, channels)`."""
    window = np.hanning(n_fft + 1)[:n_fft]
    starts = range(0, x.shape[1] - n_fft + 1, hop_length)
    frames = np.stack([x[:, t : t + n_fft] * window[:, None] for t in starts], axis=1)
    return np.abs(np.fft.rfft(frames, axis=2))


@pytest.mark.parametrize(("function", "arguments", "bands"), BANKS, ids=NAMES)
def test_numbers_are_the_formula(function, arguments, bands):
    expected = magnitudes(WAVE)
    if function is composed.get_melspectrogram_layer:
        bank = to_numpy(backend.filterbank_mel(8000, 33, 8))
        expected = np.einsum("btfc,fm->btmc", expected, bank)
    if function is composed.get_log_frequency_spectrogram_layer:
        bank = to_numpy(backend.filterbank_log(8000, 33, 8, 2, 200.0))
        expected = np.einsum("btfc,fm->btmc", expected, bank)
    got = to_numpy(function(**arguments)(WAVE))
    assert got.shape == (2, 11, bands, 2)
    np.testing.assert_allclose(got, expected, atol=FLOAT32)
    level = to_numpy(function(**arguments, return_decibel=True, db_dynamic_range=20.0)(WAVE))
    db = 10 * np.log10(np.maximum(expected, 1e-5))
    db = np.maximum(db, db.max(axis=(1, 2, 3), keepdims=True) - 20)
    np.testing.assert_allclose(level, db, atol=DECIBEL_FLOAT32)


@pytest.mark.parametrize(("function", "arguments", "bands"), BANKS, ids=NAMES)
def test_shapes_names_and_copies(function, arguments, bands, tmp_path):
    model = function(**arguments, input_shape=(400, 2), return_decibel=True)
    assert isinstance(model, keras.Sequential)
    assert model.name == inspect.signature(function).parameters["name"].default
    assert model.output_shape == (None, 11, bands, 2)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds[:2] == ["STFT", "Magnitude"]
    assert kinds[-1] == "MagnitudeToDecibel"
    expected = to_numpy(model(WAVE))
    model.save(tmp_path / "model.keras")
    for copy in (
        kapre_like.load_model(tmp_path / "model.keras"),
        keras.models.clone_model(model),
        keras.Sequential(model.layers),
    ):
        np.testing.assert_allclose(to_numpy(copy(WAVE)), expected, atol=FLOAT32)
    first = function(**arguments, input_data_format="channels_first")
    moved = np.moveaxis(WAVE, -1, 1)
    np.testing.assert_allclose(
        to_numpy(first(moved)), to_numpy(function(**arguments)(WAVE)), atol=FLOAT32
    )


def test_layers_used_separately_keep_the_input_shape():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        composite = composed.get_stft_magnitude_layer((400, 2), **SMALL)
    model = keras.Sequential()
    for layer in composite.layers:
        model.add(layer)
    assert model.output_shape == (None, 11, 33, 2)


@pytest.mark.parametrize("setting", ["channels_last", "channels_first"])
@pytest.mark.parametrize("data_format", ["default", "channels_first", "channels_last"])
def test_magnitudes_and_phases_are_channels(data_format, setting):
    before = keras.config.image_data_format()
    keras.config.set_image_data_format(setting)
    try:
        first = (setting if data_format == "default" else data_format) == "channels_first"
        x = np.moveaxis(WAVE, -1, 1) if first else WAVE
        model = composed.get_stft_mag_phase(
            x.shape[1:], **SMALL, input_data_format=data_format, output_data_format=data_format
        )
        got = to_numpy(model(x))
    finally:
        keras.config.set_image_data_format(before)
    got = np.moveaxis(got, 1, -1) if first else got
    assert (got.shape, model.name) == ((2, 11, 33, 4), "stft_mag_phase")
    np.testing.assert_allclose(got[..., :2], magnitudes(WAVE), atol=FLOAT32)
    spectrum = to_numpy(kapre.STFT(**SMALL)(WAVE))
    np.testing.assert_allclose(got[..., 2:], np.angle(spectrum), atol=1e-3)


@pytest.mark.parametrize("hop_length", [8, 16, 32])
def test_the_perfectly_reconstructing_pair_reconstructs(hop_length):
    stft, istft = composed.get_perfectly_reconstructing_stft_istft(
        64, hop_length, "channels_last", "channels_first", "there", "back"
    )
    assert (stft.name, istft.name) == ("there", "back")
    got = to_numpy(istft(stft(WAVE)))[:, 64 - hop_length :][:, :400]
    np.testing.assert_allclose(got, WAVE, atol=FLOAT32_SHORT)


def test_frequency_aware_convolution():
    x = noise(2, 5, 6, 3)
    model = composed.get_frequency_aware_conv2d("default", "aware", 4, (3, 3), strides=2)
    assert model.name == "aware"
    assert model(x).shape == (2, 2, 2, 4)
    assert tuple(model.layers[1].kernel.shape) == (3, 3, 4, 4)
    model = composed.get_frequency_aware_conv2d("channels_last", filters=4, kernel_size=1)
    assert model.layers[1].data_format == "channels_last"
    # Seven positional arguments, `groups` last. Kapre reads one argument too far.
    positional = (4, 3, (1, 1), "valid", None, (1, 1))
    assert composed.get_frequency_aware_conv2d("default", "aware", *positional, 1).layers
    for extra, named in (((2,), {}), ((), {"groups": 2})):
        with pytest.raises(ValueError, match=r"`groups` must be 1.*Received: groups=2"):
            composed.get_frequency_aware_conv2d(
                "default", "aware", *positional, *extra, **named
            )


@pytest.mark.parametrize("name", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_where_kapre_fails(name):
    expected = to_numpy(composed.get_melspectrogram_layer(**MEL, return_decibel=True)(WAVE))
    with policy(name):
        melspectrogram = composed.get_melspectrogram_layer(**MEL, return_decibel=True)
        convolution = composed.get_frequency_aware_conv2d("default", "aware", 4, 3)
        model = keras.Sequential([keras.Input((400, 2)), melspectrogram, convolution])
        got = melspectrogram(WAVE)
        assert keras.backend.standardize_dtype(got.dtype) == name.removeprefix("mixed_")
        assert np.isfinite(to_numpy(keras.ops.cast(model(WAVE), "float32"))).all()
        assert composed.get_stft_mag_phase((400, 2), **SMALL)(WAVE).shape == (2, 11, 33, 4)
    got = to_numpy(keras.ops.cast(got, "float32"))
    # A step of bfloat16 between 16 and 32 is an eighth.
    np.testing.assert_allclose(got, expected, atol=0.02 if "b" not in name[6:8] else 0.2)


def test_errors():
    with pytest.raises(RuntimeError, match="n_bins"):
        composed.get_log_frequency_spectrogram_layer(log_n_bins=200)
    with pytest.raises(ValueError, match="`output_data_format` must be one of"):
        composed.get_melspectrogram_layer(output_data_format="x")
    with pytest.raises(TypeError, match="`input_data_format` must be a string"):
        composed.get_stft_magnitude_layer(input_data_format=None)
