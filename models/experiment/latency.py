"""Measures the time per clip for reading it, and for computing its prediction.

Reading is decoding, mixing to mono and resampling. Computing is everything after that: length
rule, features or spectrogram, model. Both are medians over clips of the test set.
"""

import itertools
import statistics
import time
from typing import TYPE_CHECKING, Any

from kapre_like.audio.rows import Row, read_row, rows_of
from kapre_like.models.artifact.predictor import Predictor

if TYPE_CHECKING:
    import pandas as pd

# Enough for a stable median, and a slow model still takes only seconds.
_CLIPS = 40
_BATCH = 32
_BATCHES = 5
_WARM_UP = 5


def latency(model: Any, table: "pd.DataFrame") -> dict[str, dict[str, float]]:
    """Returns milliseconds per clip, alone and in batches of 32, split into read and compute.

    The first predictions are not measured, because they include tracing the network. A test
    set of fewer than 32 clips is repeated to fill a batch.

    Returns:
        `{"batch_1": {"read_ms", "compute_ms", "compute_p90_ms"}, "batch_32": {...}}`.
    """
    predictor = Predictor(model)
    step = max(1, len(table) // _CLIPS)
    rows = rows_of(table)[::step][:_CLIPS]
    for row in itertools.islice(itertools.cycle(rows), _WARM_UP):
        predictor.outputs([read_row(row, sample_rate=predictor.sample_rate)])
    alone = [_timed(predictor, [row]) for row in rows]
    endless = itertools.cycle(rows)
    batches = [list(itertools.islice(endless, _BATCH)) for _ in range(_BATCHES + 1)]
    # The first batch warms up the shapes of batches.
    together = [_timed(predictor, batch) for batch in batches][1:]
    return {"batch_1": _summary(alone, 1), "batch_32": _summary(together, _BATCH)}


def _timed(predictor: Predictor, rows: list[Row]) -> tuple[float, float]:
    """Seconds of reading these clips, and of computing their predictions at once."""
    began = time.perf_counter()
    waveforms = [read_row(row, sample_rate=predictor.sample_rate) for row in rows]
    read = time.perf_counter()
    predictor.outputs(waveforms)
    return read - began, time.perf_counter() - read


def _summary(times: list[tuple[float, float]], batch: int) -> dict[str, float]:
    read, compute = (
        [1e3 * seconds / batch for seconds in part] for part in zip(*times, strict=True)
    )
    p90 = sorted(compute)[min(len(compute) - 1, int(0.9 * len(compute)))]
    return {
        "read_ms": statistics.median(read),
        "compute_ms": statistics.median(compute),
        "compute_p90_ms": p90,
    }
