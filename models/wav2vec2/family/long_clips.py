"""Cuts long recordings into overlapping windows, so that memory does not grow with length.

The windows of `backbone/windows.py` are inside the network, and limit its attention only. The
windows in this module are outside: the network processes each of them as a clip.
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from kapre_like.models.text.stitching import Window, cut_windows
from kapre_like.models.wav2vec2.backbone.frame_times import FrameClock

# Clips above LONG_SECONDS are cut into windows of WINDOW_SECONDS, which overlap by
# OVERLAP_SECONDS. A base network needs about 1 GB for 20 s, and was trained on clips of at most
# this length.
LONG_SECONDS = 30.0
WINDOW_SECONDS = 20.0
OVERLAP_SECONDS = 4.0


def windows_of(samples: int, clock: FrameClock) -> list[Window]:
    """Returns the windows of a clip. A clip that is not long has a single window.

    Windows start at frames of the whole clip, so that their frames have the same times.

    Args:
        samples: Int >= 0, samples of the clip.
        clock: See `FrameClock`.
    """
    rate = clock.sample_rate
    if clock.max_samples is not None:
        samples = min(samples, -(-clock.max_samples * rate // clock.rate))
    return cut_windows(
        samples,
        frame=Fraction(clock.seconds * rate).limit_denominator(1000),
        long=LONG_SECONDS * rate,
        width=WINDOW_SECONDS * rate,
        overlap=OVERLAP_SECONDS * rate,
    )


def mean_answer(rows: Sequence[np.ndarray], windows: Sequence[Window]) -> np.ndarray:
    """Returns the mean of the windows' probabilities or scores, weighted by their lengths."""
    if len(windows) == 1:
        return rows[0]
    return np.average(np.stack(rows), axis=0, weights=[w.end - w.start for w in windows])
