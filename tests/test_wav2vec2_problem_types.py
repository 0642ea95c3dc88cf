"""`problem_type`: sigmoids, scores, one class; in every way of asking."""

import json

import numpy as np
import pytest
from backend_tools import untraced
from test_wav2vec2_fields import SIZE
from tolerances import FLOAT32
from wav2vec2_checkpoints import answer, clips, difference, run, save

import kapre_like
from kapre_like.models import evaluate
from kapre_like.models.cli.main import main
from kapre_like.models.wav2vec2 import (
    Wav2Vec2Config,
    from_huggingface,
    to_huggingface,
    wav2vec2,
)

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")
CLASSES = "Wav2Vec2ForSequenceClassification"
NAMES = ["arousal", "dominance", "valence"]


def named(names=NAMES, **values):
    return {"id2label": dict(enumerate(names)), **values}


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    folder = tmp_path_factory.mktemp("several")
    problem = "multi_label_classification"
    return save(folder, CLASSES, size=SIZE, **named(problem_type=problem)), folder


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scores")
    return save(folder, CLASSES, size=SIZE, **named(problem_type="regression")), folder


def normalized(x):
    return (x - x.mean()) / np.sqrt(x.var() + 1e-7)


def logits_of(theirs, x):
    return answer(theirs, normalized(x)[None])[0]


def test_several_labels_have_sigmoids_in_every_output(several, tmp_path):
    theirs, folder = several
    (x,) = clips(2000)
    want = 1 / (1 + np.exp(-logits_of(theirs, x)))
    assert abs(want.sum() - 1) > 0.1
    model = from_huggingface(folder, "classify", output="probabilities")
    np.testing.assert_allclose(run(model, [x[None], np.array([2000])])[0], want, atol=FLOAT32)
    model.save(tmp_path / "m.keras")
    from_huggingface(folder, "classify").save(tmp_path / "logits.keras")
    kapre_like.export(model, tmp_path / "m.onnx", format="onnx")
    for path in (folder, tmp_path / "m.keras", tmp_path / "logits.keras", tmp_path / "m.onnx"):
        with untraced():
            (record,) = kapre_like.load_predictor(path)(x)
        np.testing.assert_allclose(list(record["probabilities"].values()), want, atol=FLOAT32)
        assert record["labels"] == [n for n, p in zip(NAMES, want, strict=True) if p >= 0.5]
        assert record["label"] == NAMES[want.argmax()]


def test_a_new_head_on_it_has_one_class_again(several):
    model = from_huggingface(
        several[1], "classify", fresh_head=True, labels=4, output="probabilities",
        report=lambda _: None,
    )  # fmt: skip
    (x,) = clips(3000)
    assert run(model, [x[None], np.array([3000])]).sum() == pytest.approx(1, abs=1e-5)


def test_frames_of_several_classes_are_segments_that_overlap():
    from test_wav2vec2_predict import small

    from kapre_like.models.wav2vec2.family.answering import CheckpointModel

    model = small("frames", labels=["a", "b"])
    config = model.get_layer("card").checkpoint["config"]
    config["problem_type"] = "multi_label_classification"
    opened = CheckpointModel(model, "x")
    logits = np.array([[-1, -1], [2, -1], [2, 3], [-1, 3]], "float32")
    times = [(s["label"], s["start"], s["end"]) for s in opened._segments(logits)["segments"]]
    assert times == [("a", 0.02, 0.06), ("b", 0.04, 0.08)]


@pytest.mark.slow
def test_scores_by_name(scores, tmp_path, capsys):
    import soundfile

    theirs, folder = scores
    (x,) = clips(2000)
    want = logits_of(theirs, x)
    model = from_huggingface(folder, "regress")
    np.testing.assert_allclose(run(model, [x[None], np.array([2000])])[0], want, atol=FLOAT32)
    model.save(tmp_path / "m.keras")
    kapre_like.export(model, tmp_path / "m.onnx", format="onnx")
    for path in (folder, tmp_path / "m.keras", tmp_path / "m.onnx"):
        (record,) = kapre_like.load_predictor(path)(x)
        assert list(record["scores"]) == NAMES
        np.testing.assert_allclose(list(record["scores"].values()), want, atol=FLOAT32)
    to_huggingface(model, tmp_path / "again")
    again = type(theirs).from_pretrained(tmp_path / "again").eval()
    assert again.config.id2label == theirs.config.id2label
    assert difference(logits_of(again, x), want) < 1e-5
    soundfile.write(tmp_path / "x.wav", x / 8, 16000)
    assert main(["predict", str(folder), str(tmp_path / "x.wav"), "--header"]) == 0
    header, row = (line.split("\t") for line in capsys.readouterr().out.splitlines())
    row_of = dict(zip(header, row, strict=True))
    got = [float(row_of[f"score_{name}"]) for name in NAMES]
    np.testing.assert_allclose(got, want, atol=2e-4)  # a file of 16 bits


@pytest.mark.slow
def test_several_scores_learn():
    model = wav2vec2(Wav2Vec2Config(**SIZE), "regress", labels=NAMES, seed=0)
    model.compile("adam", "mse", jit_compile=False)
    x = [np.stack(clips(900, 900)), np.array([900, 900], "int32")]
    history = model.fit(x, np.zeros((2, 3), "float32"), verbose=0)
    assert np.isfinite(history.history["loss"]).all()


@pytest.mark.parametrize("kind", ["several", "scores"])
def test_evaluate_takes_one_label_or_score_and_logs_it(kind, request, tmp_path):
    folder = request.getfixturevalue(kind)[1]
    with pytest.raises(ValueError, match="several labels or scores") as caught:
        evaluate(folder, tmp_path)
    assert "\n" not in str(caught.value)


def test_classes_read_as_scores_and_scores_as_classes_are_refused(several, scores):
    with pytest.raises(ValueError, match="use head='regress'"):
        from_huggingface(scores[1], "classify")
    with pytest.raises(ValueError, match="use head='classify'"):
        from_huggingface(several[1], "regress")


@pytest.mark.usefixtures("eagerly")
def test_one_label_without_a_type_is_read_as_a_score_with_a_note(tmp_path):
    theirs = save(tmp_path, CLASSES, size=SIZE, num_labels=1)
    path = tmp_path / "config.json"
    assert json.loads(path.read_text()).get("problem_type") is None
    (x,) = clips(5000)
    with pytest.warns(UserWarning, match="one label and no problem_type"):
        predictor = kapre_like.load_predictor(tmp_path)
    (record,) = predictor(x)
    assert record["score"] == pytest.approx(float(logits_of(theirs, x)[0]), abs=1e-5)
    path.write_text(json.dumps({**json.loads(path.read_text()), "problem_type": "regression"}))
    assert "score" in kapre_like.load_predictor(tmp_path)(x)[0]


def test_the_name_of_a_single_score_is_written_back(tmp_path):
    save(tmp_path / "in", CLASSES, size=SIZE, **named(["age"], problem_type="regression"))
    to_huggingface(from_huggingface(tmp_path / "in", "regress"), tmp_path / "out")
    written = json.loads((tmp_path / "out/config.json").read_text())
    assert written["id2label"] == {"0": "age"}
    assert written["problem_type"] == "regression"


@pytest.mark.parametrize("labels", [0, -1, True, 2.5, [], ["a", "a"], [1, 2]])
def test_scores_have_names_or_a_number(labels):
    with pytest.raises(ValueError, match="wav2vec2: `labels` must be"):
        wav2vec2(Wav2Vec2Config(), "regress", labels=labels)
