"""Reads every file of a data set once, before a model is trained on it.

So a bad file is reported before a training starts, and not an hour later. The scan computes
digests of the bytes of each file and of its decoded samples. They identify copies of training
clips, also those with another name, container or lossless format.
"""

import functools
import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kapre_like import _check
from kapre_like.audio.channels import MIX, SPLIT, channel_name
from kapre_like.audio.fingerprint import content_digest, fingerprint
from kapre_like.audio.processes import cores, in_order
from kapre_like.audio.rows import Row, rows_of, sound_of

if TYPE_CHECKING:
    import pandas as pd


class SoundId(NamedTuple):
    """Data that identifies copies of a sound, see `fingerprint.py`. Channels share it.

    Attributes:
        content: Digest of the decoded samples; "" for silence.
        fingerprint: float32 vector; `None` for silence, or if it was not requested.
    """

    content: str = ""
    fingerprint: np.ndarray | None = None


class Scan(NamedTuple):
    """The result of a scan, a tuple of four.

    Attributes:
        table: The readable rows, with `duration_s` (float, seconds), `digest` (text),
            `channel` (`"mix"` or a number) and `problem` (text, such as `"cut short: 0.99 of
            2.10 s"`; "" if there is none).
        skipped: A dict of `path` and `reason` for each row that was left out.
        seconds: Float, wall time of reading.
        sound_ids: A `SoundId` for each row of `table`, which identifies copies.
    """

    table: "pd.DataFrame"
    skipped: list[dict[str, str]]
    seconds: float
    sound_ids: list[SoundId]


class _Found(NamedTuple):
    """The result of reading one row."""

    duration_s: float = 0.0
    channels: int = 1
    problem: str = ""
    damaged: bool = False
    wrong: str = ""
    sound_id: SoundId = SoundId()


def clip_digests(
    paths: Sequence[str],
    starts: Sequence[float],
    ends: Sequence[float],
    channels: Sequence[str] | None = None,
) -> list[str]:
    """Returns the digest of each clip: of the bytes of its file, the part and the channel.

    A file that cannot be read raises no error here. Decoding it does.
    """
    unique = list(dict.fromkeys(paths))
    with ThreadPoolExecutor(cores()) as pool:
        digests = dict(zip(unique, pool.map(_hash, unique), strict=True))
    channels = [MIX] * len(paths) if channels is None else channels
    rows = zip(paths, starts, ends, channels, strict=True)
    parts = (
        f"{digests[path]} {float(start)} {float(end)}{'' if channel == MIX else f' {channel}'}"
        for path, start, end, channel in rows
    )
    return [hashlib.sha256(part.encode()).hexdigest()[:24] for part in parts]


def _hash(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def _read_row(row: Row, sample_rate: int, channel: str, fingerprints: bool) -> _Found:
    """Reads a row. With `split` it reads the first channel, because all are equally long."""
    first = "1" if channel == SPLIT else channel
    try:
        sound = sound_of(row._replace(channel=first), sample_rate=sample_rate)
    except (ValueError, OSError) as error:
        text = str(error)
        return _Found(wrong=text if row.path in text else f"{row.path}: {text}")
    duration, problem = len(sound.waveform) / sample_rate, "; ".join(sound.problems)
    sound_id = SoundId(
        content_digest(sound.waveform),
        fingerprint(sound.waveform, sample_rate) if fingerprints else None,
    )
    return _Found(duration, sound.channels, problem, sound.damaged, sound_id=sound_id)


def _refuse(problems: list[str], n_rows: int) -> None:
    """Raises an error for the first bad file, with the number of bad files."""
    if len(problems) == n_rows:
        raise ValueError(f"{problems[0]} (None of the {n_rows} files can be read.)")
    many = f"{len(problems)} bad files of {n_rows}" if len(problems) > 1 else "1 bad file"
    raise ValueError(f"{problems[0]} ({many}; --on-error skip leaves out bad files.)")


def damaged_words(path: str, problem: str) -> str:
    """Returns the error message for a damaged file with `on_error="fail"`."""
    fix = "Copy or record it again; --on-error skip uses the readable part"
    return f"{path}: {problem}. {fix}."


def scan(
    table: "pd.DataFrame",
    *,
    sample_rate: int,
    on_error: str = "fail",
    channel: str | int = MIX,
    fingerprints: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Scan:
    """Decodes every row of a table, if there are many in processes, and checks it.

    Args:
        table: Table as from `read_dataset`.
        sample_rate: Int > 0, Hz. Files are resampled to this rate, as in training.
        on_error: `"fail"` raises an error for the first bad or damaged file. `"skip"` leaves
            out bad files, and uses the readable part of damaged files.
        channel: `"mix"`, `"left"`, `"right"`, the number of a channel from 1, or `"split"`,
            which makes a row for each channel of a file, in one group.
        fingerprints: Whether to compute fingerprints, which find nearly identical copies.
        progress: Function that is called with (rows done, all rows) after each row.

    Returns:
        A `Scan`. The digest covers the bytes of the file, the start and end of the clip in it,
        and the channel.

    Raises:
        ValueError: `PATH: reason. Fix.` for a bad or damaged file with `"fail"`; with `"skip"`
            if all files are bad.
    """
    _check.one_of("scan", ["fail", "skip"], on_error=on_error)
    channel = channel_name("scan", channel)
    began = time.perf_counter()
    rows = rows_of(table)
    found: list[_Found] = []
    read = functools.partial(
        _read_row, sample_rate=sample_rate, channel=channel, fingerprints=fingerprints
    )
    for result in in_order(read, rows):
        found.append(result)
        if progress is not None:
            progress(len(found), len(rows))
    pairs = list(zip(rows, found, strict=True))
    problems = [one.wrong for one in found if one.wrong]
    if on_error == "fail":
        problems = [
            one.wrong or damaged_words(row.path, one.problem)
            for row, one in pairs
            if one.wrong or one.damaged
        ]
    if problems and (on_error == "fail" or len(problems) == len(rows)):
        _refuse(problems, len(rows))
    skipped = [
        {"path": row.path, "reason": one.wrong.removeprefix(f"{row.path}: ")}
        for row, one in pairs
        if one.wrong
    ]
    good, sound_ids = _good(table, found, channel)
    return Scan(good, skipped, time.perf_counter() - began, sound_ids)


def _good(
    table: "pd.DataFrame", found: list[_Found], channel: str
) -> tuple["pd.DataFrame", list[SoundId]]:
    """Returns the readable rows, one per channel with `split`, and a `SoundId` for each."""
    good = table.assign(
        duration_s=[one.duration_s for one in found],
        problem=[one.problem for one in found],
        channel=[_channels(one, channel) for one in found],
        position=range(len(found)),
    )[[not one.wrong for one in found]].explode("channel")
    cells = (good[name].tolist() for name in ("path", "start_s", "end_s", "channel"))
    good["digest"] = clip_digests(*cells)
    sound_ids = [found[row].sound_id for row in good.pop("position")]
    good.attrs = dict(table.attrs)
    return good, sound_ids


def _channels(found: _Found, channel: str) -> list[str]:
    """Returns the channels of a file that are used; "mix" for a file with one channel."""
    if found.channels == 1:
        return [MIX]
    return [str(n + 1) for n in range(found.channels)] if channel == SPLIT else [channel]
