"""Reads a data set, decodes each row once, and reports problems.

`splitting.py` decides which rows are for training, validation and test.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from kapre_like.models.artifact.progress import Progress
from kapre_like.models.experiment.clip_rows import select_rows
from kapre_like.models.experiment.copies import NONE, drop_repeated_rows, resolve_copies

if TYPE_CHECKING:
    import pandas as pd

Log = Callable[[str], None]


class Columns(TypedDict, total=False):
    """Column arguments of `kapre_like.audio.read_dataset`."""

    path_column: str
    label_column: str
    group_column: str | None
    split_column: str | None
    test_split: str | None
    start_column: str | None
    end_column: str | None
    audio_root: Any


@dataclass
class Clips:
    """A data set after every row has been decoded once.

    Attributes:
        table: The readable rows: `path`, `label`, `group`, `split`, `start_s`, `end_s`,
            `duration_s`, `digest`, `content` (digest of the decoded samples, "" for silence),
            `channel`, `problem`; and `sound` and `together`, which keep copies in one split
            (see `copies.py`).
        skipped: `{"path", "reason"}` for each unreadable row. These are not in `table`.
        seconds_read: Float, time in seconds for decoding and resampling all rows.
        copies: The entry `data.copies` of `compare.json`; see `copies.py`.
    """

    table: "pd.DataFrame"
    skipped: list[dict[str, str]]
    seconds_read: float
    copies: dict[str, Any] = field(default_factory=lambda: dict(NONE))

    @property
    def problems(self) -> list[dict[str, str]]:
        """`{"path", "problem"}` for each file that is used despite a problem."""
        marked = self.table[self.table["problem"] != ""].drop_duplicates(["path", "problem"])
        return marked[["path", "problem"]].to_dict("records")


def recipe_columns(columns: Columns) -> dict[str, Any]:
    """Returns the columns for a recipe, without `audio_root`, a path of this machine."""
    return {name: value for name, value in columns.items() if name != "audio_root"}


def note_groups(clips: Clips, log: Log) -> None:
    """Logs a note if the data have no groups, because metrics may then be too high.

    Logs another note on classes that occur in one group only. If that group is in the test, the
    model was not trained on these classes.
    """
    if not clips.table.attrs["has_groups"] and not clips.table.attrs["has_splits"]:
        log(
            "no group column, so each file is a group of its own; if several files are of one "
            "speaker or device, name the column with --group-column"
        )

    if clips.table.attrs["class_names"] and clips.table.attrs["has_groups"]:
        counts = clips.table.groupby("label")["group"].nunique()
        alone = list(counts.index[counts < 2])
        if alone and clips.table["group"].nunique() > 1:
            few = ", ".join(alone[:5]) + (", ..." if len(alone) > 5 else "")
            log(
                f"{len(alone)} of {len(counts)} classes occur in one group only ({few}); if "
                "that group is in the test, the model was not trained on them"
            )


def checked_channel(channel: str | int) -> str:
    """Returns the channel as it is written in a recipe, or raises an error."""
    from kapre_like.audio.channels import channel_name

    return channel_name("train", channel)


def silent(line: str) -> None:
    """Ignores a line; a `log` function."""
    del line


def on_stderr(line: str) -> None:
    """Writes a line to stderr; a `log` function."""
    sys.stderr.write(f"{line}\n")


def read_clips(
    data: Any,
    *,
    task: str,
    sample_rate: int,
    on_error: str,
    log: Log,
    columns: Columns,
    channel: str | int = "mix",
    note: str = "",
    splits: tuple[str, ...] = ("train", "valid", "test"),
) -> Clips:
    """Reads a data set and decodes every row whose split is in `splits`, or that has no split.

    Repeated rows count once, and copies of a recording stay in one split. Both are logged.
    `note` is logged when the table has been read.

    Raises:
        ValueError: If the data set is invalid or, with `on_error="fail"`, a file is unreadable.
    """
    from kapre_like import _check
    from kapre_like.audio.manifest import read_dataset

    _check.audio_rate("read_clips", sample_rate=sample_rate)
    _check.one_of("read_clips", ["fail", "skip"], on_error=on_error)
    table = read_dataset(data, task=task, **columns)
    test_digests = []
    if table.attrs["has_splits"]:
        if "test" not in splits and channel == "mix":
            test_digests = _digests(select_rows(table, (table["split"] == "test").to_numpy()))
        table = select_rows(table, table["split"].isin(splits).to_numpy())
        if table.empty:
            raise ValueError(
                f"{data}: no row has the split {' or '.join(splits)}. Check the split column, "
                "or ignore it: --split-column none"
            )
    table, without_text = _with_text(table, task, on_error)
    table, repeated = drop_repeated_rows(table)
    clips = decode_all(
        table,
        sample_rate=sample_rate,
        on_error=on_error,
        channel=channel,
        log=log,
        note=note,
        repeated_rows=repeated,
    )
    clips.skipped += without_text
    report_skipped(without_text, log)
    _drop_test_clips(clips, test_digests, log)
    return clips


def _with_text(
    table: "pd.DataFrame", task: str, on_error: str
) -> tuple["pd.DataFrame", list[dict[str, str]]]:
    """Returns the rows that have a transcript, and entries of `skipped` for the others.

    Raises:
        ValueError: With `on_error="fail"`, if a transcript is empty.
    """
    if task != "transcribe":
        return table, []
    empty = (table["label"] == "").to_numpy()
    skipped = [{"path": path, "reason": "empty transcript"} for path in table["path"][empty]]
    if skipped and on_error == "fail":
        raise ValueError(
            f"{skipped[0]['path']}: empty transcript ({len(skipped)} of {len(table)} rows). "
            "Add the text, remove the rows, or skip them with --on-error skip."
        )
    return select_rows(table, ~empty), skipped


def _digests(table: "pd.DataFrame") -> list[str]:
    from kapre_like.audio.scan import clip_digests

    return clip_digests(*(table[name].tolist() for name in ("path", "start_s", "end_s")))


def _drop_test_clips(clips: Clips, test_digests: list[str], log: Log) -> None:
    """Drops clips whose file bytes equal those of a test clip. Test clips are not decoded."""
    known = clips.table["digest"].isin(test_digests).to_numpy()
    if n := int(known.sum()):
        clips.table = select_rows(clips.table, ~known)
        words = (
            "1 clip that is also a test clip is left out"
            if n == 1
            else f"{n} clips that are also test clips are left out"
        )
        log(words)
        clips.copies["left_out"] += n
        clips.copies["action"] = "; ".join(filter(None, (clips.copies["action"], words)))


def decode_all(
    table: "pd.DataFrame",
    *,
    sample_rate: int,
    on_error: str,
    log: Log,
    channel: str | int = "mix",
    note: str = "",
    repeated_rows: int | None = None,
) -> Clips:
    """Decodes every row of a table once.

    Args:
        table: Rows of a data set.
        sample_rate: Int > 0, Hz.
        on_error: `"fail"` or `"skip"`, for unreadable files.
        log: Called with one line at a time.
        channel: As in `train`.
        note: Text that is logged first.
        repeated_rows: Number of repeated rows that were removed before. `None` does not search
            for copies.
    """
    from kapre_like.audio.scan import scan

    log("; ".join(filter(None, (note, f"reading {len(table)} clips"))))
    find_copies = repeated_rows is not None
    table, skipped, seconds, scanned = scan(
        table,
        sample_rate=sample_rate,
        on_error=on_error,
        channel=channel,
        fingerprints=find_copies,
        progress=Progress(log, "reading", len(table)).reach,
    )
    report_skipped(skipped, log)
    table = table.assign(content=[one.content for one in scanned])
    clips = Clips(table.reset_index(drop=True), skipped, seconds)
    if find_copies:
        resolved = resolve_copies(clips.table, scanned, repeated_rows)
        clips.table, clips.copies = resolved.table, resolved.copies
        for line in resolved.notes:
            log(line)
    report_problems(clips.problems, log)
    return clips


def report_skipped(skipped: list[dict[str, str]], log: Log) -> None:
    """Logs the number of skipped files, then each file with the reason."""
    if skipped:
        log(f"skipped {len(skipped)} bad {'file' if len(skipped) == 1 else 'files'}:")
    for entry in skipped:
        log(f"  {entry['path']}: {entry['reason']}")


def report_problems(problems: list[dict[str, str]], log: Log) -> None:
    """Logs the number of files that are used despite a problem, then each file with it."""
    if problems:
        one = "1 file has a problem and is used as it is:"
        many = f"{len(problems)} problems in files that are used:"
        log(one if len(problems) == 1 else many)
    for entry in problems:
        log(f"  {entry['path']}: {entry['problem']}")
