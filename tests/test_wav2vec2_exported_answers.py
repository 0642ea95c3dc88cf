"""Exported networks without a recipe answer as the model that they were exported from."""

import subprocess
import sys

import numpy as np
import pytest
from test_wav2vec2_predict import CARD, FILES, hidden, rig, small, speaking, write_files
from tolerances import FLOAT32, FLOAT32_LONG

import kapre_like
from kapre_like.models.cli.main import main
from kapre_like.models.experiment import evaluate
from kapre_like.models.wav2vec2.family import long_clips
from kapre_like.models.wav2vec2.family.answering import CheckpointModel
from kapre_like.models.wav2vec2.family.exported import open_exported

__all__ = ["speaking"]  # a fixture

SUFFIX = {"savedmodel": "", "litert": ".tflite", "onnx": ".onnx"}
NO_KERAS = """
import sys, kapre_like
(record,) = kapre_like.load_predictor(sys.argv[1])(sys.argv[2])
print(record["text"], "keras" in sys.modules, "tensorflow" in sys.modules)
"""


@pytest.fixture(scope="module")
def exported(speaking):
    """Function that exports the CTC network of `speaking` in a format, once."""
    import keras

    folder, _ = speaking
    model = keras.models.load_model(folder / "ctc.keras")

    def path_of(form):
        path = folder / f"file{SUFFIX[form]}"
        if not path.exists():
            kapre_like.export(model, path, format=form)
        return path

    return path_of


@pytest.mark.parametrize(
    "form",
    [
        "onnx",
        pytest.param("savedmodel", marks=pytest.mark.slow),
        pytest.param("litert", marks=pytest.mark.slow),
    ],
)
def test_text_and_times_of_words_are_those_of_the_model(speaking, exported, form):
    folder, files = speaking
    expected = kapre_like.load_predictor(folder / "ctc.keras")(files)
    assert [record["text"] for record in expected] == [
        letters for *_, letters, _ in FILES.values()
    ]
    assert kapre_like.load_predictor(exported(form))(files) == expected


def test_the_command_line_prints_text_and_times(speaking, exported, capsys):
    _, files = speaking
    assert main(["predict", str(exported("onnx")), str(files[1])]) == 0
    assert capsys.readouterr().out == f"{files[1]}\tYES NO\tYES 0.00-0.06 NO 0.18-0.22\n"


def test_a_file_of_text_is_read_without_keras(speaking, exported):
    _, files = speaking
    command = [sys.executable, "-c", NO_KERAS, str(exported("onnx")), str(files[1])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "YES NO False False"


def test_evaluate_counts_the_wrong_words_of_a_file(speaking, exported, tmp_path):
    _, files = speaking
    (tmp_path / "texts.csv").write_text(f"path,text\n{files[1]},yes yes no\n")
    found = evaluate(exported("onnx"), tmp_path / "texts.csv")
    # The text is YES NO.
    assert (found["words"], found["deletions"], found["substitutions"]) == (3, 1, 0)


def test_an_exported_file_has_no_options(exported):
    with pytest.raises(ValueError, match="`options` must be none for an exported file"):
        kapre_like.load_predictor(exported("onnx"), target_lang="fra")


@pytest.mark.slow
def test_frames_become_segments(tmp_path):
    files = write_files(tmp_path)
    model = small("frames", labels=["silence", "speech"])
    parts = hidden(model, files[:1], "classifier")
    rig(model, parts[0], "classifier", np.eye(2)[np.arange(len(parts[0])) // 5 % 2])
    model.save(tmp_path / "vad.keras")
    kapre_like.export(model, tmp_path / "vad.onnx", format="onnx")
    expected = kapre_like.load_predictor(tmp_path / "vad.keras")(files)
    assert kapre_like.load_predictor(tmp_path / "vad.onnx")(files) == expected
    assert expected[0]["segments"][1] == {"label": "speech", "start": 0.1, "end": 0.2}


@pytest.mark.slow
def test_a_classifier_of_logits_answers_in_probabilities_and_in_windows(tmp_path, monkeypatch):
    for name, seconds in (("LONG", 1.5), ("WINDOW", 1.0), ("OVERLAP", 0.4)):
        monkeypatch.setattr(long_clips, f"{name}_SECONDS", seconds)
    model = small("classify", labels=["a", "b"])
    path = kapre_like.export(model, tmp_path / "m.onnx", format="onnx")
    clips = [np.random.default_rng(0).normal(0, 0.1, n).astype("float32") for n in (40000, 900)]
    expected = CheckpointModel(model, "x").predict(clips)
    np.testing.assert_allclose(open_exported(path).predict(clips), expected, atol=FLOAT32)
    np.testing.assert_allclose(expected.sum(axis=-1), 1, atol=FLOAT32)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"feature_encoder": "logmel"}, id="log-mel"),
        pytest.param(
            {"sample_rate": 8000, "truncate_seconds": 2.2},
            id="8 kHz, truncated",
            marks=pytest.mark.slow,
        ),
    ],
)
@pytest.mark.slow
def test_the_card_carries_the_times_of_the_frames(tmp_path, monkeypatch, options):
    """Front ends and truncation, which an exported graph does not record."""
    for name, seconds in (("LONG", 1.5), ("WINDOW", 1.0), ("OVERLAP", 0.4)):
        monkeypatch.setattr(long_clips, f"{name}_SECONDS", seconds)
    model = small("ctc", card=CARD, **options)
    path = kapre_like.export(model, tmp_path / "m.onnx", format="onnx")
    opened, file = CheckpointModel(model, "x"), open_exported(path)
    clips = [np.random.default_rng(0).normal(0, 0.1, n).astype("float32") for n in (40000, 900)]
    for row, expected in zip(file._outputs(clips), opened._outputs(clips), strict=True):
        np.testing.assert_allclose(row, expected, atol=FLOAT32_LONG)
    assert file.answers(clips) == opened.answers(clips)
