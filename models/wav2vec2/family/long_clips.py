"""Long recordings in overlapping windows of sound, so that memory does not grow with length.

The windows of `backbone/windows.py` are inside the network and limit its attention alone. These
are outside: the network never sees more than one window, and hears each as a clip of its own.
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from kapre_like.models.text.stitching import Window, cut_windows
from kapre_like.models.wav2vec2.backbone.frame_times import FrameClock

# Seconds above which a clip is cut; of a window; and that neighbors share. A base network takes
# about 1 GB for 20 s, and has learned from clips of at most so much.
LONG_SECONDS = 30.0
WINDOW_SECONDS = 20.0
OVERLAP_SECONDS = 4.0


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
    return cut_windows(
        samples,
        frame=Fraction(clock.seconds * rate).limit_denominator(1000),
        long=LONG_SECONDS * rate,
        width=WINDOW_SECONDS * rate,
        overlap=OVERLAP_SECONDS * rate,
    )


def mean_answer(rows: Sequence[np.ndarray], windows: Sequence[Window]) -> np.ndarray:
    """Returns the mean of the windows' probabilities or scores, by their lengths."""
    if len(windows) == 1:
        return rows[0]
    return np.average(np.stack(rows), axis=0, weights=[w.end - w.start for w in windows])
