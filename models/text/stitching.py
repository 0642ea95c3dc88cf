"""Long recordings in overlapping windows: how to cut them, and to join what was heard.

Frames are joined at the middle of each overlap, where both windows know as much of what is
around. Texts are joined where only they are known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from kapre_like import _check
from kapre_like.models.text.transcript import Transcript, Word

# Two windows put the middle of a word that they share at most so far apart.
NEAR_SECONDS = 0.15


@dataclass(frozen=True)
class Window:
    """A window of a clip.

    Attributes:
        start, end: Samples of the clip.
        first, last: Frames of the window that count: those nearer to its middle than to that
            of a neighbor. `last` is `None` in the last window.
    """

    start: int
    end: int
    first: int = 0
    last: int | None = None


def cut_windows(
    samples: int, *, frame: Fraction, long: float, width: float, overlap: float
) -> list[Window]:
    """Returns the windows of a clip; a single one for a clip that is not long.

    Windows begin at frames of the whole clip, so that their frames have the same times.

    Args:
        samples: Int >= 0, of the clip.
        frame: Samples from one frame to the next.
        long: Samples above which a clip is cut.
        width: Samples of a window, about.
        overlap: Samples that neighbors share, about; the last two may share more.
    """
    if samples <= long:
        return [Window(0, samples)]
    # Frames that begin at a whole sample.
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
    """Returns the frames of a clip from those of its windows, `(frames, classes)` each."""
    if len(windows) == 1:
        return rows[0]
    parts = [row[w.first : w.last] for row, w in zip(rows, windows, strict=True)]
    return np.concatenate(parts)


def joined_transcripts(
    transcripts: Sequence[Transcript], spans: Sequence[tuple[float, float]]
) -> Transcript:
    """Returns the transcript of a recording from those of overlapping windows.

    Neighbors are joined at a word that both have heard at about the same time, the nearest to
    the middle of their overlap; if there is none, at that middle. Where log probabilities are
    known, `joined_frames` before decoding is better.

    Args:
        transcripts: Of the windows, with times in each window.
        spans: Seconds of the recording at which each window begins and ends, in order.

    Returns:
        Times are of the recording. The score is the sum of the windows'; the confidence is
        the mean of the words', or of the windows' if there is no word.

    Raises:
        ValueError: If there are no windows, or another number of spans.
    """
    if not transcripts or len(transcripts) != len(spans):
        rule = f"one for each of {len(transcripts)} transcripts, and one at least"
        _check.fail("joined_transcripts", "spans", rule, len(spans))
    words = [_moved(t.words, start) for t, (start, _) in zip(transcripts, spans, strict=True)]
    joined = words[0]
    for number in range(1, len(spans)):
        middle = (spans[number][0] + spans[number - 1][1]) / 2
        joined = _joined(joined, words[number], spans[number][0], middle)
    sure = [word.confidence for word in joined] or [t.confidence for t in transcripts]
    return Transcript(
        " ".join(word.text for word in joined), tuple(joined),
        sum(t.score for t in transcripts), float(np.mean(sure)),
    )  # fmt: skip


def _moved(words: Sequence[Word], by: float) -> list[Word]:
    return [
        Word(w.text, round(w.start + by, 6), round(w.end + by, 6), w.confidence) for w in words
    ]


def _joined(left: list[Word], right: list[Word], begin: float, middle: float) -> list[Word]:
    """Words of both; the overlap reaches from `begin` as far around `middle`."""
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
    """Whether two windows have heard the same word: nobody says it again so soon."""
    return one.text == other.text and abs(_center(one) - _center(other)) <= NEAR_SECONDS
