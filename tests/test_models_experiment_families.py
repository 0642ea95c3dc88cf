"""The real families through the whole contract: compare, predict, evaluate, export."""

import json
import os
import subprocess
import sys

import pytest
from small_corpus import write_corpus

import kapre_like
from kapre_like.models import compare, evaluate, export, predict

pytest.importorskip("catboost")
pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def compared(no_cold_start, tmp_path_factory):
    """A comparison of both families on tones, with the files it wrote."""
    folder = tmp_path_factory.mktemp("families")
    splits = ["train"] * 4 + ["valid"] * 2 + ["test"] * 2
    manifest = write_corpus(folder / "data", speakers=8, takes=3, splits=splits)
    lines = []
    few = {"max_trees": 20, "row": "tiny"}
    result = compare(
        manifest, out=folder / "c", epochs=2, settings=few, seconds=0.3, sample_rate=8000,
        log=lines.append,
    )  # fmt: skip
    return manifest, folder / "c", result, lines


def test_both_families_are_trained_and_measured(compared):
    _, out, result, _ = compared
    assert list(result["models"]) == ["boosted", "vgg"]
    assert result["models"]["boosted"]["metrics"]["accuracy"] == 1.0
    for model in result["models"].values():
        assert set(model["histories"][0]) >= {"train_loss", "valid_loss", "valid_accuracy"}
        assert model["n_parameters"] > 10
    boosted, vgg = result["models"].values()
    # TensorFlow alone is some 400 MB more: each peak is of its own process.
    assert boosted["peak_memory_mb"] + 200 < vgg["peak_memory_mb"]
    assert boosted["importances"]
    assert vgg["importances"] == []
    assert (out / "vgg" / "model.keras").stat().st_size == vgg["model_bytes"]
    assert "importance by frequency" in (out / "report.html").read_text("utf-8")
    assert result["advice"]["recommended"] == "boosted"


@pytest.mark.slow
def test_the_parent_of_a_comparison_stays_free_of_tensorflow(compared, tmp_path):
    manifest, _, _, _ = compared
    data, out = str(manifest), str(tmp_path / "c")
    code = (
        "import sys\nfrom kapre_like.models import compare\n"
        f"compare({data!r}, models=['boosted'], out={out!r}, settings={{'max_trees': 2}})\n"
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.slow  # `test_models_artifact_exports.py` does so with a small network
def test_a_network_predicts_alike_from_its_folder_its_file_and_its_export(compared, tmp_path):
    manifest, out, _, _ = compared
    files = sorted(manifest.parent.glob("*_7_*.flac"))
    saved = export(out / "vgg", out=tmp_path / "saved")
    folder, file, exported = (
        predict(path, files) for path in (out / "vgg", out / "vgg" / "model.keras", saved)
    )
    for index in range(len(files)):
        expected = folder[index]["probabilities"]
        assert file[index]["probabilities"] == pytest.approx(expected, abs=1e-5)
        assert exported[index]["probabilities"] == pytest.approx(expected, abs=1e-5)
    lines = []
    assert evaluate(saved, manifest, log=lines.append)["n_trained_on"] is None
    assert "the model does not store which clips it was trained on" in lines


@pytest.mark.slow
@pytest.mark.parametrize("format", ["litert", "onnx", "openvino"])
def test_every_format_has_metadata(compared, format, tmp_path):
    _, out, _, _ = compared
    written = export(out / "vgg", format=format, out=tmp_path / format)
    assert kapre_like.metadata(written)["task"] == "classify"


def test_evaluate_repeats_what_compare_found(compared):
    manifest, out, result, _ = compared
    for name, model in result["models"].items():
        got = evaluate(out / name, manifest)
        assert {key: got[key] for key in model["metrics"]} == pytest.approx(model["metrics"])
        assert got["n_trained_on"] == 0


def test_boosted_trees_say_that_they_learned_from_the_validation_clips_too(compared):
    manifest, out, _, _ = compared
    got = evaluate(out / "boosted", manifest, split="all")
    assert (got["n"], got["n_trained_on"], got["n_validated_on"]) == (48, 36, 12)
    assert evaluate(out / "vgg", manifest, split="all")["n_trained_on"] == 24


@pytest.mark.slow
def test_the_command_line_keeps_the_noise_of_tensorflow_to_itself(compared):
    manifest, out, _, _ = compared
    file = str(next(manifest.parent.glob("low_*.flac")))
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    command = [sys.executable, "-P", "-m", "kapre_like.models.cli"]
    done = subprocess.run(
        [*command, "predict", str(out / "vgg"), file, "--json"],
        capture_output=True, text=True, env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert set(json.loads(done.stdout)["probabilities"]) == {"low", "high"}
