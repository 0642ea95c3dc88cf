"""Writes the features of a data set as a table, with few clips in memory at a time."""

import dataclasses
import hashlib
import itertools
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from kapre_like import _check
from kapre_like._version import __version__
from kapre_like.features import table_parts
from kapre_like.models.artifact.progress import Progress
from kapre_like.models.artifact.settings import build
from kapre_like.models.experiment import clips as clip_tables
from kapre_like.models.experiment.clip_table import read_clip_table, written_columns
from kapre_like.models.experiment.clips import Columns, Log
from kapre_like.models.training.feature_settings import FeatureSettings

if TYPE_CHECKING:
    import pandas as pd

    from kapre_like.features.analysis import Analysis
    from kapre_like.features.table import Tried

_OWNER = "features"


def features(
    data: str | Path,
    *,
    out: str | Path,
    sample_rate: int = 16000,
    seconds: float | None = None,
    settings: Mapping[str, Any] | None = None,
    channel: str | int = "mix",
    jobs: int | None = None,
    on_error: str = "fail",
    overwrite: bool = False,
    log: Log = clip_tables.silent,
    **columns: Unpack[Columns],
) -> dict[str, Any]:
    """Computes the features of every clip of a data set, and writes them as one table.

    Light models are trained on the same features. Worker processes read each clip once. If the
    program is killed, the same call resumes.

    Args:
        data: A folder of class folders or of sound files, or a manifest (CSV, TSV, Parquet),
            with or without labels.
        out: File to write, `.parquet` (requires `kapre-like[parquet]`) or `.csv`.
        sample_rate: Int > 0, Hz. Files are resampled to this rate.
        seconds: Float > 0: use only the middle `seconds` of each clip. `None`: all of it.
        settings: Settings of the features, such as `{"n_mels": 64}`; see
            `kapre_like.features.ClipFeatures`.
        channel: Channel of a file: `"mix"`, `"left"`, `"right"` or a number.
        jobs: Int > 0, processes. `None`: one per core.
        on_error: `"fail"` raises an error for the first bad or damaged file. `"skip"` leaves
            out bad files, and uses the readable part of damaged files.
        overwrite: Whether an existing table may be replaced.
        log: Function that is called with lines on the progress.
        **columns: Columns of the manifest; see `kapre_like.audio.read_dataset`.

    Returns:
        A dict of `n`, the number of clips in the table; `columns`, the names of its columns;
        and `skipped`, a dict of `path` and `reason` for each clip that is left out.

    Raises:
        ValueError: If data or an argument is invalid. The message has one line and the fix.
        ImportError: If the package for the file is missing. The message says what to install.
    """
    from kapre_like.features.settings import resolve

    table_parts.check_table(out)
    _check_arguments(sample_rate, seconds, jobs, on_error)
    resolved = build(_OWNER, FeatureSettings, settings or {})
    analysis = resolve(sample_rate=sample_rate, **dataclasses.asdict(resolved))
    table = read_clip_table(data, columns).assign(channel=_one_channel(channel))
    job = _Job(table, analysis, seconds, jobs, on_error == "fail", log)
    run = _run(job)
    if Path(out).exists() and not overwrite and not table_parts.begun(out, run):
        raise ValueError(f"{out}: exists. Replace it with --overwrite, or name another file.")
    log(f"{len(table)} clips")
    parts = table_parts.TableParts(out, run)
    if parts.replaced:
        log(f"{out}: the data or the settings differ from those of the last run: starting anew")
    skipped = _fill(parts, job)
    n = len(table) - len(skipped)
    if not n:
        raise ValueError(f"{skipped[0]['path']}: {skipped[0]['reason']} (None can be read.)")
    parts.join(job.n_parts)
    log(f"wrote {out}: {n} clips")
    return {"n": n, "columns": [*written_columns(table), *job.names], "skipped": skipped}


class _Job(NamedTuple):
    """The clips of a table of features, and the settings."""

    table: "pd.DataFrame"
    analysis: "Analysis"
    seconds: float | None
    jobs: int | None
    fail: bool
    log: Log

    @property
    def names(self) -> list[str]:
        from kapre_like.features.vector import names

        return list(names(self.analysis))

    @property
    def n_parts(self) -> int:
        return -(-len(self.table) // table_parts.ROWS)

    def part(self, number: int) -> "pd.DataFrame":
        """Returns the clips of a part."""
        return self.table.iloc[number * table_parts.ROWS : (number + 1) * table_parts.ROWS]


def _check_arguments(sample_rate: Any, seconds: Any, jobs: Any, on_error: Any) -> None:
    _check.audio_rate(_OWNER, sample_rate=sample_rate)
    _check.one_of(_OWNER, ["fail", "skip"], on_error=on_error)
    if seconds is not None:
        _check.positive(_OWNER, seconds=seconds)
    if jobs is not None:
        _check.positive_int(_OWNER, jobs=jobs)


def _one_channel(channel: str | int) -> str:
    from kapre_like.audio.channels import SPLIT, channel_name

    name = channel_name(_OWNER, channel)
    if name == SPLIT:
        fix = "Write one table per channel: 1, 2 and so on."
        _check.fail(_OWNER, "channel", "one channel, or their mean", channel, fix)
    return name


def _run(job: _Job) -> dict[str, Any]:
    """Returns the settings and the digest of the data, on which the parts depend."""
    digest = hashlib.sha256()
    for name in job.table.columns:
        digest.update("\n".join([name, *map(str, job.table[name])]).encode())
    return {
        "version": __version__,
        "clips": digest.hexdigest(),
        "rows": table_parts.ROWS,
        "seconds": job.seconds,
        "analysis": dataclasses.asdict(job.analysis),
    }


def _fill(parts: table_parts.TableParts, job: _Job) -> list[dict[str, str]]:
    """Computes the missing parts; returns the clips that are left out."""
    about = [parts.about(number) for number in range(job.n_parts)]
    # With "fail" a part with bad files is computed again, to raise the error.
    missing = [n for n, found in enumerate(about) if not found or (job.fail and found["bad"])]
    if parts.resumed:
        left = sum(len(job.part(number)) for number in missing)
        job.log(f"resuming: {len(job.table) - left} clips are done, {left} are left")
    for number, found in _computed(parts, job, missing):
        about[number] = found
    skipped = [one for found in about for one in found["skipped"]]
    clip_tables.report_skipped(skipped, job.log)
    clip_tables.report_problems([one for found in about for one in found["problems"]], job.log)
    return skipped


def _computed(
    parts: table_parts.TableParts, job: _Job, missing: list[int]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Computes and writes parts; yields the number and the metadata of each."""
    from kapre_like.audio.rows import rows_of
    from kapre_like.features.table import tried_vectors

    clips = [clip for number in missing for clip in rows_of(job.part(number))]
    tried = tried_vectors(clips, job.analysis, seconds=job.seconds, workers=job.jobs)
    with closing(tried):
        counted = Progress(job.log, "computing features", len(clips)).over(tried)
        for number in missing:
            table = job.part(number)
            found = [
                _good(one, path, job)
                for one, path in zip(
                    itertools.islice(counted, len(table)), table["path"], strict=True
                )
            ]
            about = _about(table, found)
            parts.write(number, _frame(table, found, job), about)
            yield number, about


def _good(one: "Tried", path: str, job: _Job) -> "Tried":
    """Returns the result; with "fail" raises an error for a bad or damaged file."""
    from kapre_like.audio.scan import damaged_words

    if job.fail and (one.wrong or one.damaged):
        raise ValueError(one.wrong or damaged_words(path, one.problem))
    return one


def _about(table: "pd.DataFrame", found: list["Tried"]) -> dict[str, Any]:
    """Returns the metadata of a part: files that are skipped or have problems."""
    pairs = list(zip(table["path"], found, strict=True))
    reasons = [(path, one.wrong.removeprefix(f"{path}: ")) for path, one in pairs if one.wrong]
    problems = [(path, one.problem) for path, one in pairs if one.problem]
    return {
        "bad": any(one.wrong or one.damaged for one in found),
        "skipped": [{"path": path, "reason": reason} for path, reason in reasons],
        "problems": [{"path": path, "problem": problem} for path, problem in problems],
    }


def _frame(table: "pd.DataFrame", found: list["Tried"], job: _Job) -> "pd.DataFrame":
    """Returns the rows of a part: the columns of the manifest, and the features."""
    import pandas as pd

    written = written_columns(job.table)
    kept = [one.vector is not None for one in found]
    known = table.loc[kept, list(written.values())].set_axis(list(written), axis=1)
    values = np.array([one.vector for one in found if one.vector is not None], np.float32)
    described = pd.DataFrame(values.reshape(-1, len(job.names)), columns=job.names)
    return pd.concat([known.reset_index(drop=True), described], axis=1)
