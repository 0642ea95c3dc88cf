"""Ordinary Keras models as files: layers that hold tensors, loops, results that cancel out."""

import keras
import numpy as np
import pytest
from keras import layers as keras_layers
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

import kapre_like
from kapre_like.running import run_litert, run_onnx, run_savedmodel

RUN = {"litert": run_litert, "onnx": run_onnx}


class Gain(keras.layers.Layer):
    """A layer of a user's that holds a tensor, and not a weight."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.gain = keras.ops.convert_to_tensor(np.linspace(1, 2, 8, dtype="float32"))

    def call(self, x):
        return x * self.gain


def assert_exports(model, path, format, *shapes):
    """The file gives the model's numbers, also where the export did not try it."""
    call = RUN[format](kapre_like.export(model, path, format))
    for shape in shapes:
        x = np.random.default_rng(1).normal(0, 0.5, shape).astype("float32")
        (got,) = call(**{"inputs": x}).values()
        np.testing.assert_allclose(got, model(x).numpy(), rtol=FLOAT32_LONG, atol=FLOAT32_LONG)


def normalized(layer):
    return keras.Sequential([keras.Input((None, 8)), layer])


HOLDING = {
    "keras.layers.Normalization": lambda: keras_layers.Normalization(
        mean=np.arange(8.0), variance=np.full(8, 4.0)
    ),
    "a layer of one's own": Gain,
}


@pytest.mark.parametrize("format", ["litert", "onnx"])
@pytest.mark.parametrize("name", HOLDING)
def test_what_a_layer_holds_as_a_tensor_is_in_the_file(name, format, tmp_path):
    assert_exports(
        normalized(HOLDING[name]()), tmp_path / "model", format, (1, 3, 8), (5, 7, 8)
    )


@pytest.mark.parametrize("format", ["litert", "onnx"])
@pytest.mark.parametrize(
    "cell",
    [
        "GRU",
        pytest.param("LSTM", marks=pytest.mark.slow),
        pytest.param("SimpleRNN", marks=pytest.mark.slow),
    ],
)
def test_recurrent_layers_are_loops_at_any_batch_and_length(cell, format, tmp_path):
    waveform = keras.Input((None, 1))
    x = kapre_like.MelSpectrogram(n_fft=256, hop_length=128, n_mels=16)(waveform)
    x = keras_layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    x = getattr(keras_layers, cell)(5)(keras_layers.Reshape((-1, 64))(x))
    model = keras.Model(waveform, keras_layers.Dense(3)(x))
    assert_exports(model, tmp_path / "crnn", format, (1, 700, 1), (4, 3001, 1))


def both_ways(**options):
    return keras_layers.Bidirectional(keras_layers.LSTM(5, **options))


RECURRENT = {
    "all steps, both ways": lambda x: both_ways(return_sequences=True)(x),
    "masked": lambda x: both_ways()(keras_layers.Masking(0.0)(x)),
    "masked, zeros for what is not there": lambda x: keras_layers.GRU(
        5, return_sequences=True, zero_output_for_mask=True
    )(keras_layers.Masking(0.0)(x)),
    "several cells": lambda x: keras_layers.RNN(
        [keras_layers.GRUCell(4), keras_layers.LSTMCell(5)], go_backwards=True
    )(x),
    "the states as outputs": lambda x: keras_layers.Concatenate()(
        keras_layers.LSTM(3, return_state=True)(x)
    ),
}


@pytest.mark.parametrize(
    "name",
    [
        *list(RECURRENT)[:2],
        *(pytest.param(n, marks=pytest.mark.slow) for n in list(RECURRENT)[2:]),
    ],
)
def test_litert_has_recurrent_layers_of_any_kind(name, tmp_path):
    x = keras.Input((None, 12))
    model = keras.Model(x, RECURRENT[name](x))
    call = run_litert(kapre_like.export(model, tmp_path / "loop.tflite", "litert"))
    steps = np.random.default_rng(1).normal(0, 1, (3, 9, 12)).astype("float32")
    steps[1, 5:] = 0.0  # what `Masking` masks: the end of one clip, the middle of another
    steps[2, 3] = 0.0
    (got,) = call(inputs=steps).values()
    np.testing.assert_allclose(got, model(steps).numpy(), rtol=0, atol=FLOAT32_SHORT)


def test_after_an_export_keras_has_its_own_loops_and_slices(tmp_path):
    import tensorflow as tf

    kinds = (keras_layers.RNN, keras_layers.GRU, keras_layers.LSTM)
    before = [*(kind.inner_loop for kind in kinds), tf.Tensor.__getitem__]
    kapre_like.export(kapre_like.RMS(frame_length=64), tmp_path / "a", "litert")
    assert [*(kind.inner_loop for kind in kinds), tf.Tensor.__getitem__] == before


@pytest.mark.parametrize(
    "format",
    [
        "litert",
        pytest.param("onnx", marks=pytest.mark.slow),
        pytest.param("savedmodel", marks=pytest.mark.slow),
    ],
)
def test_a_result_that_cancels_out_is_compared_with_its_rounding(format, tmp_path):
    x = keras.Input((None, 1))
    spectrum = kapre_like.STFT(n_fft=64, hop_length=16, output="real_imag")(x)
    back = kapre_like.InverseSTFT(n_fft=64, hop_length=16)(spectrum)
    again = kapre_like.InverseSTFT(n_fft=64, hop_length=16)(
        kapre_like.STFT(n_fft=64, hop_length=16, output="real_imag")(back)
    )
    kapre_like.export(keras.Model(x, back - again), tmp_path / "zero", format)


def add_with_ops(x):
    return keras.ops.expand_dims(x, axis=-1)


def add_with_none(x):
    return x[..., None]


@pytest.mark.parametrize(
    "add", [pytest.param(add_with_ops, marks=pytest.mark.slow), add_with_none]
)
def test_what_adds_a_missing_axis_exports_to_litert(add, tmp_path):
    with pytest.raises(ValueError, match=r"keras\.ops\.expand_dims\(x, axis=-1\)"):
        kapre_like.STFT()(np.zeros((2, 4000), "float32"))
    x = keras.Input((None,))
    y = kapre_like.StftMagnitude(n_fft=64)(add(x))
    kapre_like.export(keras.Model(x, y), tmp_path / "model.tflite", "litert")


SLICES = {
    "x[None, ..., 0]": lambda x: x[None, ..., 0],
    "x[:, None, 1:, None]": lambda x: x[:, None, 1:, None],
    "x[:, 2, ..., None, None]": lambda x: x[:, 2, ..., None, None],
    "x[:, :, -1, None]": lambda x: x[:, :, -1, None],
    "x[:, None, ::2]": lambda x: x[:, None, ::2],
}


@pytest.mark.parametrize("name", SLICES)
def test_slices_that_add_axes_are_numpys_in_litert(name, tmp_path):
    x = keras.Input((None, 4))
    model = keras.Model(x, 2.0 * SLICES[name](x))
    call = run_litert(kapre_like.export(model, tmp_path / "slice.tflite", "litert"))
    values = np.random.default_rng(0).normal(0, 1, (3, 7, 4)).astype("float32")
    (got,) = call(inputs=values).values()
    np.testing.assert_array_equal(got, 2.0 * SLICES[name](values))


@pytest.mark.parametrize("format", ["litert", pytest.param("onnx", marks=pytest.mark.slow)])
def test_a_transform_of_many_samples_is_a_small_file(format, tmp_path):
    layer = kapre_like.StftMagnitude(n_fft=2048, hop_length=1024)
    path = kapre_like.export(layer, tmp_path / "stft", format)
    assert path.stat().st_size < 0.5e6
    kapre_like.export(layer, tmp_path / "saved")
    x = np.random.default_rng(0).normal(0, 0.3, (2, 9000, 1)).astype("float32")
    (got,) = RUN[format](path)(inputs=x).values()
    (expected,) = run_savedmodel(tmp_path / "saved")(inputs=x).values()
    np.testing.assert_allclose(got, expected, rtol=0, atol=FLOAT32 * expected.max())
