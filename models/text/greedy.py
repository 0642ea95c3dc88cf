"""Each frame's likeliest token, and a transcript from an alignment of tokens to frames."""

from collections.abc import Sequence

import numpy as np

from kapre_like import _check
from kapre_like.models.text.collapse import Run, collapse, words_of
from kapre_like.models.text.transcript import Transcript, Word
from kapre_like.models.text.vocabulary import Vocabulary


def greedy(
    log_probabilities: np.ndarray, vocabulary: Vocabulary, *, frame_seconds: float
) -> Transcript:
    """Takes each frame's likeliest token, drops repeats and blanks, and reads words.

    Frames whose blank is certain, as those of padding, change nothing.

    Args:
        log_probabilities: `(frames, tokens)`, natural logarithms, at most 0.
        vocabulary: See `Vocabulary`.
        frame_seconds: Float > 0, from one frame to the next.

    Raises:
        ValueError: If the shape is not that of the vocabulary, or values are no logarithms of
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
    """Returns log probabilities as float64, those of ignored tokens as `-inf`.

    Raises:
        ValueError: As `greedy` says.
    """
    _check.positive(owner, frame_seconds=frame_seconds)
    logs = np.array(log_probabilities, dtype=np.float64)
    if logs.ndim != 2 or logs.shape[1] != len(vocabulary):
        rule = f"of shape (frames, {len(vocabulary)}), the vocabulary's tokens"
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
        runs: Of token numbers, without the blank, see `Run`.
        logs: `(frames, tokens)` log probabilities.
        vocabulary: See `Vocabulary`.
        frame_seconds: Float > 0.
        score: Nats, for `Transcript.score`.
    """
    named = [Run(vocabulary.tokens[run.token], run.start, run.end) for run in runs]
    heard = {run.start: np.exp(logs[run.start : run.end, run.token]) for run in runs}
    words, frames = [], []
    for text, parts in words_of(named, vocabulary.mark):
        own = np.concatenate([heard[part.start] for part in parts])
        times = (parts[0].start * frame_seconds, parts[-1].end * frame_seconds)
        words.append(Word(text, *(round(t, 6) for t in times), float(own.mean())))
        frames.append(own)
    text = " ".join(word.text for word in words)
    sure = np.concatenate(frames).mean() if frames else _silence(logs, vocabulary)
    return Transcript(text, tuple(words), score, min(float(sure), 1.0))


def _silence(logs: np.ndarray, vocabulary: Vocabulary) -> float:
    """The least probability of blank and space together; 1 without frames."""
    quiet = logs[:, vocabulary.blank]
    if vocabulary.space is not None:
        quiet = np.logaddexp(quiet, logs[:, vocabulary.space])
    return float(np.exp(quiet.min(initial=0.0)))
