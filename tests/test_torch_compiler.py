"""Layers in networks that PyTorch compiles, as `model.compile(jit_compile=True)` does."""

import copy
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from layer_cases import FILTERS, MEL, RATE, SMALL
from layer_contract import noise
from tolerances import FLOAT32

from kapre_like import layers

pytestmark = [
    pytest.mark.backends(each=True),
    pytest.mark.skipif(BACKEND != "torch", reason="PyTorch's compiler"),
]
FRONT_ENDS = {
    "mel": lambda: layers.MelSpectrogram(**MEL, learn_mel="bands", learn_stft="window"),
    "decibel": lambda: layers.MelSpectrogram(**{**MEL, "decibel": True}, ref="max"),
    "stft": lambda: layers.StftMagnitude(**SMALL),
    "kaldi": lambda: layers.KaldiFbank(sample_rate=RATE, win_length=100, n_mels=10),
    "cqt": lambda: layers.CQT(sample_rate=RATE, hop_length=64, fmin=250.0, n_bins=20),
    "gabor": lambda: layers.GaborFrontEnd(**FILTERS, learn="all"),
}


def network(name):
    front = FRONT_ENDS[name]()
    conv = keras.layers.Conv2D(2, 3, kernel_initializer="ones")
    return keras.Sequential([keras.Input((2000, 1)), front, conv, keras.layers.Flatten()])


def gradients(run, model, x):
    """Of a sum, by the input and by all that is learned."""
    import torch

    x = torch.tensor(x, requires_grad=True)
    y = run(x)
    learned = [weight.value for weight in model.trainable_weights]
    return to_numpy(y.detach()), torch.autograd.grad(torch.sum(y**2), [x, *learned])


# Each is compiled for some seconds; these learn, or have no Fourier transform.
QUICK = ("mel", "gabor")


@pytest.mark.parametrize(
    "name",
    [
        name if name in QUICK else pytest.param(name, marks=pytest.mark.slow)
        for name in FRONT_ENDS
    ],
)
def test_a_network_is_one_graph_with_the_same_numbers_and_gradients(name):
    import torch

    model = network(name)
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    # A smaller last batch is compiled with an unknown size.
    for batch in (4, 3):
        x = noise(batch, 2000, 1)
        expected, slopes = gradients(model, model, x)
        got, found = gradients(compiled, model, x)
        np.testing.assert_allclose(got, expected, rtol=FLOAT32, atol=FLOAT32)
        for mine, right in zip(found, slopes, strict=True):
            scale = float(right.abs().max()) or 1.0
            np.testing.assert_allclose(to_numpy(mine), to_numpy(right), atol=FLOAT32 * scale)


def test_a_deep_copy_is_another_operation():
    layer = layers.MelSpectrogram(**MEL, learn_mel="matrix")
    layer(noise(2, 2000, 1))
    other = copy.deepcopy(layer)
    other.trainable_weights[0].assign(0 * other.trainable_weights[0].value)
    assert not to_numpy(other(noise(2, 2000, 1))).any()
    assert other._traced.number != layer._traced.number


PROGRAM = """
import keras, numpy as np, kapre_like
front = kapre_like.MelSpectrogram(sample_rate=8000, n_fft=128, hop_length=64, n_mels=12)
model = keras.Sequential([keras.Input((2000, 1)), front, keras.layers.Conv2D(2, 3),
    keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)])
model.compile("adam", "mse", jit_compile=True)
x, y = np.random.default_rng(0).standard_normal((7, 2000, 1)), np.ones((7, 1))
assert np.isfinite(model.fit(x, y, batch_size=4, verbose=0).history["loss"]).all()
"""


@pytest.mark.slow
def test_fit_in_a_fresh_process_is_compiled(tmp_path):
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "KERAS_BACKEND": "torch"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
