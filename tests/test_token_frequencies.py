"""The output layer of a network for text starts with the frequencies of the tokens."""

import keras
import numpy as np
import pandas as pd
import pytest
from tolerances import FLOAT32

from kapre_like.models.artifact.registry import find
from kapre_like.models.text import Vocabulary
from kapre_like.models.training.transcription.token_frequencies import (
    entropy,
    log_frequencies,
)

TARGETS = np.array([[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, -1]])


def test_entropy_is_that_of_the_tokens_without_padding():
    assert entropy(TARGETS[:2]) == pytest.approx(np.log(4))
    shares = np.array([3, 3, 3, 2]) / 11
    assert entropy(TARGETS) == pytest.approx(-(shares * np.log(shares)).sum())
    assert entropy(np.full((2, 3), -1)) == 0.0


def test_each_token_has_one_frame_and_the_blank_has_the_rest():
    found = log_frequencies(TARGETS, frames=100, n_tokens=6, blank=0)
    # Token 5 does not occur, and counts once.
    np.testing.assert_allclose(np.exp(found), np.array([89, 3, 3, 3, 2, 1]) / 101, rtol=FLOAT32)
    assert found.dtype == np.float32


def test_texts_that_are_longer_than_the_sound_leave_one_frame_for_the_blank():
    found = log_frequencies(TARGETS, frames=5, n_tokens=5, blank=0)
    np.testing.assert_allclose(np.exp(found), np.array([1, 3, 3, 3, 2]) / 12, rtol=FLOAT32)


@pytest.mark.parametrize("name", ["deepspeech2", "conformer"])
def test_an_untrained_network_outputs_the_frequencies(name):
    cls, texts = find(name), ["abab ba", "b"]
    vocabulary = Vocabulary.learned(texts)
    settings = cls.Settings(n_mels=16)
    recipe = {"sample_rate": 8000, "seed": 0}
    network = cls.network_of(settings, vocabulary, recipe)
    train = pd.DataFrame({"label": texts, "duration_s": [0.5, 0.3]})
    cls.start(network, train, vocabulary, recipe=recipe, settings=settings)
    noise = np.random.default_rng(0).normal(size=(1, 4000)).astype("float32")
    (rows,) = keras.ops.convert_to_numpy(network([noise, np.array([4000], "int32")]))
    # 26 frames of 20 ms, and 16: 34 blanks, 4 times b, 3 times a, 1 space.
    frames = {token: n for n, token in enumerate(vocabulary.tokens)}
    expected = np.zeros(len(frames))
    expected[vocabulary.blank] = 34
    for token, count in (("a", 3), ("b", 4), (" ", 1)):
        expected[frames[token]] = count
    np.testing.assert_allclose(np.exp(rows).mean(axis=0), expected / 42, atol=0.05)
    assert np.exp(rows).std(axis=0).max() < 0.05
