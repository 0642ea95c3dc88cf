"""`load_predictor`: sound of any kind in, records out; every kind of saved model behind it."""

import ast
import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import keras
import numpy as np
import pytest
import soundfile
from small_corpus import write_corpus
from small_models import (
    CLASSES,
    RATE,
    network_of,
    recipe_of,
    sweep,
    write_folder,
    write_sweeps,
)
from tolerances import FLOAT32, FLOAT32_SHORT

import kapre_like
from kapre_like.models import predict, train
from kapre_like.models.artifact import clip_batches, clip_groups, readers
from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.artifact.predictor import Predictor
from kapre_like.models.artifact.recipe import read_recipe, write_recipe

ARTIFACT = Path(kapre_like.__file__).parents[1] / "models" / "artifact"


class Loudness:
    """A model of another package: it has no length rule, and records its input."""

    def __init__(self, **about):
        self.recipe = {"task": "regress", "class_names": None, "sample_rate": RATE, **about}
        self.received = []

    def predict(self, waveforms):
        self.received += [len(waveform) for waveform in waveforms]
        return np.array([np.abs(waveform).max() for waveform in waveforms])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("small") / "model", seconds=0.5,
                        length_rule="center")  # fmt: skip


def test_a_predictor_has_the_facts_of_its_model(folder):
    predictor = kapre_like.load_predictor(folder)
    assert (predictor.task, predictor.class_names) == ("classify", CLASSES)
    assert (predictor.sample_rate, str(predictor.length_rule)) == (RATE, "center 0.5 s")
    assert predictor.recipe == read_recipe(folder)
    assert predictor.source == str(folder)


def test_a_path_an_array_and_lists_of_both_are_taken(folder, tmp_path):
    files = write_sweeps(tmp_path, (0.3, 0.9))
    predictor = kapre_like.load_predictor(folder)
    arrays = [soundfile.read(file, dtype="float32")[0] for file in files]
    expected = predictor.predict(files)
    assert [record["path"] for record in expected] == [str(file) for file in files]
    assert predictor(files[0]) == predictor(str(files[0])) == expected[:1]
    for got in (predictor(arrays), predictor([arrays[0], files[1]])):
        for one, other in zip(got, expected, strict=True):
            assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-6)
    (alone,) = predictor(arrays[1])
    assert "path" not in alone
    assert alone["label"] == max(alone["probabilities"], key=alone["probabilities"].get)
    assert alone["probability"] == alone["probabilities"][alone["label"]]
    np.testing.assert_allclose(
        predictor.outputs(arrays)[1], list(alone["probabilities"].values())
    )


def test_channels_are_averaged_and_another_rate_is_resampled(folder, tmp_path):
    x = sweep(0.9, 16000)
    soundfile.write(tmp_path / "stereo.flac", np.stack([1.5 * x, 0.5 * x], axis=1), 16000)
    predictor = kapre_like.load_predictor(folder)
    (of_file,) = predictor(tmp_path / "stereo.flac")
    (mono,) = predictor(x, 16000)
    (stereo,) = predictor(np.stack([1.5 * x, 0.5 * x], axis=1), 16000)
    assert mono["probabilities"] == pytest.approx(stereo["probabilities"], abs=1e-6)
    assert mono["probabilities"] == pytest.approx(of_file["probabilities"], abs=1e-3)
    (wrong,) = predictor(x)  # at the model's rate it is twice as long and an octave lower
    assert wrong["probabilities"] != pytest.approx(mono["probabilities"], abs=1e-3)


@pytest.mark.parametrize(
    ("clip", "note"),
    [
        (np.zeros(100, "int16"), "x / 32768"),
        (np.zeros((2, 100)), "Transpose it"),
        (np.zeros((10, 2, 2)), "(samples, channels)"),
        (np.zeros(0), "at least one sample"),
        (np.array([0.1, np.nan]), "NaN or infinite"),
        ([0.1, 0.2], "a path or an array"),
        (None, "paths or arrays"),
        ("nowhere.wav", "no such file"),
    ],
)
def test_what_is_no_clip_is_refused_with_the_fix(clip, note):
    with pytest.raises(ValueError, match=r"Predictor|nowhere") as error:
        Predictor(Loudness()).predict(clip)
    assert note in str(error.value)


def test_a_bad_clip_is_skipped_by_name_with_the_argument(tmp_path):
    (good,) = write_sweeps(tmp_path, (0.3,))
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    records = Predictor(Loudness()).predict(
        [tmp_path / "bad.wav", good, np.zeros(3, int)], on_error="skip"
    )
    assert str(tmp_path / "bad.wav") in records[0]["error"]
    assert records[1]["score"] == pytest.approx(0.3, abs=0.02)
    assert set(records[2]) == {"error"}
    with pytest.raises(ValueError, match=r"bad\.wav"):
        Predictor(Loudness()).predict([tmp_path / "bad.wav", good])
    with pytest.raises(ValueError, match="`on_error` must be"):
        Predictor(Loudness()).predict(good, on_error="ignore")


def test_a_model_without_a_length_rule_gets_windows_whose_outputs_are_averaged():
    clip = np.concatenate([np.full(RATE, level) for level in (0.1, 0.2, 0.9)])
    tiles = Loudness(seconds=1.0, length_rule="tiles")
    assert Predictor(tiles)(clip)[0]["score"] == pytest.approx(0.4)
    assert tiles.received == [RATE] * 3
    center = Loudness(seconds=1.0)
    assert Predictor(center)(clip)[0]["score"] == pytest.approx(0.2)
    whole = Loudness()
    assert Predictor(whole)(clip)[0]["score"] == pytest.approx(0.9)
    assert whole.received == [3 * RATE]
    itself = Loudness(seconds=1.0)
    itself.cuts_itself = True
    Predictor(itself)(clip)
    assert itself.received == [3 * RATE]


def test_long_recordings_are_not_all_held_at_once(monkeypatch):
    monkeypatch.setattr(clip_groups, "GROUP_SECONDS", 2.5)
    calls, model = [], Loudness()
    model.predict = lambda clips: calls.append(len(clips)) or np.zeros(len(clips))
    clips = [np.full(RATE, 0.1)] * 7
    assert len(Predictor(model)(iter(clips))) == 7
    assert calls == [3, 3, 1]
    # Of the middle only the middle is kept.
    model.recipe |= {"seconds": 0.1}
    calls.clear()
    assert len(Predictor(model).outputs(clips)) == 7
    assert calls == [7]
    with pytest.raises(ValueError, match="at least one clip"):
        Predictor(model).outputs([])


def test_every_network_is_run_through_the_same_batches(folder, tmp_path, monkeypatch):
    seen = []
    padded = clip_batches.padded
    monkeypatch.setattr(clip_batches, "padded", lambda x: seen.append(len(x)) or padded(x))
    clips = [sweep(0.05 + 0.01 * i) for i in range(40)]
    for path in (folder, folder / "model.keras"):
        seen.clear()
        assert len(kapre_like.load_predictor(path)(clips)) == 40
        # 32 clips are held at once.
        assert seen == [32, 8]


def test_the_boosted_family_predicts_without_keras(tmp_path):
    pytest.importorskip("catboost")
    data = write_corpus(tmp_path / "data", speakers=4)
    # Without a calibration the answer is the mean over the windows.
    rule = {"seconds": 0.2, "length_rule": "tiles"}
    train(data, out=tmp_path / "m", settings={"max_trees": 5}, calibrate=False, **rule)
    file = data.parent / "low_0_0.flac"
    code = (
        "import sys, json, kapre_like\n"
        f"predictor = kapre_like.load_predictor({str(tmp_path / 'm')!r})\n"
        f"stages = predictor.explain({str(file)!r})\n"
        "print(json.dumps([stages, sorted({'keras', 'tensorflow'} & set(sys.modules))]))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    stages, heavy = json.loads(done.stdout)
    assert heavy == []
    shown = dict(stages)
    names = list(shown["importance of the features, of 100"])
    assert len(names) > 3
    # Two tiles of a clip of 0.3 s.
    assert shown["length rule: tiles 0.2 s"]["seconds"] == [[0.0, 0.2], [0.1, 0.3]]
    assert list(shown["features"]) == ["window 0", "window 1"]
    assert list(shown["features"]["window 0"]) == names
    # The softmax of the raw sums, averaged over the windows, is the answer.
    sums = np.array([list(w.values()) for w in shown["raw sums of the trees"].values()])
    shares = np.exp(sums) / np.exp(sums).sum(axis=1, keepdims=True)
    answer = [
        shown["answer"]["probabilities"][n] for n in shown["raw sums of the trees"]["window 0"]
    ]
    np.testing.assert_allclose(shares.mean(axis=0), answer, atol=FLOAT32_SHORT)


def test_a_network_explains_its_front_end_and_its_logits(tmp_path):
    folder = write_folder(tmp_path / "m", log_mel=True, seconds=0.5, length_rule="center")
    clip = np.clip(2.0 * sweep(1.5), -0.5, 0.5)
    soundfile.write(tmp_path / "loud.wav", np.stack([clip, clip], axis=1), RATE)
    for path in (folder, folder / "model.keras"):
        shown = dict(kapre_like.load_predictor(path).explain(tmp_path / "loud.wav"))
        assert shown["file"]["channels"] == 2
        assert shown["file"]["format"] == "WAV PCM_16"
        assert shown["file"]["length_s"] == 1.5
        assert shown["file"]["peak_dbfs"] == pytest.approx(-6.02, abs=0.01)
        assert shown["mono, at the model's rate"]["samples"] == 12000
        assert shown["length rule: center 0.5 s"]["seconds"] == [[0.5, 1.0]]
        front = shown["log_mel (MelSpectrogram, dB)"]
        assert front["shape"] == [32, 8, 1]
        assert (front["max"], front["min"] >= -80.0) == (0.0, True)
        logits = np.array(list(shown["logits"].values()))
        shares = np.exp(logits - logits.max())
        answer = list(shown["answer"]["probabilities"].values())
        np.testing.assert_allclose(shares / shares.sum(), answer, atol=FLOAT32)
        json.dumps(shown)


def test_the_lines_of_an_explanation_say_every_fact(folder, tmp_path):
    from kapre_like.models.experiment.predict import explain, explain_lines

    (file,) = write_sweeps(tmp_path, (1.0,))
    stages = explain(folder, file)
    lines = explain_lines(stages)
    assert lines[0] == "file"
    assert [line for line in lines if not line.startswith(" ")] == [s["title"] for s in stages]
    assert any(line.split() == ["sample_rate_hz", "8000"] for line in lines)
    assert any(line.split() == ["seconds", "0.25-0.75"] for line in lines)
    assert any(line.split()[:2] == ["probabilities", "no"] for line in lines)


def test_explain_marks_logarithms_of_probabilities_if_it_has_no_logits(tmp_path):
    model = Loudness(task="classify", class_names=["a", "b", "c"])
    model.predict = lambda clips: np.array([[0.25, 0.75, 0.0]] * len(clips))
    shown = dict(Predictor(model).explain(np.full(80, 0.1)))
    (title,) = [title for title in shown if title.startswith("logarithms of the probabilities")]
    assert shown[title] == {"a": np.log(0.25), "b": np.log(0.75), "c": None}


def test_silence_has_no_level_and_clipped_samples_are_counted():
    shown = dict(Predictor(Loudness()).explain(np.zeros(80)))
    assert shown["array"]["peak_dbfs"] is None
    assert shown["mono, at the model's rate"]["share_zero"] == 1.0
    full = np.where(np.arange(80) % 2, 1.0, 0.5)
    shown = dict(Predictor(Loudness()).explain(full))
    assert shown["mono, at the model's rate"]["share_clipped"] == 0.5


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (lambda p: p / "nowhere", "no such file or folder"),
        (lambda p: p, "holds no recipe.json"),
        (lambda p: (p / "x.txt").write_text("hello") and p / "x.txt", "is not a model"),
        (lambda p: (p / "x.keras").write_bytes(b"PK") and p / "x.keras", "not a model of this"),
        (
            lambda p: (p / "x.onnx").write_bytes(b"\x08\x01") and p / "x.onnx",
            "not a model of this",
        ),
    ],
)
def test_what_is_no_model_is_refused_in_one_line(make, note, tmp_path):
    with pytest.raises(ValueError, match=note) as error:
        kapre_like.load_predictor(make(tmp_path))
    assert "\n" not in str(error.value)
    assert str(tmp_path) in str(error.value)


def test_a_network_that_ends_in_logits_is_not_taken_for_one_of_probabilities(tmp_path):
    model = network_of(recipe_of())
    card = ModelCard(task="classify", sample_rate=RATE, class_names=CLASSES, output="logits")
    dense = keras.layers.Dense(2)(model.get_layer("classes").input)
    keras.Model(model.inputs, card(dense)).save(tmp_path / "m.keras")
    with pytest.raises(
        ValueError, match=r"m\.keras: a network for 'classify' whose output is logits"
    ):
        kapre_like.load_predictor(tmp_path / "m.keras")


def test_a_folder_of_an_older_format_is_refused(folder, tmp_path):
    recipe = {**read_recipe(folder), "format": 1, "files": []}
    write_recipe(tmp_path, recipe)
    with pytest.raises(ValueError, match=r"its format is 1.*Train it again"):
        kapre_like.load_predictor(tmp_path)


class Outside:
    """A reader of another package."""

    kind = "a folder with a level in it"

    def recognizes(self, path):
        return (path / "level.txt").is_file()

    def open(self, path):
        return Loudness(family=(path / "level.txt").read_text())


def test_a_reader_of_another_package_registers_itself(tmp_path, monkeypatch):
    entries = list(metadata.entry_points(group=readers.GROUP))
    value = f"{__name__}:Outside"
    own = [metadata.EntryPoint("level", value, readers.GROUP),
           metadata.EntryPoint("broken", "no_such_module:Reader", readers.GROUP)]  # fmt: skip
    monkeypatch.setattr(
        readers.metadata, "entry_points", lambda **_: [*own, *entries], raising=True
    )
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    (tmp_path / "level.txt").write_text("mine")
    predictor = kapre_like.load_predictor(tmp_path)
    assert predictor.recipe["family"] == "mine"
    assert predict(predictor, write_sweeps(tmp_path, (0.2,)))[0]["score"] > 0
    # The error for an unknown path names readers that cannot be imported.
    with pytest.raises(ValueError, match=r"a folder with a level in it.*reader 'broken'"):
        kapre_like.load_predictor(tmp_path / "sweep_8000_0.wav")


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("model.onnx", "onnxruntime", "onnx"), ("model.tflite", "ai_edge_litert", "litert"),
     ("saved", "tensorflow", "tensorflow"), ("folder", "openvino", "openvino")],
)  # fmt: skip
def test_a_missing_program_is_named_with_its_extra(name, module, extra, tmp_path, monkeypatch):
    from kapre_like import running

    run = {"onnx": running.run_onnx, "litert": running.run_litert,
           "openvino": running.run_openvino,
           "tensorflow": running.run_savedmodel}[extra]  # fmt: skip
    for missing in (module, f"{module}.interpreter"):
        monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=rf"{name}.* needs .*kapre-like\[{extra}\]"):
        run(tmp_path / name)


def test_the_artifact_imports_no_network():
    """Families and formats enter themselves: nothing above this room is imported here."""
    above = {
        "blocks", "checkpoints", "training", "embeddings", "vgg", "wav2vec2", "boosted",
        "probe", "experiment", "cli",
    }  # fmt: skip
    for file in sorted(ARTIFACT.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [f"{node.module}.{alias.name}" for alias in node.names]
            for module in modules:
                room = module.removeprefix("kapre_like.models.").partition(".")[0]
                assert not (module.startswith("kapre_like.models.") and room in above), (
                    file.name
                )


def test_readers_can_be_listed_without_keras(tmp_path):
    code = (
        "import sys\nfrom kapre_like.models.artifact.readers import readers\n"
        "found, troubles = readers()\n"
        f"from pathlib import Path\n[r.recognizes(Path({str(tmp_path)!r})) for r in found]\n"
        "print(len(found) >= 6, troubles, sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert done.stdout == "True [] []\n", done.stderr
