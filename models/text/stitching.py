"""Cuts long recordings into overlapping windows, and joins the windows' results.

Frames are joined at the middle of each overlap, where both windows have equal context.
Transcripts are joined if only they are available.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from kapre_like import _check
from kapre_like.models.text.transcript import Transcript, Word

# Maximum difference between two windows' times for the middle of the same word.
NEAR_SECONDS = 0.15


@dataclass(frozen=True)
class Window:
    """A window of a clip.

    Attributes:
        start, end: First sample in the clip, and the sample after the last one.
        first, last: First frame of the window to keep, and the frame after the last one. Kept
            frames are nearer to the middle of this window than to that of a neighbor. `last`
            is `None` in the last window.
    """

    start: int
    end: int
    first: int = 0
    last: int | None = None


def cut_windows(
    samples: int, *, frame: Fraction, long: float, width: float, overlap: float
) -> list[Window]:
    """Returns the windows of a clip; a single window for a clip that is not long.

    Windows start at frames of the whole clip, so their frames have the same times.

    Args:
        samples: Int >= 0, length of the clip.
        frame: Hop length of the network's output in samples.
        long: Clips with more samples than this are cut.
        width: Approximate length of a window in samples.
        overlap: Approximate overlap of windows in samples. The last two may overlap more.
    """
    if samples <= long:
        return [Window(0, samples)]
    # The number of samples after which a frame starts at a whole sample again.
    unit = frame.numerator
    length = max(1, round(width / unit)) * unit
    hop = max(1, round((width - overlap) / unit)) * unit
    final = -(-(samples - length) // unit) * unit
    starts = [*range(0, final, hop), final]
    ends = [*(start + length for start in starts[:-1]), samples]
    middles = [(a + b) // 2 for a, b in zip(starts[1:], ends[:-1], strict=True)]
    cuts = [round(middle / frame) for middle in middles]
    offsets = [round(start / frame) for start in starts]
    firsts = [cut - offset for cut, offset in zip([0, *cuts], offsets, strict=True)]
    lasts = [cut - offset for cut, offset in zip(cuts, offsets[:-1], strict=True)]
    return [Window(*row) for row in zip(starts, ends, firsts, [*lasts, None], strict=True)]


def joined_frames(rows: Sequence[np.ndarray], windows: Sequence[Window]) -> np.ndarray:
    """Joins the frames of the windows of a clip, `(frames, classes)` each."""
    if len(windows) == 1:
        return rows[0]
    parts = [row[w.first : w.last] for row, w in zip(rows, windows, strict=True)]
    return np.concatenate(parts)


def joined_transcripts(
    transcripts: Sequence[Transcript], spans: Sequence[tuple[float, float]]
) -> Transcript:
    """Joins the transcripts of overlapping windows of a recording.

    Neighboring windows are joined at a word that both have at about the same time. Of several
    such words, the one nearest to the middle of the overlap is used. Without such a word, they
    are joined at that middle. If log probabilities are available, use `joined_frames` before
    decoding instead, which is more accurate.

    Args:
        transcripts: Transcripts of the windows, with times relative to the window.
        spans: Start and end of each window in the recording in seconds, in order.

    Returns:
        The transcript, with times in the recording. The score is the sum over the windows. The
        confidence is the mean over the words, or over the windows if there are no words.

    Raises:
        ValueError: If there are no windows, or another number of spans.
    """
    if not transcripts or len(transcripts) != len(spans):
        rule = f"one for each of {len(transcripts)} transcripts, and at least one"
        _check.fail("joined_transcripts", "spans", rule, len(spans))
    words = [_moved(t.words, start) for t, (start, _) in zip(transcripts, spans, strict=True)]
    joined = words[0]
    for number in range(1, len(spans)):
        middle = (spans[number][0] + spans[number - 1][1]) / 2
        joined = _joined(joined, words[number], spans[number][0], middle)
    confidences = [word.confidence for word in joined] or [t.confidence for t in transcripts]
    return Transcript(
        " ".join(word.text for word in joined), tuple(joined),
        sum(t.score for t in transcripts), float(np.mean(confidences)),
    )  # fmt: skip


def _moved(words: Sequence[Word], by: float) -> list[Word]:
    return [
        Word(w.text, round(w.start + by, 6), round(w.end + by, 6), w.confidence) for w in words
    ]


def _joined(left: list[Word], right: list[Word], begin: float, middle: float) -> list[Word]:
    """Joins the words of two windows, whose overlap starts at `begin` and has this middle."""
    end = 2 * middle - begin
    pairs = [
        (i, j)
        for i, word in enumerate(left)
        if word.end > begin
        for j, other in enumerate(right)
        if other.start < end and _same(word, other)
    ]
    if pairs:
        i, j = min(pairs, key=lambda pair: abs(_center(left[pair[0]]) - middle))
        return [*left[: i + 1], *right[j + 1 :]]
    return [
        *(word for word in left if _center(word) < middle),
        *(word for word in right if _center(word) >= middle),
    ]


def _center(word: Word) -> float:
    return (word.start + word.end) / 2


def _same(one: Word, other: Word) -> bool:
    """Returns whether two windows have the same word. Nobody repeats a word so soon."""
    return one.text == other.text and abs(_center(one) - _center(other)) <= NEAR_SECONDS
