"""Word errors as metrics: against jiwer over all clips, with intervals by speaker."""

import jiwer
import numpy as np
import pytest

from kapre_like.models.experiment.advice import advise
from kapre_like.models.experiment.intervals import judged
from kapre_like.models.experiment.metrics import draws, points
from kapre_like.models.experiment.task_inference import infer_task
from kapre_like.models.experiment.worst import total_errors

TRUTH = ["one two three", "four five", "six", "seven eight nine zero"]
SAID = ["one too three", "four five", "", "seven eight eight nine zero"]


def test_rates_are_those_of_jiwer_over_all_clips_together():
    found = points("transcribe", TRUTH, SAID)
    assert found["wer"] == pytest.approx(jiwer.wer(TRUTH, SAID))
    assert found["cer"] == pytest.approx(jiwer.cer(TRUTH, SAID))
    assert found["word_accuracy"] == pytest.approx(1 - found["wer"])


def test_case_and_punctuation_are_no_errors():
    assert points("transcribe", ["Don't, STOP!"], ["don't stop"])["wer"] == 0.0


def test_kinds_of_errors_are_counted():
    assert total_errors(TRUTH, SAID) == {
        "words": 10, "substitutions": 1, "deletions": 1, "insertions": 1,
    }  # fmt: skip


def test_draws_resample_whole_speakers():
    truth, predicted = ["a b", "a b", "c", "c"], ["a b", "a b", "x", "x"]
    found = draws("transcribe", truth, predicted, groups=["p", "p", "q", "q"], n_draws=200)
    # Both speakers, or one of them twice: no other rate is possible.
    assert set(np.round(found["wer"], 6)) == {0.0, round(1 / 3, 6), 1.0}


def test_intervals_of_both_rates_are_one_interval():
    found = judged("transcribe", TRUTH * 3, SAID * 3, list("abcdefghijkl"))
    low, high = found.intervals["word_accuracy"]
    assert found.intervals["wer"] == pytest.approx((1 - high, 1 - low))
    assert low < found.values["word_accuracy"] < high


def test_no_error_at_all_still_has_an_interval():
    found = judged("transcribe", TRUTH, TRUTH, list("abcd"))
    assert found.values["wer"] == 0.0
    for name in ("wer", "cer"):
        low, high = found.intervals[name]
        assert low == 0.0
        assert 0.1 < high < 1.0


def test_more_errors_than_words_give_a_negative_accuracy():
    found = judged("transcribe", ["a", "b"], ["x y z", "b c d e f"], ["p", "q"])
    assert found.values["word_accuracy"] < 0
    low, high = found.intervals["word_accuracy"]
    assert low < found.values["word_accuracy"] < high


def test_the_advice_compares_two_networks_by_word_accuracy():
    truth = [f"w{i} w{i + 1} w{i + 2}" for i in range(40)]
    groups = [f"s{i % 10}" for i in range(40)]
    bad = [text.split()[0] for text in truth]
    predictions = {"light": bad, "heavy": truth, "most frequent text": [truth[0]] * 40}
    found = {k: judged("transcribe", truth, v, groups) for k, v in predictions.items()}
    costs = {
        name: {"seconds_train": s, "latency_ms": {"batch_1": {"compute_ms": s}},
               "peak_memory_mb": s, "model_bytes": s}
        for name, s in (("light", 1.0), ("heavy", 5.0))
    }  # fmt: skip
    models = {name: found[name] for name in ("light", "heavy")}
    advice = advise(
        "transcribe", costs, models, {"most frequent text": found["most frequent text"]}, 0.02
    )
    assert advice["recommended"] == "heavy"
    assert advice["metric"] == "word_accuracy"
    assert "word accuracy 100.0 %" in advice["text"]
    assert "Of 1,000 words heavy would get about 667 more right" in advice["text"]


def test_sentences_that_hardly_repeat_are_transcripts():
    sentences = [f"this is sentence number {i}" for i in range(12)]
    found = infer_task(sentences, column="text")
    assert found.task == "transcribe"
    assert found.note.startswith("task: transcripts, 12 texts of about 5 words")


@pytest.mark.parametrize(
    "labels",
    [
        ["dog bark", "car horn", "street music"] * 8,  # classes of two words
        [f"file{i}" for i in range(20)],  # names, a word each
    ],
)
def test_classes_of_several_words_stay_classes(labels):
    assert infer_task(labels, column="label").task == "classify"
