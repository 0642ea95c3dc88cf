"""Long recordings in overlapping windows of sound, so that memory does not grow with length.

The windows of `backbone/windows.py` are inside the network and limit its attention alone. These
are outside: the network never sees more than one window, and hears each as a clip of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from kapre_like.models.wav2vec2.backbone.frame_times import FrameClock

# Seconds above which a clip is cut; of a window; and that neighbors share. A base network takes
# about 1 GB for 20 s, and has learned from clips of at most so much.
LONG_SECONDS = 30.0
WINDOW_SECONDS = 20.0
OVERLAP_SECONDS = 4.0


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


def windows_of(samples: int, clock: FrameClock) -> list[Window]:
    """Returns the windows of a clip; a single one for a clip that is not long.

    Windows begin at frames of the whole clip, so that their frames have the same times.

    Args:
        samples: Int >= 0, of the clip.
        clock: See `FrameClock`.
    """
    rate = clock.sample_rate
    if clock.most is not None:
        samples = min(samples, -(-clock.most * rate // clock.rate))
    if samples <= LONG_SECONDS * rate:
        return [Window(0, samples)]
    frame = Fraction(clock.seconds * rate).limit_denominator(1000)
    # Frames that begin at a whole sample.
    unit = frame.numerator
    width = max(1, round(WINDOW_SECONDS * rate / unit)) * unit
    hop = max(1, round((WINDOW_SECONDS - OVERLAP_SECONDS) * rate / unit)) * unit
    final = -(-(samples - width) // unit) * unit
    starts = [*range(0, final, hop), final]
    ends = [*(start + width for start in starts[:-1]), samples]
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


def mean_answer(rows: Sequence[np.ndarray], windows: Sequence[Window]) -> np.ndarray:
    """Returns the mean of the windows' probabilities or scores, by their lengths."""
    if len(windows) == 1:
        return rows[0]
    return np.average(np.stack(rows), axis=0, weights=[w.end - w.start for w in windows])
