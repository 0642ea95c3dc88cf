"""Ordinary Keras models as files: layers that hold tensors, loops, results that cancel out."""

import keras
import numpy as np
import pytest
from keras import layers as keras_layers

import kapre_like
from kapre_like.running import run_litert, run_onnx

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
        np.testing.assert_allclose(got, model(x).numpy(), rtol=1e-4, atol=1e-4)


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


@pytest.mark.parametrize("cell", ["GRU", "LSTM", "SimpleRNN"])
def test_recurrent_layers_are_loops_in_onnx_at_any_batch_and_length(cell, tmp_path):
    waveform = keras.Input((None, 1))
    x = kapre_like.MelSpectrogram(n_fft=256, hop_length=128, n_mels=16)(waveform)
    x = keras_layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    x = getattr(keras_layers, cell)(5)(keras_layers.Reshape((-1, 64))(x))
    model = keras.Model(waveform, keras_layers.Dense(3)(x))
    assert_exports(model, tmp_path / "crnn.onnx", "onnx", (1, 700, 1), (4, 3001, 1))


@pytest.mark.parametrize("format", ["litert", "onnx", "savedmodel"])
def test_a_result_that_cancels_out_is_compared_with_its_rounding(format, tmp_path):
    x = keras.Input((None, 1))
    there = kapre_like.STFT(n_fft=64, hop_length=16, output="real_imag")(x)
    back = kapre_like.InverseSTFT(n_fft=64, hop_length=16)(there)
    again = kapre_like.InverseSTFT(n_fft=64, hop_length=16)(
        kapre_like.STFT(n_fft=64, hop_length=16, output="real_imag")(back)
    )
    kapre_like.export(keras.Model(x, back - again), tmp_path / "zero", format)


def test_the_advice_on_a_missing_axis_exports_to_litert(tmp_path):
    with pytest.raises(ValueError, match=r"keras\.ops\.expand_dims\(x, axis=-1\)"):
        kapre_like.STFT()(np.zeros((2, 4000), "float32"))
    x = keras.Input((None,))
    y = kapre_like.StftMagnitude(n_fft=64)(keras.ops.expand_dims(x, axis=-1))
    kapre_like.export(keras.Model(x, y), tmp_path / "model.tflite", "litert")
