"""`kapre.migrate` on models from files and of the real Kapre; the result exports."""

import importlib.util
import subprocess
import sys

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from migrate_tools import audio, check_same
from tolerances import FLOAT32_LONG

import kapre_like
from kapre_like import kapre


@pytest.mark.skipif(BACKEND != "tensorflow", reason="files are written with TensorFlow")
@pytest.mark.parametrize(
    "data_format", [pytest.param("channels_first", marks=pytest.mark.slow), "channels_last"]
)
def test_a_saved_model_is_loaded_migrated_saved_and_exported(data_format, tmp_path):
    x = audio(data_format, 1)
    front = kapre.get_melspectrogram_layer(
        n_fft=256, hop_length=128, sample_rate=8000, n_mels=10, return_decibel=True,
        input_data_format=data_format, output_data_format=data_format,
    )  # fmt: skip
    last = (1, 2, 3) if data_format == "channels_last" else (2, 3, 1)
    model = keras.Sequential(
        [
            keras.Input((None, 1) if data_format == "channels_last" else (1, None)),
            front,
            keras.layers.Permute(last),
            keras.layers.Conv2D(3, 3, padding="same", activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2),
        ]
    )
    model.save(tmp_path / "old.keras")
    new, _ = check_same(keras.models.load_model(tmp_path / "old.keras"), x)
    expected = to_numpy(model(x))
    new.save(tmp_path / "new.keras")
    loaded = kapre_like.load_model(tmp_path / "new.keras")
    np.testing.assert_allclose(to_numpy(loaded(x)), expected, atol=FLOAT32_LONG)
    for form in ("savedmodel", "litert", "onnx"):  # export compares the file's output
        kapre_like.export(new, tmp_path / form, form)


REAL = """
import kapre, keras, numpy as np
from kapre_like.kapre import migrate
x = np.random.default_rng(0).standard_normal((2, 3000, 1)).astype("float32")
last = {"input_data_format": "channels_last", "output_data_format": "channels_last"}
front = kapre.composed.get_melspectrogram_layer(
    input_shape=(3000, 1), n_fft=256, win_length=200, pad_begin=True, pad_end=True,
    sample_rate=8000, n_mels=16, return_decibel=True, **last)
mfcc = kapre.LogmelToMFCC(12, "channels_last")
model = keras.Sequential([keras.Input((3000, 1)), front, mfcc, keras.layers.Dense(2)])
lines = []
new = migrate(model, report=lines.append)
assert len(lines) == 5 and all("Same numbers" in line for line in lines), lines
pair = keras.Input((4, 5, 1, 2))
lite = keras.Model(pair, kapre.MagnitudeTflite()(pair))  # calling its STFTTflite: SIGSEGV
z = np.random.default_rng(0).standard_normal((2, 4, 5, 1, 2)).astype("float32")
for old, rebuilt, x in ((model, new, x), (lite, migrate(lite, report=lines.append), z)):
    a, b = (m.predict(x, verbose=0) for m in (old, rebuilt))
    np.testing.assert_allclose(a, b, rtol=0, atol=FLOAT32_LONG * max(1.0, np.abs(a).max()))
    kinds = [type(part).__module__ for part in rebuilt.layers]
    assert not any(kind.startswith("kapre.") for kind in kinds), kinds
"""


@pytest.mark.skipif(BACKEND != "tensorflow", reason="Kapre needs TensorFlow")
@pytest.mark.skipif(importlib.util.find_spec("kapre") is None, reason="Kapre is not installed")
@pytest.mark.slow
def test_models_of_kapre_itself_are_migrated():
    # In a process of its own: Kapre registers its classes under the facade's names.
    done = subprocess.run([sys.executable, "-c", REAL], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
