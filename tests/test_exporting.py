"""A SavedModel runs where this library is not, with the same numbers; nothing else is left."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from tolerances import FLOAT32

import kapre_like
from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.vgg import vgg

RNG = np.random.default_rng(0)

# A program that cannot import this library: it serves the SavedModel with TensorFlow alone.
SERVER = """
import sys
sys.modules["kapre_like"] = None
sys.modules["keras"] = None
import numpy as np, tensorflow as tf
serve = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
assert set(serve.structured_input_signature[1]) == {"waveform", "length"}
data = np.load(sys.argv[2])
results = {}
for i in range(2):
    out = serve(waveform=data[f"waveform{i}"], length=data[f"length{i}"])
    results.update({f"{name}{i}": value.numpy() for name, value in out.items()})
results = {k: np.char.decode(v.astype(bytes), "utf-8") if v.dtype == object else v
           for k, v in results.items()}
np.savez(sys.argv[3], **results)
"""


@pytest.mark.parametrize("names", [["a", "b", "ö"], pytest.param(None, marks=pytest.mark.slow)])
def test_saved_model_serves_without_this_library(names, tmp_path):
    net = vgg("tiny", class_names=names, score_scale=3.0, score_offset=50.0, seed=1)
    kapre_like.export(net, tmp_path / "served")
    batches = {
        "waveform0": RNG.normal(0, 0.1, (2, 8000)).astype("float32"),
        "length0": np.array([8000, 3000], "int32"),
        "waveform1": RNG.normal(0, 0.1, (5, 17001)).astype("float32"),
        "length1": np.array([17001, 1, 400, 16000, 9000], "int32"),
    }
    np.savez(tmp_path / "in.npz", **batches)
    (tmp_path / "server.py").write_text(SERVER)
    paths = [str(tmp_path / name) for name in ("server.py", "served", "in.npz", "out.npz")]
    done = subprocess.run(
        [sys.executable, *paths], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr[-2000:]
    out = np.load(tmp_path / "out.npz")
    for i in range(2):
        expected = net([batches[f"waveform{i}"], batches[f"length{i}"]]).numpy()
        key = "score" if names is None else "probabilities"
        # 1e-5 of a probability, or of a score's size.
        np.testing.assert_allclose(out[f"{key}{i}"], expected, atol=FLOAT32, rtol=FLOAT32)
        if names:
            assert out[f"label{i}"].tolist() == [names[k] for k in expected.argmax(1)]
    facts = kapre_like.metadata(tmp_path / "served")
    assert facts["class_names"] == names
    assert facts["sample_rate"] == 16000


@pytest.mark.slow
def test_export_replaces_an_older_saved_model_and_nothing_else(tmp_path):
    net = vgg("tiny", class_names=["a", "b"])
    (tmp_path / "old").mkdir()
    kapre_like.export(net, tmp_path / "old")
    kapre_like.export(net, tmp_path / "old")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    with pytest.raises(ValueError, match=r"thesis exists and is not an export of"):
        kapre_like.export(net, tmp_path / "thesis")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["old", "thesis"]


def test_a_file_that_differs_from_the_model_is_refused_and_removed(tmp_path, monkeypatch):
    net = vgg("tiny", class_names=["a", "b"])
    monkeypatch.setattr("kapre_like.exporting.proof._TOLERANCE", {"savedmodel": -1.0})
    monkeypatch.setattr("kapre_like.exporting.proof._rounding_limit", lambda *_: -1.0)
    with pytest.raises(ValueError, match=r"export: the exported file differs"):
        kapre_like.export(net, tmp_path / "served")
    assert list(tmp_path.iterdir()) == []


def test_models_that_cannot_be_exported_are_refused_with_the_fix(tmp_path):
    x = keras.Input((4,))
    with pytest.raises(
        ValueError, match=r"`format` must be one of \['litert', 'onnx', 'openvino', 'saved"
    ):
        kapre_like.export(keras.Model(x, x), tmp_path / "a", "pickle")
    with pytest.raises(ValueError, match=r"`model` must be a Keras model or a layer"):
        kapre_like.export("model.keras", tmp_path / "a")
    for format in ("savedmodel", "litert", "onnx", "openvino"):
        with pytest.raises(ValueError, match=r"real outputs.*output=\"real_imag\""):
            kapre_like.export(kapre_like.STFT(n_fft=64), tmp_path / "a", format)
    assert list(tmp_path.iterdir()) == []


def test_metadata_of_other_files_is_an_error_with_the_reason(tmp_path):
    (tmp_path / "x.txt").write_text("no model")
    with pytest.raises(ValueError, match=r"x\.txt is not a model of this library"):
        kapre_like.metadata(tmp_path / "x.txt")
    x = keras.Input((4,))
    keras.Model(x, keras.layers.Dense(2)(x)).save(tmp_path / "plain.keras")
    with pytest.raises(ValueError, match=r"plain\.keras has no ModelCard"):
        kapre_like.metadata(tmp_path / "plain.keras")
    (tmp_path / "recipe.json").write_text(json.dumps({"task": "regress", "sample_rate": 8000}))
    assert kapre_like.metadata(tmp_path)["sample_rate"] == 8000


@pytest.mark.parametrize(
    "bad",
    [
        {"task": "cluster", "sample_rate": 8000},
        {"task": "classify", "sample_rate": 8000},
        {"task": "pretrain", "sample_rate": 8000, "class_names": ["a"]},
        {"task": "regress", "sample_rate": 0},
    ],
)
def test_bad_model_card_is_named_in_the_error(bad):
    with pytest.raises(ValueError, match=r"ModelCard: `\w+` must be"):
        ModelCard(**bad)
