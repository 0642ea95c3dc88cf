"""Every layer where only Keras traces it: in a subclassed model, in a user's layer.

There `call` meets an unknown batch and length: `None` on TensorFlow, an expression on JAX.
"""

import itertools
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from layer_cases import SAMPLES
from layer_contract import noise
from traced_program import TRACED, every_model

from kapre_like import layers

HERE = pathlib.Path(__file__).parent
# One for each way from a mask over samples to another.
MASKED = {
    "Delta",
    "FrequencyAwareConv2D",
    "InverseSTFT",
    "Loudness",
    "MelSpectrogram",
    "Resample",
}
BACKENDS = ("jax", "tensorflow", "torch")


# TensorFlow takes minutes, and what it traces `test_every_layer.py` meets as well.
@(pytest.mark.slow if BACKEND == "tensorflow" else pytest.mark.backends)
def test_every_layer_is_traced_with_an_unknown_batch_and_length():
    model = every_model(range(len(TRACED)))
    for part in model.parts:
        case = TRACED[part.number]
        names = [weight.name for weight in part.steps[-1].weights if "seed" not in weight.path]
        assert tuple(names) == case.weights, case


@pytest.mark.backends
def test_a_mask_is_traced_with_an_unknown_batch_and_length():
    class Masked(keras.Model):
        def __init__(self, case):
            super().__init__()
            self.masked = layers.LengthMask()
            self.steps = [*case.chain(), case.layer()]

        def call(self, waveform):
            x = self.masked([waveform, keras.ops.sum(keras.ops.cast(waveform > 0, "int32"), 1)])
            for step in self.steps:
                x = step(x)
            return x

    for case in {case.name: case for case in TRACED if case.name in MASKED}.values():
        model = Masked(case)
        model(keras.Input((None,)))
        assert all(step.built for step in model.steps), case


@pytest.mark.slow
def test_what_one_backend_saves_the_others_load(tmp_path):
    for backend in BACKENDS:
        (tmp_path / backend).mkdir()
        _run(backend, "save", tmp_path / backend)
    for reader, writer in itertools.permutations(BACKENDS, 2):
        _run(reader, "load", tmp_path / writer)


def _run(backend, word, folder):
    program = [sys.executable, str(HERE / "traced_program.py"), word, str(folder)]
    env = {**os.environ, "KERAS_BACKEND": backend}
    env["PYTHONPATH"] = os.pathsep.join([str(HERE), env.get("PYTHONPATH", "")])
    done = subprocess.run(program, capture_output=True, text=True, env=env)
    assert done.returncode == 0, f"{backend} {word} {folder.name}\n{done.stderr[-3000:]}"
    assert "could not be built" not in done.stderr, done.stderr[-3000:]
    assert done.stdout.strip() == f"{len(TRACED)} cases"


@pytest.mark.skipif(BACKEND != "jax", reason="what JAX alone has to trace for")
@pytest.mark.backends
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_model_on_jax_is_exported_by_keras_with_a_free_batch_and_length(tmp_path):
    tf = pytest.importorskip("tensorflow")
    x = keras.Input((None, 1))
    mel = layers.MelSpectrogram(n_fft=128, n_mels=12, sample_rate=8000)(x)
    model = keras.Model(x, keras.layers.GlobalAveragePooling2D()(mel))
    model.export(tmp_path / "model", format="tf_saved_model", verbose=False)
    serve = tf.saved_model.load(str(tmp_path / "model")).serve
    for shape in ((1, 300, 1), (3, SAMPLES, 1)):
        clips = noise(*shape)
        np.testing.assert_allclose(
            serve(clips).numpy(), to_numpy(model(clips)), rtol=0, atol=1e-3
        )
