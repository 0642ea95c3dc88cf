"""Timing features: pauses, pace and syllable-like bursts, which reflect fluency.

A frame is sounding if its energy is within 30 dB of the loudest frame. The active part lasts
from the first to the last sounding frame; gaps of 0.1 s and more in it are pauses. A burst is a
frame that is louder than all others within 60 ms, with a dip of 2 dB or more on both sides. It
is roughly a syllable's nucleus, found without a transcript.

Sources: N. H. de Jong and T. Wempe, Praat script to detect syllable nuclei and measure speech
rate automatically, 2009 (peaks of intensity with 2 dB dips; here with a fixed neighborhood).
"""

import numpy as np

SOUNDING_DB = 30.0
_PAUSE_S = 0.1
_NEAR_S = 0.06
_DIP_DB = 2.0

NAMES = (
    "timing_active_s",
    "timing_before_s",
    "timing_after_s",
    "timing_sounding_share",
    "timing_pauses",
    "timing_pauses_hz",
    "timing_pause_mean_s",
    "timing_pause_longest_s",
    "timing_run_mean_s",
    "timing_run_longest_s",
    "timing_bursts",
    "timing_bursts_hz",
    "timing_bursts_sounding_hz",
)


def active_part(energy_db: np.ndarray, below_db: float = SOUNDING_DB) -> tuple[int, int]:
    """Returns the first sounding frame and the frame after the last. Never empty."""
    sounding = np.flatnonzero(energy_db > energy_db.max() - below_db)
    return int(sounding[0]), int(sounding[-1]) + 1


def _runs(flags: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the lengths in frames of the runs of True, and of the runs of False."""
    changes = np.flatnonzero(np.diff(flags.astype(np.int8))) + 1
    edges = np.concatenate([[0], changes, [len(flags)]])
    lengths, first = np.diff(edges), int(not flags[0])
    return lengths[first::2], lengths[1 - first :: 2]


def _extremes(extreme: np.ufunc, values: np.ndarray, width: int) -> np.ndarray:
    """Returns the maximum or minimum of each `width` consecutive values, by doubling."""
    span = 1
    while 2 * span <= width:
        values = extreme(values[:-span], values[span:])
        span *= 2
    rest = width - span
    return extreme(values[:-rest], values[rest:]) if rest else values


def _bursts(energy_db: np.ndarray, frame_s: float) -> int:
    """Counts the local peaks of the smoothed energy, with silence outside the clip."""
    # `np.pad` takes ten times as long.
    repeated = np.concatenate([energy_db[:1], energy_db, energy_db[-1:]])
    smooth = np.convolve(repeated, np.ones(3) / 3, mode="valid")
    near, frames = max(1, round(_NEAR_S / frame_s)), len(smooth)
    outside = np.full(near, -np.inf)
    padded = np.concatenate([outside, smooth, outside])
    highest, lowest = (_extremes(e, padded, near) for e in (np.maximum, np.minimum))
    # The comparison is strict on one side only, so that a plateau counts once.
    peaks = (smooth > highest[:frames]) & (smooth >= highest[near + 1 :])
    dips = smooth - np.maximum(lowest[:frames], lowest[near + 1 :])
    return int((peaks & (dips >= _DIP_DB) & (smooth > smooth.max() - SOUNDING_DB)).sum())


def describe_timing(energy_db: np.ndarray, frame_s: float) -> np.ndarray:
    """Computes the values of `NAMES`.

    Args:
        energy_db: `(frames,)`, dB relative to the loudest frame.
        frame_s: Float > 0, seconds from frame to frame.

    Returns:
        `(13,)`, finite. Names that end in `_s` are seconds. Names that end in `_hz` are counts
        per second of the active part, or of sounding frames for `..._sounding_hz`.
    """
    begin, end = active_part(energy_db)
    sounding = energy_db[begin:end] > energy_db.max() - SOUNDING_DB
    runs, gaps = _runs(sounding)
    pauses = gaps[gaps * frame_s >= _PAUSE_S - 1e-9] * frame_s
    active_s, sounding_s = (end - begin) * frame_s, sounding.sum() * frame_s
    bursts = _bursts(energy_db, frame_s)
    return np.array(
        [
            active_s,
            begin * frame_s,
            (len(energy_db) - end) * frame_s,
            sounding.mean(),
            len(pauses),
            len(pauses) / active_s,
            pauses.mean() if len(pauses) else 0.0,
            pauses.max() if len(pauses) else 0.0,
            runs.mean() * frame_s,
            runs.max() * frame_s,
            bursts,
            bursts / active_s,
            bursts / sounding_s,
        ]
    )
