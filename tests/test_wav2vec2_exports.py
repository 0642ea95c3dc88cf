"""Wav2Vec2 as files of each format, run where Keras is not, at lengths they never saw."""

import re

import keras
import numpy as np
import pytest
from wav2vec2_twins import STABLE, TINY, clips

import kapre_like
from kapre_like.models.wav2vec2 import Wav2Vec2Config, wav2vec2
from kapre_like.running import run_openvino

LENGTHS = np.array([5000, 3200, 100], "int32")
# LiteRT: a phone's arithmetic, and the error function by another polynomial.
TOLERANCE = {"savedmodel": 1e-4, "onnx": 1e-4, "openvino": 1e-4, "litert": 1e-3}


def run(path, form, waveform, length):
    """What the file's own program gives."""
    if form == "savedmodel":
        tf = pytest.importorskip("tensorflow")
        served = tf.saved_model.load(str(path)).signatures["serving_default"]
        (result,) = served(waveform=tf.constant(waveform), length=tf.constant(length)).values()
        return result.numpy()
    if form == "onnx":
        onnxruntime = pytest.importorskip("onnxruntime")
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        return session.run(None, {"waveform": waveform, "length": length})[0]
    if form == "openvino":
        pytest.importorskip("openvino")
        (result,) = run_openvino(path)(waveform=waveform, length=length).values()
        return result
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    runner = litert.Interpreter(str(path)).get_signature_runner("serving_default")
    (result,) = runner(waveform=waveform, length=length).values()
    return result


def check_export(model, form, path):
    """The file gives what the model gives, for a padded batch and for one short clip."""
    kapre_like.export(model, path, format=form)
    for lengths in (LENGTHS, LENGTHS[1:2]):
        waveform = clips(lengths, fill=3.0)
        expected = keras.ops.convert_to_numpy(model([waveform, lengths]))
        got = run(path, form, waveform, lengths)
        assert got.shape == expected.shape
        bound = TOLERANCE[form] * np.abs(expected).max()
        np.testing.assert_allclose(got, expected, rtol=0, atol=bound)


@pytest.mark.parametrize(
    "form",
    [
        "savedmodel",
        pytest.param("onnx", marks=pytest.mark.slow),
        pytest.param("litert", marks=pytest.mark.slow),
    ],
)
def test_a_classifier_runs_as_a_file(tmp_path, form):
    model = wav2vec2(Wav2Vec2Config(**TINY), "classify", labels=3, seed=0)
    check_export(model, form, tmp_path / "model")


@pytest.mark.parametrize("form", ["onnx", "litert"])
@pytest.mark.slow
def test_int8_is_smaller_and_logs_its_error(tmp_path, form):
    # Wide enough that weights and not the graph are what the file consists of.
    config = Wav2Vec2Config(**{**TINY, "hidden_size": 128, "intermediate_size": 512})
    model = wav2vec2(config, seed=0)
    lines = []
    whole = kapre_like.export(model, tmp_path / "whole", format=form)
    small = kapre_like.export(
        model, tmp_path / "int8", format=form, quantize="int8", report=lines.append
    )
    assert small.stat().st_size < 0.5 * whole.stat().st_size
    (line,) = lines
    error = float(re.search(r"int8, .* MB, differs .* by up to (\S+) of its largest", line)[1])
    # 8 bits per factor: 1/254 of the largest value each, through the layers of two blocks.
    assert 1e-4 < error < 0.05
    waveform = clips(LENGTHS, fill=3.0)
    expected = keras.ops.convert_to_numpy(model([waveform, LENGTHS]))
    got = run(small, form, waveform, LENGTHS)
    assert np.abs(got - expected).max() < 0.05 * np.abs(expected).max()
    assert np.abs(run(whole, form, waveform, LENGTHS) - got).max() > 0


@pytest.mark.slow
def test_the_command_line_quantizes_and_prints_the_error(tmp_path, capsys):
    from kapre_like.models.cli.main import main

    wav2vec2(Wav2Vec2Config(**TINY), "classify", labels=3, seed=0).save(tmp_path / "m.keras")
    out = tmp_path / "m.tflite"
    command = ["export", str(tmp_path / "m.keras"), "--out", str(out), "--quantize", "int8"]
    assert main([*command, "--format", "litert"]) == 0
    assert "int8" in "".join(capsys.readouterr())
    assert out.is_file()
    assert main(command) == 2
    assert '`format` must be "litert", "onnx" or "openvino" with' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        ({"quantize": "int4"}, r"^export: `quantize` must be one of .*int8"),
        (
            {"quantize": "int8", "format": "savedmodel"},
            r'^export: `format` must be "litert", "onnx" or',
        ),
        ({"quantize": "int8", "report": 3}, r"^export: `report` must be a function"),
    ],
)
def test_wrong_arguments_of_quantising(tmp_path, bad, match):
    model = keras.Sequential([keras.layers.Dense(2)])
    with pytest.raises(ValueError, match=match):
        kapre_like.export(model, tmp_path / "m", **{"format": "onnx", **bad})
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("form", ["savedmodel", "onnx", "openvino", "litert"])
@pytest.mark.parametrize("head", [None, "regress", "frames", "xvector", "ctc"])
def test_every_head_of_the_stable_kind_runs_as_a_file(tmp_path, head, form):
    labels = {"frames": 2, "xvector": 3}.get(head)
    model = wav2vec2(Wav2Vec2Config(**TINY, **STABLE), head, labels=labels, seed=0)
    check_export(model, form, tmp_path / "model")


BEFORE_AND_AROUND = {
    "log-mel": {"feature_encoder": "logmel"},
    "windows": {"max_seconds": 0.15, "overlap_seconds": 0.05},
    "8 kHz": {"sample_rate": 8000, "truncate_seconds": 0.4},
}


@pytest.mark.slow
@pytest.mark.parametrize("form", ["savedmodel", "onnx", "openvino", "litert"])
@pytest.mark.parametrize("kind", BEFORE_AND_AROUND)
def test_front_ends_windows_and_resampling_run_as_files(tmp_path, kind, form):
    options = BEFORE_AND_AROUND[kind]
    model = wav2vec2(Wav2Vec2Config(**TINY), "classify", labels=3, seed=0, **options)
    check_export(model, form, tmp_path / "model")


@pytest.mark.slow
def test_the_base_size_runs_in_onnxruntime_at_two_lengths(tmp_path):
    model = wav2vec2(Wav2Vec2Config(), seed=0)
    check_export(model, "onnx", tmp_path / "model")
