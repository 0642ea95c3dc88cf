"""Layers of the Kapre facade: the contract in both data formats, shapes, dtypes, gradients."""

from functools import partial

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, graph, to_numpy
from layer_contract import (
    check_compiled,
    check_gradient,
    check_layer,
    check_lengths,
    check_policies,
    full_scale_sine,
    noise,
    policy,
)
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

from kapre_like import kapre

pytestmark = pytest.mark.backends(full=True)

WAVE = noise(3, 70, 2)
SPECTROGRAM = np.abs(noise(3, 7, 9, 2)) * 10
SPECTRUM = (noise(3, 7, 9, 2) + 1j * noise(3, 7, 9, 2, seed=1)).astype("complex64")
MEL = {"sample_rate": 8000, "n_freq": 9, "n_mels": 4}
LOG = {"sample_rate": 8000, "n_freq": 9, "n_bins": 8, "bins_per_octave": 2, "f_min": 200.0}
# Layer, arguments, and the input in channels_last.
LAYERS = [
    (kapre.STFT, {"n_fft": 16, "win_length": 12, "hop_length": 5, "pad_begin": True}, WAVE),
    (kapre.InverseSTFT, {"n_fft": 16, "hop_length": 8}, SPECTRUM),
    (kapre.Magnitude, {}, SPECTRUM),
    (kapre.Phase, {}, SPECTRUM),
    (kapre.MagnitudeToDecibel, {}, SPECTROGRAM),
    (kapre.ApplyFilterbank, {"type": "mel", "filterbank_kwargs": MEL}, SPECTROGRAM),
    (kapre.ApplyFilterbank, {"type": "log", "filterbank_kwargs": LOG}, SPECTROGRAM),
    (kapre.Delta, {"win_length": 3, "mode": "Reflect"}, SPECTROGRAM),
    (kapre.ConcatenateFrequencyMap, {}, SPECTROGRAM),
    (kapre.Frame, {"frame_length": 8, "hop_length": 3, "pad_end": True}, WAVE),
    (kapre.Energy, {"frame_length": 8, "hop_length": 3}, WAVE),
    (kapre.MuLawEncoding, {"quantization_channels": 256}, WAVE),
    (kapre.MuLawDecoding, {"quantization_channels": 256}, np.round(10 * SPECTROGRAM)),
    (kapre.LogmelToMFCC, {"n_mfccs": 5}, SPECTROGRAM),
]
IDS = [f"{layer.__name__}{n}" for n, (layer, _, _) in enumerate(LAYERS)]


def first(x):
    """`x` with its channels moved from the last axis to the second."""
    return np.moveaxis(x, -1, 1)


def formats_of(layer):
    """Data format arguments of a layer, each `channels_first`."""
    made = layer.get_config()
    return {name: "channels_first" for name in made if name.endswith("data_format")}


# One of each kind: all go one way through files, copies and training. Every layer's own file is
# loaded and written again by `test_kapre_files.py`.
KINDS = ("STFT0", "InverseSTFT1", "MagnitudeToDecibel4", "ApplyFilterbank5", "Energy10")


@pytest.mark.parametrize("name", KINDS)
def test_layer_contract(name, tmp_path):
    layer, arguments, x = LAYERS[IDS.index(name)]
    # Decibels and angles of rounding: as the layers of the library itself.
    check_layer(partial(layer, **arguments), x, tmp_path, atol=FLOAT32_LONG)


@pytest.mark.parametrize(("layer", "arguments", "x"), LAYERS, ids=IDS)
def test_a_compiled_layer_returns_the_same(layer, arguments, x):
    if layer is kapre.LogmelToMFCC:
        pytest.skip("it must know its bands")
    check_compiled(partial(layer, **arguments), x, atol=FLOAT32_LONG)


@pytest.mark.parametrize(("layer", "arguments", "x"), LAYERS, ids=IDS)
def test_channels_first_is_the_same_with_axes_moved(layer, arguments, x):
    moved = formats_of(layer(**arguments))
    expected = first(to_numpy(layer(**arguments)(x)))
    made = layer(**arguments, **moved)
    got = to_numpy(made(first(x)))
    # XLA orders sums by the shape.
    np.testing.assert_allclose(got, expected, rtol=FLOAT32_SHORT, atol=FLOAT32_SHORT)
    assert tuple(made.compute_output_shape(first(x).shape)) == got.shape


@pytest.mark.parametrize(("layer", "arguments", "x"), LAYERS, ids=IDS)
def test_registered_under_kapre_s_name_with_kapre_s_configuration(layer, arguments, x):
    assert keras.saving.get_registered_name(layer) == f"Kapre>{layer.__name__}"
    made = layer(**arguments)
    config = made.get_config()
    assert set(config) - {"name", "trainable", "dtype"} >= set(arguments)
    for name in formats_of(made):
        assert config[name] == "default"
    again = layer.from_config(config)
    np.testing.assert_array_equal(to_numpy(again(x)), to_numpy(made(x)))


def test_default_is_keras_s_setting_when_the_layer_is_created():
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        stft, delta = kapre.STFT(n_fft=16), kapre.Delta()
    finally:
        keras.config.set_image_data_format(before)
    assert (stft.input_data_format, stft.output_data_format) == ("channels_first",) * 2
    assert delta.data_format == "channels_first"
    assert delta.data_format_original == delta.get_config()["data_format"] == "default"
    assert stft(first(WAVE)).shape == (3, 2, 14, 9)
    assert delta(first(SPECTROGRAM)).shape == (3, 2, 7, 9)


@pytest.mark.parametrize("pad_end", [False, True])
@pytest.mark.parametrize("pad_begin", [False, True])
def test_frames_of_every_length(pad_begin, pad_end):
    make = partial(
        kapre.STFT, n_fft=16, win_length=12, hop_length=5, pad_begin=pad_begin, pad_end=pad_end
    )
    lengths = [0, 1, 4, 5, 6, 11, 12, 13, 16, 17, 18, 22, 40]
    check_lengths(make, lengths)
    for samples in lengths:
        known = samples + (11 if pad_begin else 0)
        frames = -(-known // 5) if pad_end else max(0, 1 + (known - 12) // 5)
        assert make().compute_output_shape((1, samples, 1)) == (1, frames, 9, 1)


@pytest.mark.parametrize("layer", [kapre.Frame, kapre.Energy])
@pytest.mark.parametrize("pad_end", [False, True])
def test_frames_of_a_waveform_of_every_length(layer, pad_end):
    make = partial(layer, frame_length=8, hop_length=3, pad_end=pad_end)
    check_lengths(make, [0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 20], channels=2)


def test_inverse_of_every_count_of_frames():
    layer = kapre.InverseSTFT(n_fft=16, win_length=12, hop_length=5)
    for frames in (0, 1, 2, 7):
        y = layer(SPECTRUM[:, :frames])
        assert y.shape == (3, max(0, (frames - 1) * 5 + 12), 2)
        assert layer.compute_output_shape((None, frames, 9, 2)) == (None, *y.shape[1:])
    assert layer.compute_output_shape((None, None, 9, 2)) == (None, None, 2)


LINEAR = {"float32": 0, "mixed_float16": 0, "mixed_bfloat16": 0, "float64": 1e-2}
WAVES = [full_scale_sine(64), np.zeros((1, 64, 1), "float32")]


def test_linear_layers_compute_in_float32_under_every_policy():
    # 1e-2 of sums of 16 numbers up to 1000 in float32; 0 because nothing may be rounded more.
    check_policies(partial(kapre.STFT, n_fft=16), WAVES, output="complex64", atol=LINEAR)
    energy = partial(kapre.Energy, frame_length=8, hop_length=4)
    check_policies(energy, WAVES, output="float32", atol=LINEAR)
    check_policies(partial(kapre.Frame, 8, 4), WAVES, output="float32", atol=LINEAR)
    loud = [1000 * SPECTROGRAM, 0 * SPECTROGRAM]
    check_policies(kapre.Delta, loud, output="float32", atol=LINEAR)
    bank = partial(kapre.ApplyFilterbank, "mel", MEL)
    check_policies(bank, loud, output="float32", atol=LINEAR)


def test_levels_have_the_policy_s_dtype():
    # A step of float16 between 32 and 64 is 1/32, one of bfloat16 a quarter.
    step = {"float32": 0, "mixed_float16": 0.04, "mixed_bfloat16": 0.3, "float64": 1e-4}
    x = [SPECTROGRAM, 0 * SPECTROGRAM]
    check_policies(kapre.MagnitudeToDecibel, x, output="policy", atol=step)
    check_policies(kapre.LogmelToMFCC, x, output="policy", atol=step)


def test_the_frequency_map_keeps_half_precision():
    with policy("mixed_float16"):
        layer = kapre.ConcatenateFrequencyMap()
        for dtype in ("float16", "float32"):
            y = layer(keras.ops.cast(SPECTROGRAM, dtype))
            assert keras.backend.standardize_dtype(y.dtype) == dtype
            symbolic = layer(keras.Input((7, 9, 2), dtype=dtype))
            assert symbolic.dtype == dtype
    layer = kapre.ConcatenateFrequencyMap()
    got = to_numpy(layer(SPECTROGRAM.astype("float64")))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got[..., 2], np.broadcast_to(np.linspace(0, 1, 9), (3, 7, 9)))


def test_complex_numbers_keep_their_width_under_every_policy():
    wide = "float32" if BACKEND == "jax" else "float64"
    for dtype in ("float64", "float32", "mixed_float16"):
        for layer in (kapre.Magnitude, kapre.Phase, partial(kapre.InverseSTFT, 16)):
            made = layer(dtype=dtype)
            for given, expected in (("complex64", "float32"), ("complex128", wide)):
                y = made(SPECTRUM.astype(given))
                assert keras.backend.standardize_dtype(y.dtype) == expected
        # Kapre's approximation computes in float32.
        y = kapre.Phase(5, dtype=dtype)(SPECTRUM.astype("complex128"))
        assert keras.backend.standardize_dtype(y.dtype) == "float32"


def test_numpy_s_integers_and_booleans_are_arguments_too():
    x = WAVE.astype("float32")
    given = [np.int64(16), np.int32(12), np.int16(5), None, np.bool_(True), np.int8(0)]
    layer = kapre.STFT(*given)
    plain = kapre.STFT(16, 12, 5, None, True, False)
    np.testing.assert_array_equal(to_numpy(layer(x)), to_numpy(plain(x)))
    config = {**layer.get_config(), "name": "x"}
    assert config == {**plain.get_config(), "name": "x"}
    assert type(config["n_fft"]) is int


def test_cepstra_of_channels_first_take_any_rank_as_kapre_s():
    layer = kapre.LogmelToMFCC(3, "channels_first")
    whole = to_numpy(layer(first(SPECTROGRAM)))
    np.testing.assert_allclose(
        to_numpy(layer(first(SPECTROGRAM)[:, 0])), whole[:, 0], atol=FLOAT32
    )
    np.testing.assert_allclose(
        to_numpy(layer(first(SPECTROGRAM)[:, 0, 0])), whole[:, 0, 0], atol=FLOAT32
    )
    assert layer.compute_output_shape((None, 7, 9)) == (None, 7, 3)


def test_gradients_are_finite_at_silence():
    silence = np.zeros((2, 40, 1), "float32")
    for last in (
        kapre.Magnitude(),
        kapre.Phase(),
        kapre.Phase(approx_atan_accuracy=5),
        lambda z: kapre.MagnitudeToDecibel()(kapre.Magnitude()(z)),
    ):
        check_gradient(lambda x, last=last: last(kapre.STFT(n_fft=16)(x)), silence)
    check_gradient(kapre.Energy(frame_length=8, hop_length=4), silence)


def test_unknown_shapes_in_a_graph():
    layer, x = kapre.STFT(n_fft=16, win_length=12, hop_length=5, pad_end=True), WAVE[..., :1]
    dynamic = graph(layer)
    for samples in (70, 12, 3, 0):
        got = to_numpy(dynamic(x[:, :samples]))
        np.testing.assert_allclose(got, to_numpy(layer(x[:, :samples])), atol=FLOAT32)
    spectrogram = SPECTROGRAM[..., :1]
    for layer in (kapre.ConcatenateFrequencyMap(), kapre.Delta(), kapre.MagnitudeToDecibel()):
        got = to_numpy(graph(layer, rank=4)(spectrogram))
        np.testing.assert_allclose(got, to_numpy(layer(spectrogram)), atol=FLOAT32)
