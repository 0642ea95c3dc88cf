"""Reads every file of a data set once, before anything is trained on it.

A bad file is found here, by name and reason, and not an hour into a run. What a model was
trained on is remembered as digests of the sound's bytes, so that a renamed copy is known.
"""

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from kapre_like import _check
from kapre_like.audio.decode import read


class Scan(NamedTuple):
    """What a scan found; unpacks to three.

    Attributes:
        table: The readable rows, with `duration_s` (float, seconds) and `digest` (text).
        skipped: `{"path", "reason"}` per row left out.
        seconds: Float, wall time of reading.
    """

    table: pd.DataFrame
    skipped: list[dict[str, str]]
    seconds: float


def clip_digests(
    paths: Sequence[str], starts: Sequence[float], ends: Sequence[float]
) -> list[str]:
    """Returns the digest of each clip: of its file's bytes, and the start and end within it.

    A file that cannot be read does not count here: its reader says what is wrong with it.
    """
    unique = list(dict.fromkeys(paths))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        digests = dict(zip(unique, pool.map(_hash, unique), strict=True))
    rows = zip(paths, starts, ends, strict=True)
    parts = (f"{digests[path]} {float(start)} {float(end)}" for path, start, end in rows)
    return [hashlib.sha256(part.encode()).hexdigest()[:24] for part in parts]


def _hash(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _read_row(row: tuple[str, float, float], sample_rate: int) -> tuple[float, str]:
    """Duration in seconds, and what is wrong ("" if nothing is)."""
    path, start_s, end_s = row
    try:
        waveform = read(path, sample_rate=sample_rate, start_s=start_s, end_s=end_s)
    except ValueError as error:
        return 0.0, str(error)
    return len(waveform) / sample_rate, ""


def _refuse(problems: list[str], n_rows: int) -> None:
    """Raises for the first bad file, saying how many there are."""
    if len(problems) == n_rows:
        raise ValueError(f"{problems[0]} (None of the {n_rows} files can be read.)")
    many = f"{len(problems)} bad files of {n_rows}" if len(problems) > 1 else "1 bad file"
    raise ValueError(f"{problems[0]} ({many}; --on-error skip goes on without.)")


def scan(
    table: pd.DataFrame,
    *,
    sample_rate: int,
    on_error: str = "fail",
    progress: Callable[[int, int], None] | None = None,
) -> Scan:
    """Decodes every row of a table, in threads, and drops or refuses the bad ones.

    Args:
        table: As from `read_dataset`.
        sample_rate: Int > 0, Hz. Files are resampled to it, as training will.
        on_error: `"fail"` raises for the first bad file; `"skip"` leaves bad files out.
        progress: Called with (rows done, rows in all) now and then.

    Returns:
        A `Scan`. The digest covers the file's bytes and the start and end within it.

    Raises:
        ValueError: `PATH: reason. Fix.` for a bad file under `"fail"`; under `"skip"` if no
            file is good.
    """
    _check.one_of("scan", ["fail", "skip"], on_error=on_error)
    began = time.perf_counter()
    rows = list(zip(table["path"], table["start_s"], table["end_s"], strict=True))
    digest = clip_digests(*zip(*rows, strict=True))
    found = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(lambda row: _read_row(row, sample_rate), rows):
            found.append(result)
            if progress is not None and len(found) % 100 == 0:
                progress(len(found), len(rows))
    durations, wrong = zip(*found, strict=True)
    problems = [text for text in wrong if text]
    if problems and (on_error == "fail" or len(problems) == len(rows)):
        _refuse(problems, len(rows))
    good = table.assign(duration_s=durations, digest=digest)[[not text for text in wrong]]
    good.attrs = dict(table.attrs)
    skipped = [
        {"path": row[0], "reason": text.removeprefix(f"{row[0]}: ")}
        for row, text in zip(rows, wrong, strict=True)
        if text
    ]
    return Scan(good, skipped, time.perf_counter() - began)
