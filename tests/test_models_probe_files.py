"""A probe on a file of another program: trained, saved with its file, answered elsewhere."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_corpus import RATE, write_corpus
from tolerances import FLOAT32_LONG, FLOAT64

pytest.importorskip("tensorflow")
pytest.importorskip("catboost")
pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
import keras
from network_files import CHANNELS, HOP, KERNEL, onnx_file

import kapre_like
from kapre_like.audio import read
from kapre_like.models import evaluate
from kapre_like.models.cli.main import main
from kapre_like.models.embeddings.files.columns import FACTS

CODE = """
import json, sys
import kapre_like
predictor = kapre_like.load_predictor(sys.argv[1])
print(json.dumps(predictor(sys.argv[2:])))
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KAPRE_LIKE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    splits = ["train"] * 4 + ["valid"] * 2 + ["test"] * 2
    folder = tmp_path_factory.mktemp("data")
    return write_corpus(folder, speakers=8, takes=2, splits=splits)


def train(manifest, network, out, *sets, takes=f"waveform:{RATE}", rate=RATE):
    words = [f"backbone={network}", f"takes={takes}", "pooling=mean+max", "max_trees=20", *sets]
    options = [part for word in words for part in ("--set", word)]
    options += ["--sample-rate", str(rate), "--out", str(out)]
    return main(["train", str(manifest), "--model", "probe", *options])


@pytest.mark.parametrize("head", ["linear", "boosted", "fusion"])
def test_it_answers_in_a_new_process_without_the_file(head, manifest, tmp_path):
    network = onnx_file(tmp_path / "net.onnx", [None, 800])
    model = tmp_path / "model"
    assert train(manifest, network, model, f"head={head}") == 0
    files = sorted(map(str, Path(manifest).parent.glob("*_7_*.flac")))
    network.unlink()
    expected = kapre_like.load_predictor(model)(files)
    assert [record["label"] for record in expected] == [
        Path(f).name.split("_")[0] for f in files
    ]
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(model), *files],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    for one, other in zip(found, expected, strict=True):
        # The same programs run on the same machine.
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-6)


@pytest.fixture(scope="module")
def trained(manifest, tmp_path_factory):
    """A linear probe from the command line, and its log."""
    folder = tmp_path_factory.mktemp("trained")
    network = onnx_file(folder / "net.onnx", [None, None])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAPRE_LIKE_CACHE", str(folder / "cache"))
        assert train(manifest, network, folder / "model", "head=linear") == 0
    network.unlink()
    return folder / "model"


def test_its_folder_has_the_facts_of_its_network(trained):
    recipe = kapre_like.metadata(trained)["recipe"]
    settings = recipe["settings"]
    assert (settings["takes"], settings["layer"]) == (f"waveform:{RATE}", "last")
    assert settings["weights_digest"]
    assert sorted(recipe["files"]) == ["model.npz", "network.json", "network.onnx"]
    assert json.loads((trained / FACTS).read_text()) == {
        "takes": f"waveform:{RATE}",
        "output": "frames",
        "statistics": ["mean", "max"],
        "sample_rate": RATE,
    }
    model = kapre_like.load_model(trained)
    assert model.n_parameters == KERNEL.size + 3 + 2 * (2 * CHANNELS + 1)


def test_its_answer_is_the_linear_model_of_pooled_frames(trained, manifest):
    """By hand: the convolution, its statistics, the dense layer and the softmax."""
    path = str(Path(manifest).parent / "low_7_0.flac")
    sound = read(path, sample_rate=RATE)
    rows = sound[: len(sound) // HOP * HOP].reshape(-1, HOP)
    frames = np.maximum(rows @ KERNEL[:, 0].T, 0)
    with np.load(trained / "model.npz") as head:
        logits = np.r_[frames.mean(0), frames.max(0)] @ head["kernel"] + head["bias"]
    expected = np.exp(logits) / np.exp(logits).sum()
    found = kapre_like.load_model(trained).predict([sound])[0]
    # float32 sums of 80 products in another order.
    np.testing.assert_allclose(found, expected, atol=FLOAT32_LONG)


def test_every_command_takes_it(trained, manifest, tmp_path, capsys):
    assert evaluate(trained, manifest)["accuracy"] > 0.9
    file = str(Path(manifest).parent / "low_7_0.flac")
    assert main(["predict", str(trained), file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["label"] == "low"
    assert main(["predict", str(trained), file, "--explain"]) == 0
    assert "logits" in capsys.readouterr().out
    for format in ("savedmodel", "onnx", "litert"):
        out = ["--format", format, "--out", str(tmp_path / format)]
        assert main(["export", str(trained), *out]) == 2
        line = capsys.readouterr().err.splitlines()[-1]
        assert "network.onnx, which runs in ONNX Runtime, cannot be exported" in line
        assert "kapre_like.load_predictor" in line


def test_a_clip_gives_the_same_answer_alone_and_beside_others(trained, manifest):
    model = kapre_like.load_model(trained)
    files = sorted(Path(manifest).parent.glob("low_*.flac"))[:6]
    sounds = [read(file, sample_rate=RATE) for file in files]
    alone = np.concatenate([model.predict([sound]) for sound in sounds])
    # The dense layer adds up float64 in another order for several rows.
    np.testing.assert_allclose(model.predict(sounds), alone, atol=FLOAT64)


def test_clips_of_another_rate_are_resampled_with_one_note(manifest, tmp_path, capsys):
    network = onnx_file(tmp_path / "net.onnx", [None, 1600])
    model = tmp_path / "model"
    assert train(manifest, network, model, "head=linear", takes="waveform:16000") == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "resampled from" in line]
    assert len(lines) == 1
    assert f"from {RATE} to 16000 Hz, the rate of {network}" in lines[0]
    notes = kapre_like.metadata(model)["recipe"]["settings"]["notes"]
    assert "windows of 0.1 s" in notes[0]
    network.unlink()
    file = str(Path(manifest).parent / "high_7_0.flac")
    assert kapre_like.load_predictor(model)(file)[0]["label"] == "high"


@pytest.mark.parametrize(
    ("takes", "words"),
    [
        ("none", "probe: `takes` must be waveform:RATE, .* takes sound (any, 800) float32"),
        ("wave", "probe: `takes` must be waveform:RATE"),
        ("patches:vggish", "probe: `takes` must be"),
    ],
)
def test_settings_that_do_not_fit_are_one_line(takes, words, manifest, tmp_path, capsys):
    network = onnx_file(tmp_path / "net.onnx", [None, 800])
    assert train(manifest, network, tmp_path / "model", takes=takes) == 2
    (line,) = capsys.readouterr().err.splitlines()
    for word in words.split(".*"):
        assert word.strip() in line


def test_a_network_that_is_no_file_takes_nothing_else(manifest, tmp_path, capsys):
    assert train(manifest, "yamnet", tmp_path / "model") == 2
    assert "`takes` must be None for yamnet" in capsys.readouterr().err


def keras_file(path, samples):
    sound = keras.Input((samples,), name="sound")
    conv = keras.layers.Conv1D(CHANNELS, HOP, strides=HOP, activation="relu", use_bias=False)
    x = conv(keras.layers.Reshape((-1, 1))(sound))
    conv.set_weights([KERNEL.transpose(2, 1, 0)])
    keras.Model(sound, x).save(path)
    return path


def test_windows_of_a_keras_file_become_one_keras_model(manifest, tmp_path):
    network = keras_file(tmp_path / "net.keras", 800)
    model = tmp_path / "model"
    assert train(manifest, network, model, "head=linear") == 0
    assert kapre_like.metadata(model)["recipe"]["files"] == ["model.keras"]
    network.unlink()
    file = str(Path(manifest).parent / "low_7_0.flac")
    expected = kapre_like.load_predictor(model)(file)[0]
    assert expected["label"] == "low"
    saved = tmp_path / "saved"
    assert main(["export", str(model), "--format", "savedmodel", "--out", str(saved)]) == 0
    found = kapre_like.load_predictor(saved)(file)[0]
    assert found["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of converters
@pytest.mark.parametrize("format", ["onnx", "litert"])
def test_a_probe_on_a_keras_file_is_exported_to_every_format(format, manifest, tmp_path):
    network, model = keras_file(tmp_path / "net.keras", 800), tmp_path / "model"
    assert train(manifest, network, model, "head=linear") == 0
    out = tmp_path / f"net.{format}"
    assert main(["export", str(model), "--format", format, "--out", str(out)]) == 0


@pytest.mark.slow  # each model is trained in a process of its own
def test_compare_trains_it_beside_others(manifest, tmp_path):
    network = onnx_file(tmp_path / "net.onnx", [None, 800])
    words = ["--models", "level,probe", "--out", str(tmp_path / "c")]
    sets = [f"backbone={network}", f"takes=waveform:{RATE}", "head=linear"]
    options = [part for word in sets for part in ("--set", word)]
    assert main(["compare", str(manifest), *words, *options]) == 0
    result = json.loads((tmp_path / "c" / "compare.json").read_text())
    assert result["models"]["probe"]["metrics"]["accuracy"] > 0.9
    network.unlink()
    file = str(Path(manifest).parent / "low_7_0.flac")
    assert kapre_like.load_predictor(tmp_path / "c" / "probe")(file)[0]["label"] == "low"
