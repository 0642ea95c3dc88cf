"""Measures the speed of a trained model: latency per clip, throughput, and time for five files.

Reading is decoding, mixing to mono and resampling. Computing is everything after that: length
rule, features or spectrogram, model. `compute_ms` is the mean over test clips. So the time of a
thousand clips is a thousand times that, even if a model sends only some of them to a heavy
part. Percentiles describe the time of single clips.
"""

import itertools
import random
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from kapre_like.audio.rows import Row, read_row, rows_of
from kapre_like.models.artifact.machine import cores, peak_memory_mb
from kapre_like.models.artifact.predictor import Predictor
from kapre_like.models.experiment.energy import Meter

if TYPE_CHECKING:
    import pandas as pd

# The 99th percentile needs a hundred predictions. A slow model stops after `_SECONDS`, but not
# before `_MIN_PREDICTIONS`.
_PREDICTIONS = 100
_MIN_PREDICTIONS = 20
_SECONDS = 20.0
_BATCH = 32
_BATCHES = 5
_WARM_UP = 5
# Number of files that are predicted from a cold and from a warm start.
FILES = 5


class Throughput(NamedTuple):
    """Speed of many predictions.

    Attributes:
        clips_per_s: Float > 0, clips per second, including reading.
        joules_per_clip: Float, or `None` if the machine has no energy counters.
    """

    clips_per_s: float
    joules_per_clip: float | None


def measure(model: Any, table: "pd.DataFrame") -> dict[str, Any]:
    """Measures predictions of a trained model in this process.

    Returns:
        `latency_ms` as from `latency`, `five_files_warm_s`, `throughput_clips_per_s`,
        `joules_per_clip`, and `peak_memory_mb` before the measurement of the throughput.
    """
    found = {
        "latency_ms": latency(model, table),
        "five_files_warm_s": warm_seconds(model, table),
    }
    # Measured before several threads have batches in memory.
    found["peak_memory_mb"] = peak_memory_mb()
    speed = throughput(model, table)
    return {
        **found,
        "throughput_clips_per_s": speed.clips_per_s,
        "joules_per_clip": speed.joules_per_clip,
    }


def latency(model: Any, table: "pd.DataFrame") -> dict[str, dict[str, float]]:
    """Returns milliseconds per clip, alone and in batches of 32, split into read and compute.

    The first predictions are not measured, because they include tracing the network. Clips of a
    test set with fewer than 100 clips are repeated.

    Returns:
        `{"batch_1": {"read_ms", "compute_ms", "compute_p50_ms", "compute_p90_ms",
        "compute_p99_ms"}, "batch_32": {...}}`. `read_ms` is the median, `compute_ms` the mean.
    """
    predictor = Predictor(model)
    rows = _sampled(rows_of(table), _PREDICTIONS)
    for row in itertools.islice(itertools.cycle(rows), _WARM_UP):
        _timed(predictor, [row])
    batches = _batches(rows)
    _timed(predictor, next(batches))  # warms up the shapes of batches
    alone = _repeated(
        predictor, ([row] for row in itertools.cycle(rows)), _PREDICTIONS, _MIN_PREDICTIONS
    )
    together = _repeated(predictor, batches, _BATCHES, 1)
    return {"batch_1": _summary(alone, 1), "batch_32": _summary(together, _BATCH)}


def throughput(model: Any, table: "pd.DataFrame") -> Throughput:
    """Returns the predicted clips per second, in batches of 32 on all cores.

    There is one thread per core. Libraries that use all cores by themselves are often faster
    with one thread, so that is measured, too. The faster result is returned.
    """
    predictor = Predictor(model)
    batches = _batches(_sampled(rows_of(table), _BATCH * _BATCHES))
    first = _rate(predictor, [next(batches)], 1)
    if _BATCH / first.clips_per_s > _SECONDS / (2 * _BATCHES):
        return first  # `latency` has warmed up, and more batches would take minutes
    n = cores() * -(-_BATCHES // cores())  # the same number for each thread
    chosen = list(itertools.islice(batches, n))
    return max(_rate(predictor, chosen, threads) for threads in {1, cores()})


def warm_seconds(model: Any, table: "pd.DataFrame") -> float:
    """Returns the seconds for predicting five files with a loaded model; the median of 3."""
    predictor = Predictor(model)
    rows = list(itertools.islice(itertools.cycle(rows_of(table)), FILES))
    return statistics.median(sum(_timed(predictor, rows)) for _ in range(3))


def _sampled(rows: list[Row], max_rows: int) -> list[Row]:
    """Returns at most `max_rows` rows in a fixed random order.

    Neighboring rows are often of one class or speaker, and a slow model stops after a few rows.
    """
    return random.Random(0).sample(rows, min(max_rows, len(rows)))


def _batches(rows: list[Row]) -> Iterator[list[Row]]:
    """Yields batches endlessly, repeating the rows."""
    endless = itertools.cycle(rows)
    while True:
        yield list(itertools.islice(endless, _BATCH))


def _repeated(
    predictor: Predictor, batches: Iterator[list[Row]], max_batches: int, min_batches: int
) -> list[tuple[float, float]]:
    """Times `max_batches` batches. A slow model stops earlier, after `min_batches` at least."""
    began, times = time.perf_counter(), []
    for batch in itertools.islice(batches, max_batches):
        times.append(_timed(predictor, batch))
        if len(times) >= min_batches and time.perf_counter() - began > _SECONDS:
            break
    return times


def _rate(predictor: Predictor, batches: list[list[Row]], threads: int) -> Throughput:
    """Measures the throughput of batches on a number of threads."""
    meter, began = Meter(), time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda batch: _timed(predictor, batch), batches))
    seconds, joules, clips = time.perf_counter() - began, meter.joules(), _BATCH * len(batches)
    return Throughput(clips / seconds, None if joules is None else joules / clips)


def _timed(predictor: Predictor, rows: list[Row]) -> tuple[float, float]:
    """Returns the seconds of reading clips, and of predicting them in one batch."""
    began = time.perf_counter()
    waveforms = [read_row(row, sample_rate=predictor.sample_rate) for row in rows]
    read = time.perf_counter()
    predictor.outputs(waveforms)
    return read - began, time.perf_counter() - read


def _summary(times: list[tuple[float, float]], batch: int) -> dict[str, float]:
    read, compute = (
        sorted(1e3 * seconds / batch for seconds in part) for part in zip(*times, strict=True)
    )
    return {
        "read_ms": statistics.median(read),
        "compute_ms": statistics.fmean(compute),
        "compute_p50_ms": statistics.median(compute),
        "compute_p90_ms": _percentile(compute, 90),
        "compute_p99_ms": _percentile(compute, 99),
    }


def _percentile(ordered: list[float], percent: int) -> float:
    """Returns the smallest value that is greater than or equal to `percent` % of all values."""
    return ordered[-(-percent * len(ordered) // 100) - 1]
