"""The feature table of a data set: files read and described in parallel."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from kapre_like.audio.rows import Row, read_row, rows_of
from kapre_like.features.settings import resolve
from kapre_like.features.vector import clip_vector, names

if TYPE_CHECKING:
    import pandas as pd


def feature_table(
    table: "pd.DataFrame",
    features: Any = None,
    *,
    seconds: float | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[np.ndarray, list[str]]:
    """Reads every clip of a table and computes its row.

    Threads, not processes: reading, the FFT and sorting let go of Python's lock, nothing is
    pickled, and no library's own threads are forked. The result does not depend on `workers`.

    Args:
        table: As from `kapre_like.audio.read_dataset`: `path`, `start_s`, `end_s`, and
            optionally `channel`.
        features: A `ClipFeatures`, or a dict of its arguments. `None`: its defaults.
        seconds: Float > 0: only the middle `seconds` of each clip. `None`: all of it.
        workers: Int > 0, threads. `None`: one per core.
        progress: Called with (clips done, clips in all) after each.

    Returns:
        float32 `(clips, features)` and the names of the columns.

    Raises:
        ValueError: `PATH: reason. Fix.` for a bad file; `kapre_like.audio.scan` finds them
            before. Bad settings.
    """
    settings = features if isinstance(features, dict) else {}
    if features is not None and not isinstance(features, dict):
        settings = features.get_params()
    analysis = resolve(**settings)

    def row(clip: Row) -> np.ndarray:
        waveform = read_row(clip, sample_rate=analysis.sample_rate, seconds=seconds)
        return clip_vector(waveform, analysis)

    clips = rows_of(table)
    columns = list(names(analysis))
    if not clips:
        return np.empty((0, len(columns)), np.float32), columns
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        rows = []
        for vector in pool.map(row, clips):
            rows.append(vector)
            if progress is not None:
                progress(len(rows), len(clips))
    return np.stack(rows), columns
