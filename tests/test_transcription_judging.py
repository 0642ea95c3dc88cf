"""Evaluation of a network after each epoch, and the choice of the best one."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from kapre_like.models.text import Vocabulary
from kapre_like.models.training.loop import Progress, _add_metrics, diverged
from kapre_like.models.training.transcription.judging import Judge, text_loss

VOCABULARY = Vocabulary(("<blank>", " ", "a", "b"))
TEXTS = ["a b", "b", "ab"]


def network():
    """Takes logits as samples: four to a frame."""
    waveform = keras.Input((None,), name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    x = keras.layers.Reshape((-1, 4))(waveform)
    x = keras.layers.Activation("log_softmax")(x)
    return keras.Model([waveform, length], x)


def samples_of(path):
    return (6.0 * np.eye(4)[path]).ravel()


class Batches:
    """A pipeline of three clips in two batches."""

    def __init__(self, paths):
        self._waveforms = [samples_of(path).astype("float32") for path in paths]

    def epoch(self, epoch):
        assert epoch == 0
        targets = np.array([[2, 1, 3], [3, -1, -1], [2, 3, -1]], "int32")

        def clips():
            for rows in (slice(0, 2), slice(2, 3)):
                x = np.stack(self._waveforms[rows])
                yield (x, np.full(len(x), x.shape[1], "int32")), targets[rows]

        first, label = (tf.TensorSpec((None, None), tf.float32), tf.TensorSpec(None, tf.int32))
        spec = ((first, label), tf.TensorSpec((None, 3), tf.int32))
        return tf.data.Dataset.from_generator(clips, output_signature=spec)


RIGHT = [[2, 0, 1, 3, 0], [0, 3, 3, 3, 0], [2, 0, 3, 3, 0]]
SILENT = [[0] * 5] * 3


def test_words_and_loss_of_all_validation_clips_are_counted_together():
    wrong = [RIGHT[0], [2, 2, 2, 2, 2], RIGHT[2]]
    judge, model = Judge(Batches(wrong), TEXTS, VOCABULARY), network()
    found = judge(model)
    assert judge.texts == ["a b", "a", "ab"]
    assert found["valid_wer"] == pytest.approx(1 / 4)
    assert found["valid_cer"] == pytest.approx(1 / 6)
    rows = [
        keras.ops.convert_to_numpy(model([samples_of(path)[None], np.array([20])]))
        for path in wrong
    ]
    targets = [[[2, 1, 3]], [[3]], [[2, 3]]]
    each = [float(text_loss(0)(np.array(t), r)) for t, r in zip(targets, rows, strict=True)]
    assert found["valid_loss"] == pytest.approx(np.mean(each), rel=1e-5)


def test_three_examples_follow_the_line_of_an_epoch():
    judge = Judge(Batches(RIGHT), TEXTS, VOCABULARY)
    judge(network())
    lines = judge.remark(Progress()).split("\n")
    assert lines[0] == ""
    assert [line.strip() for line in lines[1:]] == [
        "'a b' transcribed as 'a b'", "'b' transcribed as 'b'", "'ab' transcribed as 'ab'",
    ]  # fmt: skip


def test_a_network_that_writes_nothing_is_silent():
    judge = Judge(Batches(SILENT), TEXTS, VOCABULARY)
    assert judge(network())["valid_wer"] == 1.0
    assert judge.texts == [""] * 3


def test_the_epoch_with_fewest_wrong_characters_is_best_and_of_equals_that_with_less_loss():
    progress = Progress()
    figures = [(0.5, 3.0), (0.2, 2.0), (0.2, 1.5), (0.2, 1.7), (0.3, 0.1), (0.1, 4.0)]
    best = [
        _add_metrics(progress, {"valid_cer": cer, "valid_loss": loss}, "valid_cer")
        for cer, loss in figures
    ]
    assert best == [True, True, True, False, False, True]
    assert progress.best_epoch == 6


@pytest.mark.parametrize(("loss", "wrong"), [(1.0, False), (math.nan, True), (math.inf, True)])
def test_a_loss_that_is_no_number_ends_a_training(loss, wrong):
    assert diverged(Progress(history={"train_loss": [2.0, loss]})) is wrong
