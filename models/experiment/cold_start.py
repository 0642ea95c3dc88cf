"""Measures the time to the first predictions: a new process predicts five files."""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kapre_like.audio.rows import Row, read_row, rows_of
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.experiment.latency import FILES

if TYPE_CHECKING:
    import pandas as pd


def cold_seconds(
    folder: Path, table: "pd.DataFrame", log: Callable[[str], None]
) -> float | None:
    """Returns the seconds that `kapre-like predict FOLDER` takes for five files in a process.

    The time includes the start of Python, imports and loading the model. It does not include
    writing clips that are parts of files to temporary files.

    Args:
        folder: The folder of a trained model.
        table: The clips, as from `kapre_like.audio.scan`.
        log: Called with a line if the process failed.

    Returns:
        `None` if the process failed.
    """
    places = os.pathsep.join(place for place in sys.path if place)
    command = [sys.executable, "-P", "-m", "kapre_like", "predict", str(folder)]
    with _files(_five(table), read_recipe(folder)["sample_rate"]) as files:
        began = time.perf_counter()
        done = subprocess.run(
            [*command, *files, "--on-error", "skip"],
            env={**os.environ, "PYTHONPATH": places},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
        seconds = time.perf_counter() - began
    if done.returncode == 0:
        return seconds
    lines = done.stderr.strip().splitlines() or ["no message"]
    log(f"{folder}: a new process could not predict five files with it: {lines[-1]}")
    return None


def _five(table: "pd.DataFrame") -> list[Row]:
    """Returns clips of five different files if possible, else the first clips, repeated."""
    different = table.drop_duplicates("path")
    rows = rows_of(different if len(different) >= FILES else table)
    return list(itertools.islice(itertools.cycle(rows), FILES))


@contextmanager
def _files(rows: list[Row], sample_rate: int) -> Iterator[list[str]]:
    """Yields paths of files that contain exactly the clips."""
    import soundfile

    whole = all(row.start_s != row.start_s and row.end_s != row.end_s for row in rows)
    if whole and all(row.channel == "mix" for row in rows):
        yield [str(Path(row.path).absolute()) for row in rows]
        return
    with tempfile.TemporaryDirectory(prefix="kapre-like-") as folder:
        paths = [str(Path(folder) / f"{number}.wav") for number in range(len(rows))]
        for row, path in zip(rows, paths, strict=True):
            soundfile.write(path, read_row(row, sample_rate=sample_rate), sample_rate)
        yield paths
