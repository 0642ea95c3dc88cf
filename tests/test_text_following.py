"""Words that come chunk by chunk are those of the whole, at any sizes of chunks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_cases import ENGLISH, log_softmax, peaks, random_logs

from kapre_like.models.text import Vocabulary, greedy
from kapre_like.models.text.following import Following


def followed(logs, vocabulary, sizes):
    """The words of all chunks, and after which chunk each came."""
    following, words, start = Following(vocabulary, frame_seconds=0.02), [], 0
    for size in sizes:
        words += following.push(logs[start : start + size])
        start += size
    words += following.push(logs[start:])
    return words + following.finish()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 7), max_size=12))
def test_words_do_not_depend_on_the_chunks(seed, sizes):
    vocabulary = Vocabulary(("<blank>", " ", "a", "b"))
    logs = random_logs(40, 4, seed)
    expected = greedy(logs, vocabulary, frame_seconds=0.02).words
    found = followed(logs, vocabulary, sizes)
    assert [(w.text, w.start, w.end) for w in found] == [
        (w.text, w.start, w.end) for w in expected
    ]
    confidences = [w.confidence for w in found]
    assert confidences == pytest.approx([w.confidence for w in expected])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 7), max_size=12))
def test_subwords_too(seed, sizes):
    vocabulary = Vocabulary(("<blank>", "▁", "▁a", "b", "▁b"), kind="subwords")
    logs = random_logs(40, 5, seed)
    expected = greedy(logs, vocabulary, frame_seconds=0.02)
    found = [(w.text, w.start, w.end) for w in followed(logs, vocabulary, sizes)]
    assert found == [(w.text, w.start, w.end) for w in expected.words]


def test_a_word_is_returned_with_the_space_after_it():
    path = [ENGLISH.tokens.index(c) for c in "on it"]
    following = Following(ENGLISH, frame_seconds=0.02)
    logs = log_softmax(peaks(path, len(ENGLISH)))
    assert following.push(logs[:2]) == []
    [word] = following.push(logs[2:3])
    assert (word.text, word.start, word.end) == ("on", 0.0, 0.04)
    assert following.push(logs[3:]) == []
    assert [word.text for word in following.finish()] == ["it"]


def test_what_is_kept_does_not_grow():
    following = Following(ENGLISH, frame_seconds=0.02)
    path = [ENGLISH.tokens.index(c) for c in "a b " * 500]
    logs = peaks(path, len(ENGLISH))
    for start in range(0, len(logs), 10):
        following.push(logs[start : start + 10])
        assert len(following._runs) <= 3


def test_ignored_tokens_are_never_in_the_text():
    vocabulary = Vocabulary(("<blank>", " ", "a", "<unk>"), ignored=(3,))
    logs = np.log(np.array([[0.05, 0.05, 0.2, 0.7]] * 3))
    assert [word.text for word in followed(logs, vocabulary, [1, 1])] == ["a"]
