"""OpenVINO folders: numbers, frames and sizes in each precision, and metadata."""

import re
import sys
import xml.etree.ElementTree as ET

import keras
import numpy as np
import pytest
from tolerances import FLOAT32_LONG
from wav2vec2_twins import TINY, clips

import kapre_like
from kapre_like.models.vgg import vgg
from kapre_like.models.wav2vec2 import Wav2Vec2Config, wav2vec2
from kapre_like.running import run_openvino

openvino = pytest.importorskip("openvino")
pytest.importorskip("tensorflow")

RNG = np.random.default_rng(0)
# Wide enough that weights and not the graph are what a folder consists of.
WIDE = {**TINY, "hidden_size": 128, "intermediate_size": 512}


@pytest.fixture(scope="module")
def network():
    return wav2vec2(Wav2Vec2Config(**WIDE), "frames", labels=3, seed=0)


WAYS = {"float32": {}, "bfloat16": {"precision": "bfloat16"}, "int8": {"quantize": "int8"}}


@pytest.fixture(scope="module")
def folders(network, tmp_path_factory):
    """A function that returns the network's folder for a way of storing weights."""
    place = tmp_path_factory.mktemp("folders")

    def folder(way):
        path = place / way
        if not path.exists():
            kapre_like.export(network, path, "openvino", **WAYS[way])
        return path

    return folder


# Largest error, of the largest value: float32 rounds; the others are what two blocks of
# products with 8 or 9 significant bits lose.
@pytest.mark.parametrize(
    ("way", "bound"),
    [
        pytest.param("float32", 1e-4, marks=pytest.mark.slow),
        ("bfloat16", 0.05),
        pytest.param("int8", 0.05, marks=pytest.mark.slow),
    ],
)
def test_a_folder_gives_the_models_numbers(way, bound, network, folders):
    call = run_openvino(folders(way))
    for lengths in (np.array([5000, 3200, 100], "int32"), np.array([3200], "int32")):
        waveform = clips(lengths, fill=3.0)
        expected = keras.ops.convert_to_numpy(network([waveform, lengths]))
        (got,) = call(waveform=waveform, length=lengths).values()
        assert got.shape == expected.shape
        assert np.abs(got - expected).max() < bound * np.abs(expected).max()


# 498, 499 and 500 frames: lengths that bfloat16 would round across the boundary.
@pytest.mark.parametrize("samples", [159759, 159760, 160000, 160079, 160080])
def test_no_frame_is_lost_in_bfloat16(samples, folders):
    call = run_openvino(folders("bfloat16"))
    waveform = RNG.normal(0, 0.1, (1, samples)).astype("float32")
    (got,) = call(waveform=waveform, length=np.array([samples], "int32")).values()
    assert got.shape[1] == 1 + (samples - 400) // 320


@pytest.mark.slow
def test_weights_are_stored_in_16_and_8_bits(folders):
    whole, half, quarter = (
        (folders(way) / "model.bin").stat().st_size for way in ("float32", "bfloat16", "int8")
    )
    assert 0.5 <= half / whole < 0.53
    # Convolutions stay as they are.
    assert 0.25 < quarter / whole < 0.4


def test_fewer_bits_are_reported(tmp_path):
    lines, model = [], keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        model.add(keras.layers.Dense(64, kernel_initializer="orthogonal"))
    for fewer in ({"precision": "bfloat16"}, {"quantize": "int8"}):
        kapre_like.export(model, tmp_path / "m", "openvino", report=lines.append, **fewer)
    found = [re.search(r"m: (\w+), 0.0 MB, differs .* by up to (\S+) of its", x) for x in lines]
    assert [match[1] for match in found] == ["bfloat16", "int8"]
    # Rounding to 8 bits and a step of 1/127, through one or three layers.
    assert all(1e-4 < float(match[2]) < 0.05 for match in found)


def precisions(path):
    """Returns the precision of each matrix product in order, as OpenVINO reports it."""
    if "BF16" not in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("this processor has no bfloat16 arithmetic")
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(path / "model.xml", "CPU", options)
    found = []
    for node in compiled.get_runtime_model().get_ordered_ops():
        facts = {k: node.get_rt_info()[k].get() for k in ("layerType", "runtimePrecision")}
        if facts["layerType"] in ("MatMul", "FullyConnected", "Convolution"):
            found.append((node.get_friendly_name(), facts["runtimePrecision"]))
    return found


def test_first_convolution_and_head_compute_in_float32(folders):
    found = precisions(folders("bfloat16"))
    assert {kind for name, kind in found if name.startswith("conv_0_1/")} == {"f32"}
    assert found[-1][1] == "f32"
    for layer in ("conv_1_1/", "positional_1/", "block_0_1/", "block_1_1/"):
        assert {kind for name, kind in found if name.startswith(layer)} == {"bf16"}


def test_a_front_end_stays_in_float32(tmp_path):
    net = vgg("tiny", class_names=["a", "b", "ö"], seed=1)
    path = kapre_like.export(net, tmp_path / "net", "openvino", precision="bfloat16")
    layers = ET.parse(path / "model.xml").getroot().find("layers")
    kinds = {
        layer.get("name"): port.get("precision")
        for layer in layers
        if layer.get("type") in ("MatMul", "Convolution", "Log")
        for port in layer.find("output")
    }
    assert {kind for name, kind in kinds.items() if "log_mel" in name} == {"FP32"}
    assert [kind for name, kind in kinds.items() if "conv1" in name] == ["FP32"] + 3 * ["BF16"]
    assert list(kinds.values())[-1] == "FP32"


def test_a_folder_has_metadata_and_predicts(tmp_path):
    net = vgg("tiny", class_names=["a", "b", "ö"], seed=1)
    path = kapre_like.export(net, tmp_path / "net", "openvino")
    facts = kapre_like.metadata(path)
    assert (facts["class_names"], facts["sample_rate"]) == (["a", "b", "ö"], 16000)
    clip = RNG.normal(0, 0.1, 9000).astype("float32")
    expected = net([clip[None], np.array([9000], "int32")])
    got = kapre_like.load_predictor(path).outputs(clip)
    # Fourier transforms as matrix products round otherwise.
    np.testing.assert_allclose(got, keras.ops.convert_to_numpy(expected), atol=FLOAT32_LONG)


def test_a_graph_of_others_has_no_metadata(tmp_path):
    (tmp_path / "model.xml").write_text("<net><rt_info/></net>")
    with pytest.raises(ValueError, match=r"is not a model of this library"):
        kapre_like.metadata(tmp_path)
    (tmp_path / "model.xml").write_text("no XML")
    with pytest.raises(ValueError, match=r"is not a model of this library"):
        kapre_like.metadata(tmp_path)


def test_only_an_older_export_is_replaced(tmp_path):
    layer, path = kapre_like.Magnitude(), tmp_path / "folder"
    path.mkdir()
    (path / "work").write_text("of years")
    with pytest.raises(ValueError, match=r"exists and is not an export of .* new folder"):
        kapre_like.export(layer, path, "openvino")
    (path / "work").unlink()
    kapre_like.export(layer, path, "openvino")
    kapre_like.export(layer, path, "openvino")
    assert sorted(file.name for file in path.iterdir()) == ["model.bin", "model.xml"]


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        ({"precision": "float16"}, r"^export: `precision` must be one of .*bfloat16"),
        ({"precision": "bfloat16", "format": "onnx"}, r'^export: `format` must be "openvino"'),
    ],
)
def test_wrong_arguments_of_precision(bad, match, tmp_path):
    with pytest.raises(ValueError, match=match):
        kapre_like.export(
            kapre_like.Magnitude(), tmp_path / "m", **{"format": "openvino", **bad}
        )
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named_with_the_command(tmp_path, monkeypatch):
    path = kapre_like.export(kapre_like.Magnitude(), tmp_path / "a", "openvino")
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ImportError, match=r"pip install 'kapre-like\[openvino\]'"):
        kapre_like.export(kapre_like.Magnitude(), tmp_path / "b", "openvino")
    with pytest.raises(ImportError, match=r"an OpenVINO folder needs openvino. Run: pip"):
        run_openvino(path)
    assert list(tmp_path.iterdir()) == [path]
