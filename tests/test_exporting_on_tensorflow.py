"""`export` while Keras runs on JAX or PyTorch gives the running model's numbers."""

import importlib.util
import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys

import keras
import numpy as np

import kapre_like
from kapre_like import running
from kapre_like.models import ModelCard

folder, backend = sys.argv[1:]
assert keras.backend.backend() == backend
keras.utils.set_random_seed(0)
waveform = keras.Input((None, 1), name="waveform")
front_end = kapre_like.MelSpectrogram(
    sample_rate=8000, n_fft=256, n_mels=16, learn_mel="bands"
)
x = front_end(waveform)
x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
x = keras.layers.GlobalAveragePooling2D()(x)
x = keras.layers.Dense(2, activation="softmax")(x)
x = ModelCard(task="classify", sample_rate=8000, class_names=["no", "yes"])(x)
model = keras.Model(waveform, x)
kernel = model.layers[2].kernel
kernel.assign(3.0 * kernel)
clips = np.random.default_rng(0).normal(0, 0.1, (3, 4001, 1)).astype("float32")
expected = keras.ops.convert_to_numpy(model(clips))
runs = {"onnx": running.run_onnx, "savedmodel": running.run_savedmodel}
for form, run in runs.items():
    path = kapre_like.export(model, f"{folder}/{form}", format=form)
    got = run(path)(waveform=clips)["probabilities"]
    print(form, np.abs(got - expected).max() < 1e-5, kapre_like.metadata(path)["class_names"])


@keras.saving.register_keras_serializable("here")
class Mine(keras.layers.Layer):
    def call(self, x):
        return 2.0 * x


mine = keras.Sequential([keras.Input((3,)), Mine()])
try:
    kapre_like.export(mine, f"{folder}/m", format="onnx")
except ValueError as error:
    print(str(error).split(",")[0], "Could not locate class 'Mine'. Register" in str(error))
sys.modules["tensorflow"] = None
try:
    kapre_like.export(model, f"{folder}/m", format="onnx")
except ImportError as error:
    print(str(error).split(",")[0])
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_file_has_the_numbers_of_the_running_model(tmp_path, backend):
    for name in (backend, "tensorflow", "onnxruntime"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, tmp_path, backend],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": backend},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines() == [
        "onnx True ['no', 'yes']",
        "savedmodel True ['no', 'yes']",
        f"export: Keras runs on {backend} True",
        "export: needs TensorFlow",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["onnx", "savedmodel"]
