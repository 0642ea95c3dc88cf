"""The facade's layers for LiteRT: equal to the others on every backend, and they convert."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from layer_contract import check_compiled, check_gradient, check_layer, noise, policy
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

from kapre_like import kapre
from kapre_like.kapre import tflite_compatible_stft as parts

pytestmark = pytest.mark.backends(full=True)

WAVE = noise(3, 70, 2)
PAIRS = noise(3, 5, 4, 2, 2)
GRID = [
    {"n_fft": 16, "hop_length": 5},
    {"n_fft": 20, "win_length": 12, "hop_length": 5, "pad_begin": True},
    {"n_fft": 16, "win_length": 24, "pad_end": True, "window_name": "hamming_window"},
]


def first(x):
    return np.moveaxis(x, 2, 1)


@pytest.mark.parametrize("arguments", GRID)
def test_stft_is_that_of_the_other_layer(arguments):
    expected = to_numpy(kapre.STFT(**arguments)(WAVE))
    layer = kapre.STFTTflite(**arguments)
    got = to_numpy(layer(WAVE))
    assert got.dtype == np.float32
    assert tuple(layer.compute_output_shape(WAVE.shape)) == got.shape == (*expected.shape, 2)
    np.testing.assert_allclose(got[..., 0] + 1j * got[..., 1], expected, atol=FLOAT32)
    formats = {"input_data_format": "channels_first", "output_data_format": "channels_first"}
    moved = to_numpy(kapre.STFTTflite(**arguments, **formats)(first(WAVE)))
    np.testing.assert_allclose(moved, np.moveaxis(got, 3, 1), atol=FLOAT32_SHORT)


def test_magnitude_and_phase_are_those_of_the_other_layers():
    spectrum = PAIRS[..., 0] + 1j * PAIRS[..., 1]
    np.testing.assert_allclose(
        to_numpy(kapre.MagnitudeTflite()(PAIRS)), np.abs(spectrum), rtol=FLOAT32_SHORT
    )
    np.testing.assert_allclose(
        to_numpy(kapre.PhaseTflite()(PAIRS)), np.angle(spectrum), atol=FLOAT32_SHORT
    )
    near = to_numpy(kapre.Phase(approx_atan_accuracy=40)(spectrum))
    got = to_numpy(kapre.PhaseTflite(approx_atan_accuracy=40)(PAIRS))
    np.testing.assert_allclose(got, near, atol=FLOAT32_SHORT)


@pytest.mark.parametrize(
    ("layer", "arguments", "x"),
    [
        (kapre.STFTTflite, {"n_fft": 16, "hop_length": 8}, WAVE),
        (kapre.MagnitudeTflite, {}, PAIRS),
        (kapre.PhaseTflite, {"approx_atan_accuracy": 3}, PAIRS),
    ],
)
def test_layer_contract(layer, arguments, x, tmp_path):
    def make(**more):
        return layer(**arguments, **more)

    check_layer(make, x, tmp_path, atol=FLOAT32_LONG)
    if layer is not kapre.STFTTflite:  # which must know the length
        check_compiled(make, x, atol=1e-3)
    # Kapre does not register them, so its files contain the name without a package.
    name = layer.__name__
    assert keras.saving.get_registered_name(layer) == f"Kapre>{name}"
    assert keras.saving.get_registered_object(name) is layer
    saved = {
        "module": "kapre.time_frequency_tflite",
        "class_name": name,
        "registered_name": name,
        "config": make().get_config(),
    }
    assert type(keras.saving.deserialize_keras_object(saved)) is layer


def test_gradients_are_finite_at_silence():
    silence = np.zeros((2, 40, 1), "float32")
    for last in (kapre.MagnitudeTflite(), kapre.PhaseTflite(5), kapre.PhaseTflite()):
        check_gradient(lambda x, last=last: last(kapre.STFTTflite(n_fft=16)(x)), silence)


def test_float32_under_every_policy():
    with policy("mixed_float16"):
        y = kapre.STFTTflite(n_fft=16)(WAVE)
        both = kapre.MagnitudeTflite()(y), kapre.PhaseTflite(3)(y)
    assert {keras.backend.standardize_dtype(x.dtype) for x in (y, *both)} == {"float32"}


def test_the_length_must_be_known():
    with pytest.raises(ValueError, match="STFTTflite: expects a known number of samples"):
        keras.Sequential([keras.Input((None, 1)), kapre.STFTTflite(n_fft=16)])
    with pytest.raises(ValueError, match="fixed_frame: expects a known number of samples"):
        parts.fixed_frame(np.zeros((1, 0), "float32"), 4, 2)


def test_a_last_axis_of_two_is_expected():
    for layer in (kapre.MagnitudeTflite(), kapre.PhaseTflite()):
        with pytest.raises(ValueError, match=r"expects a last axis of 2.*shape=\(3, 70, 3\)"):
            layer(np.zeros((3, 70, 3), "float32"))


def test_functions_are_their_formulas():
    matrix = parts._rdft_matrix(12)
    assert (matrix.shape, matrix.dtype) == ((12, 7), np.complex64)
    x = WAVE[0, :12].T.astype("float32")
    np.testing.assert_allclose(x @ matrix, np.fft.rfft(x), atol=FLOAT32)
    got = to_numpy(parts._rdft(keras.ops.convert_to_tensor(x[:, :9]), 12))
    expected = np.fft.rfft(x[:, :9], 12)
    np.testing.assert_allclose(got[..., 0] + 1j * got[..., 1], expected, atol=FLOAT32)
    frames = to_numpy(parts.fixed_frame(keras.ops.convert_to_tensor(x), 6, 4))
    np.testing.assert_array_equal(frames, np.stack([x[:, 0:6], x[:, 4:10]], axis=1))
    window = kapre.backend.get_window_fn()
    got = to_numpy(parts.stft_tflite(keras.ops.convert_to_tensor(x), 6, 4, 8, window, True))
    padded = np.pad(x, [(0, 0), (0, 2)])
    frames = np.stack([padded[:, t : t + 6] for t in (0, 4, 8)], axis=1)
    expected = np.fft.rfft(frames * np.hanning(7)[:6], 8)
    np.testing.assert_allclose(got[..., 0] + 1j * got[..., 1], expected, atol=FLOAT32)


def test_arc_tangents_are_those_of_the_fraction():
    x = np.linspace(-8, 8, 33, dtype="float32")
    got = to_numpy(parts.continued_fraction_arctan(x, n=100))
    np.testing.assert_allclose(got, np.arctan(x), atol=FLOAT32)
    # One term: x / (1 + x ** 2 / 3).
    one = to_numpy(parts.continued_fraction_arctan(x, 1, "float32"))
    np.testing.assert_allclose(one, x / (1 + x * x / 3), rtol=FLOAT32)
    y, x = (a.ravel() for a in np.meshgrid([-2.0, 0, 1], [-1.0, 0, 3]))
    got = to_numpy(parts.atan2_tflite(y, x, 100))
    # On the imaginary axis twice the angle, as in Kapre.
    expected = np.where(x == 0, 2, 1) * np.arctan2(y, x)
    np.testing.assert_allclose(got, expected, atol=FLOAT32)
    if BACKEND == "tensorflow":
        import tensorflow as tf

        wide = parts.atan2_tflite(tf.constant(1.0), tf.constant(2.0), n=50, dtype=tf.float64)
        assert wide.dtype == tf.float64


def converted(model):
    """Returns the model as a LiteRT file in memory, with built-in operators only."""
    tf = pytest.importorskip("tensorflow")
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    return converter.convert()


def run(content, x):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(taken["index"], x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(taken["index"], x)
    interpreter.invoke()
    return interpreter.get_tensor(given["index"])


@pytest.mark.skipif(BACKEND != "tensorflow", reason="LiteRT is TensorFlow's")
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("last", ["stft", "magnitude", "phase"])
def test_converts_to_built_in_operators_for_any_batch(data_format, last):
    pytest.importorskip("ai_edge_litert")
    arguments = {
        "n_fft": 20, "win_length": 16, "hop_length": 6, "pad_begin": True, "pad_end": True,
        "input_data_format": data_format, "output_data_format": data_format,
    }  # fmt: skip
    x = WAVE if data_format == "channels_last" else np.ascontiguousarray(first(WAVE))
    layers = [keras.Input(x.shape[1:]), kapre.STFTTflite(**arguments)]
    if last != "stft":
        made = {"magnitude": kapre.MagnitudeTflite(), "phase": kapre.PhaseTflite(30)}
        layers.append(made[last])
    model = keras.Sequential(layers)
    content = converted(model)
    for batch in (x, x[:1]):
        expected = to_numpy(model(batch))
        # Near the negative axis the two may round to different signs.
        turn = np.exp if last == "phase" else np.real
        scale = 1j if last == "phase" else 1
        got = run(content, batch)
        assert got.shape == expected.shape
        np.testing.assert_allclose(turn(scale * got), turn(scale * expected), atol=1e-3)
