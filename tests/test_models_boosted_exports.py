"""Boosted trees as files: ONNX from the waveform on, and the trees alone with their recipe."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from small_corpus import RATE, read_rows, tone, write_corpus, write_manifest
from tolerances import FLOAT32

import kapre_like
from kapre_like.features import ClipFeatures
from kapre_like.features.settings import resolve
from kapre_like.features.vector import clip_vector, names
from kapre_like.models import train
from kapre_like.models.boosted.onnx_features import clip_features
from kapre_like.models.boosted.onnx_graph import Graph, Value
from kapre_like.models.cli.main import main
from kapre_like.models.experiment import export

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

NOISE = np.random.default_rng(1).normal(0, 0.1, 3 * RATE)
CLIPS = {
    "noise": NOISE,
    "silence": np.zeros(4000),
    "one sample": np.array([0.5]),
    "two samples": np.array([0.5, -0.5]),
    "constant": np.full(3000, 0.25),
    "tone": tone(440.0, 1.0),
    "bursts": NOISE * (np.arange(len(NOISE)) % 3000 < 1500),
    "pauses": np.concatenate([np.zeros(2000), tone(300.0, 0.5), np.zeros(5000), NOISE[:1600]]),
    "loud": np.clip(5 * NOISE, -1, 1),
    "faint": 1e-6 * NOISE,
    "click": np.eye(1, 2000, 700)[0],
}  # fmt: skip


@pytest.fixture(scope="module", params=["default", "other"])
def analysis(request):
    if request.param == "default":
        return resolve(sample_rate=RATE)
    return resolve(sample_rate=RATE, n_fft=300, win_length=222, hop_length=71, n_mels=13,
                   fmin=100.0, fmax=3300.0, top_db=50.0)  # fmt: skip


@pytest.fixture(scope="module")
def in_onnx(analysis):
    """The features of a waveform, computed by onnxruntime."""
    g = Graph()
    result = clip_features(g, Value(g, "wave", "f"), analysis)
    value_info = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        g.nodes, "features", [value_info("wave", onnx.TensorProto.DOUBLE, ["samples"])],
        [value_info(result.name, onnx.TensorProto.FLOAT, None)],
        initializer=list(g.constants.values()),
    )  # fmt: skip
    opset = [onnx.helper.make_opsetid("", 18)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return lambda wave: session.run(None, {"wave": wave})[0]


@pytest.mark.parametrize("name", CLIPS)
def test_the_graph_computes_the_features(name, in_onnx, analysis):
    wave = np.asarray(CLIPS[name], dtype=np.float64)
    got, expected = in_onnx(wave), clip_vector(wave, analysis)
    assert got.shape == expected.shape == (len(names(analysis)),)
    # Both in float64: what is left is float32's last digit. Skew and kurtosis of a constant
    # series are 0 by a threshold on rounding, and a bin of rounding has any sign of a slope.
    close = np.isclose(got, expected, rtol=1e-4, atol=1e-4)
    assert close.all(), [
        (names(analysis)[i], got[i], expected[i]) for i in np.flatnonzero(~close)
    ]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    manifest = write_corpus(folder, classes=("low", "mid", "high"))
    rows = read_rows(manifest)
    # A class of validation rows only: no tree has it.
    for row in rows:
        row["split"] = "valid" if row["speaker"] == "s5" else "train"
        if row["speaker"] == "s5" and row["label"] == "mid":
            row["label"] = "unknown"
    write_manifest(folder / "splits.csv", rows)
    return folder


KINDS = {
    "whole": {},
    "tiles": {"seconds": 0.1, "length_rule": "tiles"},
    "center": {"seconds": 0.2},
    "scores": {"task": "regress", "label_column": "score"},
}


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """Folders of small models, made when asked for."""
    made = {}

    def get(kind):
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp(kind) / "m"
            chosen = {"sample_rate": RATE, "settings": {"max_trees": 8}, **KINDS[kind]}
            train(data / "splits.csv", out=made[kind], **chosen)
        return made[kind]

    return get


@pytest.mark.parametrize("kind", KINDS)
def test_an_onnx_file_takes_the_waveform_and_gives_what_the_folder_gives(
    kind, trained, data, tmp_path
):
    lines = []
    file = export(trained(kind), format="onnx", out=tmp_path / "m.onnx", log=lines.append)
    assert lines[-1] == f"wrote {file}"
    served = kapre_like.load_predictor(file)
    folder = kapre_like.load_predictor(trained(kind))
    files = sorted(data.glob("*_0_*.flac"))
    np.testing.assert_allclose(served.outputs(files), folder.outputs(files), atol=FLOAT32)
    facts = kapre_like.metadata(file)
    assert facts["class_names"] == folder.class_names
    assert (facts["sample_rate"], facts["length_rule"]) == (RATE, folder.length_rule.kind)
    session = onnxruntime.InferenceSession(file.read_bytes())
    assert [i.name for i in session.get_inputs()] == ["waveform", "length"]
    names_ = ["score"] if kind == "scores" else ["probabilities", "confident"]
    assert [o.name for o in session.get_outputs()] == names_


def test_a_class_without_trees_has_probability_0_in_onnx_too(trained, data, tmp_path):
    file = export(trained("whole"), format="onnx", out=tmp_path / "m.onnx")
    record = kapre_like.load_predictor(file)(next(data.glob("*.flac")))[0]
    folder = kapre_like.load_predictor(trained("whole"))(next(data.glob("*.flac")))[0]
    assert set(record["probabilities"]) == set(folder["probabilities"])
    for name, share in folder["probabilities"].items():
        assert record["probabilities"][name] == pytest.approx(share, abs=1e-5)


def test_the_command_line_exports_and_predicts_with_the_file(trained, data, tmp_path, capsys):
    typed = [str(trained("whole")), "--format", "onnx", "--out", str(tmp_path / "m.onnx")]
    assert main(["export", *typed]) == 0
    # An older export is replaced, anything else is not.
    assert main(["export", *typed]) == 0
    clip = str(next(data.glob("low_*.flac")))
    capsys.readouterr()
    assert main(["predict", str(tmp_path / "m.onnx"), clip]) == 0
    assert capsys.readouterr().out.split("\t")[1] == "low"
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["export", *typed[:-1], str(tmp_path / "notes.txt")]) == 2
    assert "is another kind of file" in capsys.readouterr().err
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("format", "more", "words"),
    [
        ("savedmodel", {}, "Use --format with one of: onnx, cpp, coreml"),
        ("litert", {}, "Use --format with one of: onnx, cpp, coreml"),
        ("openvino", {}, "Use --format with one of: onnx, cpp, coreml"),
        ("onnx", {"sample_rate": 16000}, "Leave --sample-rate"),
        ("cpp", {"quantize": "int8"}, "Leave --sample-rate"),
    ],
)
def test_the_error_for_an_impossible_format_lists_the_possible_ones(
    format, more, words, trained, tmp_path
):
    with pytest.raises(ValueError, match=words):
        export(trained("whole"), format=format, out=tmp_path / "x", **more)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["cpp", "coreml"])
@pytest.mark.parametrize("kind", ["whole", "scores"])
def test_exported_trees_are_beside_the_recipe_of_their_features(
    format, kind, trained, data, tmp_path
):
    file = export(trained(kind), format=format, out=tmp_path / f"trees.{format}")
    recipe = json.loads((tmp_path / f"trees.{format}.json").read_text())
    model = kapre_like.load_model(trained(kind))
    waveform = kapre_like.audio.read(next(data.glob("*.flac")), sample_rate=RATE)
    # The documented call.
    rows = ClipFeatures(**recipe["features"]).transform([waveform])
    assert recipe["call"].startswith("kapre_like.features.ClipFeatures(")
    assert rows.shape == (1, len(recipe["columns"]))
    raw = model.booster.predict(rows, prediction_type="RawFormulaVal")
    if kind == "whole":
        shares = np.exp(raw[0]) / np.exp(raw[0]).sum()
        predictor = kapre_like.load_predictor(trained(kind))
        [known] = predictor.outputs(next(data.glob("*.flac")), calibrated=False)
        for name, share in zip(recipe["classes"], shares, strict=True):
            column = predictor.class_names.index(name)
            assert known[column] == pytest.approx(share, abs=1e-6)
        assert recipe["calibration"] == predictor.recipe["calibration"]
    assert file.stat().st_size > 1000


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_the_source_in_c_compiles_and_gives_the_sums_of_the_trees(trained, data, tmp_path):
    export(trained("scores"), format="cpp", out=tmp_path / "trees.cpp")
    recipe = json.loads((tmp_path / "trees.cpp.json").read_text())
    waveform = kapre_like.audio.read(next(data.glob("*.flac")), sample_rate=RATE)
    rows = ClipFeatures(**recipe["features"]).transform([waveform])
    (tmp_path / "main.cpp").write_text(
        '#include "trees.cpp"\n#include <cstdio>\nint main() { std::vector<float> x; float v;\n'
        'while (scanf("%f", &v) == 1) x.push_back(v);\n'
        'printf("%.9g", ApplyCatboostModel(x)); }\n'
    )
    subprocess.run(["g++", "-O0", "main.cpp", "-o", "trees"], cwd=tmp_path, check=True)
    given = " ".join(f"{value:.9g}" for value in rows[0])
    done = subprocess.run(
        ["./trees"], input=given, capture_output=True, text=True, cwd=tmp_path, check=True
    )
    expected = kapre_like.load_model(trained("scores")).booster.predict(rows)[0]
    assert float(done.stdout) == pytest.approx(expected, rel=1e-6)
