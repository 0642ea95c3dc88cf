"""Errors, subtitles, and windows of long recordings put together."""

import itertools
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_cases import ENGLISH, speech

from kapre_like.models.text import (
    Errors,
    Transcript,
    Word,
    alignment,
    ctm,
    errors,
    greedy,
    joined_frames,
    joined_transcripts,
    srt,
    vtt,
)
from kapre_like.models.text.stitching import Window, cut_windows
from kapre_like.models.text.subtitles import cues


def spoken(*rows):
    """A transcript of rows of text, start and end."""
    words = tuple(Word(text, start, end, 0.9) for text, start, end in rows)
    return Transcript(" ".join(w.text for w in words), words, -1.0, 0.9)


@pytest.mark.parametrize(
    ("truth", "guess", "want"),
    [
        ("a b c", "a b c", Errors(3, 0, 0, 0, 5, 0)),
        ("the cat sat", "the bat", Errors(3, 1, 1, 0, 11, 5)),
        ("a", "a b c", Errors(1, 0, 0, 2, 1, 4)),
        ("", "so  what", Errors(0, 0, 0, 2, 0, 7)),
        ("so what", "", Errors(2, 0, 2, 0, 7, 7)),
        ("", "", Errors()),
    ],
)
def test_errors_are_counted(truth, guess, want):
    assert errors(truth, guess) == want


def test_errors_add_up_to_rates():
    both = errors("one two three", "one too") + errors("four", "four five")
    assert both == Errors(4, 1, 1, 1, 17, both.letter_errors)
    assert both.word_errors == 3
    assert both.wer == 3 / 4
    assert both.cer == both.letter_errors / 17
    assert errors("", "").wer == 0
    assert errors("", "x").wer == errors("", "x").cer == float("inf")


def test_an_alignment_marks_each_word():
    rows = alignment("the cat sat down now", "a cat down now there")
    assert rows == [
        ("substitute", "the", "a"), ("equal", "cat", "cat"), ("delete", "sat", ""),
        ("equal", "down now", "down now"), ("insert", "", "there"),
    ]  # fmt: skip
    assert alignment("", "a b") == [("insert", "", "a b")]
    assert alignment("a", "") == [("delete", "a", "")]
    assert alignment("", "") == []


def test_errors_need_texts_and_their_package(monkeypatch):
    with pytest.raises(ValueError, match="errors: `hypothesis` must be a text"):
        errors("a", None)
    monkeypatch.setitem(sys.modules, "jiwer", None)
    with pytest.raises(ImportError, match=r"pip install 'kapre-like\[text\]'"):
        errors("a", "b")


def test_subtitles_have_their_forms():
    guess = spoken(("hello", 0.0, 0.5), ("<you>", 0.6, 1.0), ("later", 3600.5, 3661.0016))
    assert srt(guess) == (
        "1\n00:00:00,000 --> 00:00:01,000\nhello <you>\n\n"
        "2\n01:00:00,500 --> 01:01:01,002\nlater\n\n"
    )
    assert vtt(guess) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nhello &lt;you&gt;\n\n"
        "01:00:00.500 --> 01:01:01.002\nlater\n\n"
    )
    assert ctm(guess, "a").splitlines()[1] == "a 1 0.600 0.400 <you> 0.900"
    assert (srt(spoken()), vtt(spoken()), ctm(spoken())) == (
        "",
        "WEBVTT\n\n",
        "",
    )
    with pytest.raises(ValueError, match="ctm: `name` must be a text without white space"):
        ctm(guess, "a b")


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.floats(0.01, 3), st.sampled_from([0, 0.1, 0.79, 0.9])),
        max_size=60,
    )
)
def test_cues_are_short_and_hold_every_word_once(rows):
    words, t = [], 0.0
    for length, seconds, pause in rows:
        words.append(("x" * length, t + pause, t + pause + seconds))
        t += pause + seconds
    found = cues(spoken(*words))
    assert " ".join(line for cue in found for line in cue.lines) == spoken(*words).text
    for cue in found:
        assert 1 <= len(cue.lines) <= 2
        assert all(len(line) <= 42 or " " not in line for line in cue.lines)
        alone = len(cue.lines) == 1 and " " not in cue.lines[0]
        assert alone or cue.end - cue.start <= 7.0
    assert all(a.end <= b.start + 1e-9 for a, b in itertools.pairwise(found))


def test_cues_break_at_pauses_lines_and_time():
    assert len(cues(spoken(("a", 0, 1), ("b", 1.79, 2)))) == 1
    assert len(cues(spoken(("a", 0, 1), ("b", 1.8, 2)))) == 2
    assert len(cues(spoken(("a", 0, 1), ("b", 1, 7)))) == 1
    assert len(cues(spoken(("a", 0, 1), ("b", 1, 7.01)))) == 2
    row = [("x" * 21, 0.1 * i, 0.1 * i + 0.1) for i in range(5)]
    assert [len(cue.lines) for cue in cues(spoken(*row))] == [2, 2, 1]
    exact = spoken(("x" * 20, 0, 1), ("y" * 21, 1, 2), ("z", 2, 3))
    assert cues(exact)[0].lines == (f"{'x' * 20} {'y' * 21}", "z")


def test_frames_of_windows_give_the_text_of_the_whole_clip():
    logs, truth, _ = speech(1000, noise=1.0, seed=4)
    windows = cut_windows(
        1000 * 320, frame=Fraction(320), long=400 * 320, width=300 * 320, overlap=80 * 320
    )
    assert len(windows) > 3
    rows = [logs[w.start // 320 : -(-w.end // 320)].copy() for w in windows]
    for row, w in zip(rows, windows, strict=True):
        # The text at the edges of a window is wrong.
        row[: 10 if w.first else 0] = row[len(row) - (10 if w.last else 0) :] = np.log(1 / 29)
    joined = joined_frames(rows, windows)
    np.testing.assert_array_equal(joined, logs)
    assert greedy(joined, ENGLISH, frame_seconds=0.02).text == truth


def test_a_short_clip_is_one_window():
    options = {"frame": Fraction(160), "long": 1600, "width": 800, "overlap": 320}
    assert cut_windows(1600, **options) == [Window(0, 1600)]
    assert len(cut_windows(1601, **options)) > 1
    row = np.zeros((3, 2))
    assert joined_frames([row], [Window(0, 1600)]) is row


def test_transcripts_of_windows_double_and_lose_no_word():
    left = spoken(("one", 0, 0.5), ("two", 1, 1.5), ("three", 7.2, 7.6), ("four", 8.0, 8.6))
    # Its own times, of a window that begins at 6 s; "for" is what it heard of no word.
    right = spoken(("three", 1.25, 1.6), ("four", 2.05, 2.6), ("five", 4, 5))
    joined = joined_transcripts([left, right], [(0, 10), (6, 16)])
    assert joined.text == "one two three four five"
    assert [w.start for w in joined.words] == [0, 1, 7.2, 8.0, 10]
    assert joined.score == -2.0
    assert joined.confidence == pytest.approx(0.9)


def test_windows_without_common_words_are_joined_at_the_middle():
    left = spoken(("one", 0, 0.5), ("too", 7.0, 7.4), ("wrong", 9.5, 10))
    right = spoken(("wreck", 0, 0.4), ("four", 2.5, 3), ("one", 5, 6))
    joined = joined_transcripts([left, right], [(0, 10), (6, 16)])
    assert joined.text == "one too four one"
    # The same word at another time is another word.
    left, right = spoken(("no", 6.1, 6.4)), spoken(("no", 3.4, 3.8))
    assert joined_transcripts([left, right], [(0, 10), (6, 16)]).text == "no no"
    silent = joined_transcripts([spoken(), spoken()], [(0, 10), (6, 16)])
    assert (silent.text, silent.words) == ("", ())
    with pytest.raises(ValueError, match="joined_transcripts: `spans` must be one for each"):
        joined_transcripts([left], [])


@given(st.integers(0, 1000), st.floats(2.0, 5.0))
def test_any_cut_of_a_recording_joins_to_all_of_its_words(seed, overlap):
    rng = np.random.default_rng(seed)
    starts = np.cumsum(rng.uniform(0.3, 1.0, 40))
    words = [(f"w{rng.integers(4)}", t, t + 0.25) for t in starts]
    spans, begin = [], 0.0
    while begin < starts[-1]:
        spans.append((begin, begin + 10))
        begin += 10 - overlap
    parts = [
        spoken(*((w, a - s, b - s) for w, a, b in words if a >= s and b <= e)) for s, e in spans
    ]
    joined = joined_transcripts(parts, spans)
    assert joined.text == " ".join(w for w, _, _ in words)
    np.testing.assert_allclose([w.start for w in joined.words], starts, atol=1e-5)
