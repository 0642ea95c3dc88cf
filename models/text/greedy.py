"""Greedy decoding, and the transcript of an alignment of tokens to frames."""

from collections.abc import Sequence

import numpy as np

from kapre_like import _check
from kapre_like.models.text.collapse import Run, collapse, words_of
from kapre_like.models.text.transcript import Transcript, Word
from kapre_like.models.text.vocabulary import Vocabulary


def greedy(
    log_probabilities: np.ndarray, vocabulary: Vocabulary, *, frame_seconds: float
) -> Transcript:
    """Uses the most probable token of each frame, then merges repeats and removes blanks.

    Frames with a certain blank, such as those of padding, do not change the result.

    Args:
        log_probabilities: `(frames, tokens)`, natural logarithms, at most 0.
        vocabulary: See `Vocabulary`.
        frame_seconds: Float > 0, hop between frames in seconds.

    Raises:
        ValueError: If the shape does not match the vocabulary, or values are not logarithms of
            probabilities.
    """
    logs = checked("greedy", log_probabilities, vocabulary, frame_seconds)
    path = np.argmax(logs, axis=1)
    score = float(np.take_along_axis(logs, path[:, None], axis=1).sum())
    runs = collapse(path, vocabulary.blank)
    return transcript_of(runs, logs, vocabulary, frame_seconds=frame_seconds, score=score)


def checked(
    owner: str, log_probabilities: np.ndarray, vocabulary: Vocabulary, frame_seconds: float
) -> np.ndarray:
    """Returns log probabilities as float64, with `-inf` for ignored tokens.

    Raises:
        ValueError: See `greedy`.
    """
    _check.positive(owner, frame_seconds=frame_seconds)
    logs = np.array(log_probabilities, dtype=np.float64)
    if logs.ndim != 2 or logs.shape[1] != len(vocabulary):
        rule = f"of shape (frames, {len(vocabulary)}), a column per token"
        _check.fail(owner, "log_probabilities", rule, logs.shape)
    if np.isnan(logs).any():
        _check.fail(owner, "log_probabilities", "without NaN", "NaN")
    if logs.size and logs.max() > 1e-3:
        rule = "logarithms of probabilities, at most 0"
        _check.fail(
            owner, "log_probabilities", rule, float(logs.max()), "Apply log_softmax first."
        )
    logs[:, list(vocabulary.ignored)] = -np.inf
    return logs


def transcript_of(
    runs: Sequence[Run],
    logs: np.ndarray,
    vocabulary: Vocabulary,
    *,
    frame_seconds: float,
    score: float,
) -> Transcript:
    """Returns the transcript of aligned tokens.

    Args:
        runs: Runs of token numbers, without the blank, see `Run`.
        logs: `(frames, tokens)` log probabilities.
        vocabulary: See `Vocabulary`.
        frame_seconds: Float > 0, hop between frames in seconds.
        score: Nats, for `Transcript.score`.
    """
    named = [Run(vocabulary.tokens[run.token], run.start, run.end) for run in runs]
    by_run = {run.start: np.exp(logs[run.start : run.end, run.token]) for run in runs}
    words, frames = [], []
    for text, parts in words_of(named, vocabulary.mark):
        probabilities = np.concatenate([by_run[part.start] for part in parts])
        times = (parts[0].start * frame_seconds, parts[-1].end * frame_seconds)
        words.append(Word(text, *(round(t, 6) for t in times), float(probabilities.mean())))
        frames.append(probabilities)
    text = " ".join(word.text for word in words)
    confidence = np.concatenate(frames).mean() if frames else _silence(logs, vocabulary)
    return Transcript(text, tuple(words), score, min(float(confidence), 1.0))


def _silence(logs: np.ndarray, vocabulary: Vocabulary) -> float:
    """Returns the minimum probability of blank and space together; 1 without frames."""
    quiet = logs[:, vocabulary.blank]
    if vocabulary.space is not None:
        quiet = np.logaddexp(quiet, logs[:, vocabulary.space])
    return float(np.exp(quiet.min(initial=0.0)))
