"""Reads a data set, decodes each row once, and says what is wrong with it.

`splitting.py` decides which rows train, validate and test.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from kapre_like.models.artifact.progress import Progress
from kapre_like.models.experiment.clip_rows import some
from kapre_like.models.experiment.copies import NONE, once, settle

if TYPE_CHECKING:
    import pandas as pd

Log = Callable[[str], None]


class Columns(TypedDict, total=False):
    """What a manifest needs to be read, as `kapre_like.audio.read_dataset` takes it."""

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
        table: The good rows: `path`, `label`, `group`, `split`, `start_s`, `end_s`,
            `duration_s`, `digest`, `content` (digest of the decoded samples, "" of silence),
            `channel`, `problem`; and `sound` and `together`, by which
            copies stay in one split (see `copies.py`).
        skipped: `{"path", "reason"}` for each bad row, which is not in `table`.
        seconds_read: Float, time in seconds for decoding and resampling all rows.
        copies: What `data.copies` of `compare.json` holds; see `copies.py`.
    """

    table: "pd.DataFrame"
    skipped: list[dict[str, str]]
    seconds_read: float
    copies: dict[str, Any] = field(default_factory=lambda: dict(NONE))

    @property
    def problems(self) -> list[dict[str, str]]:
        """`{"path", "problem"}` for each file that is used in spite of a problem."""
        marked = self.table[self.table["problem"] != ""].drop_duplicates(["path", "problem"])
        return marked[["path", "problem"]].to_dict("records")


def to_remember(columns: Columns) -> dict[str, Any]:
    """Returns what a recipe keeps of the columns: their names, and no place on this machine."""
    return {name: value for name, value in columns.items() if name != "audio_root"}


def note_groups(clips: Clips, log: Log) -> None:
    """Logs a note if the data have no groups, because metrics may then be too high.

    And a note on classes that only one group has: whoever is tested on it has not heard them.
    """
    if not clips.table.attrs["has_groups"] and not clips.table.attrs["has_splits"]:
        log(
            "no group column: each file counts as a group of its own; if several are of one "
            "speaker or device, name the column with --group-column"
        )

    if clips.table.attrs["class_names"] and clips.table.attrs["has_groups"]:
        counts = clips.table.groupby("label")["group"].nunique()
        alone = list(counts.index[counts < 2])
        if alone and clips.table["group"].nunique() > 1:
            few = ", ".join(alone[:5]) + (", ..." if len(alone) > 5 else "")
            log(
                f"{len(alone)} of {len(counts)} classes are of one group only ({few}): a model "
                "tested on that group has not heard them"
            )


def checked_channel(channel: str | int) -> str:
    """Returns a choice of channel as the recipe has it, or raises an error."""
    from kapre_like.audio.channels import channel_name

    return channel_name("train", channel)


def silent(line: str) -> None:
    """A `log` function that ignores its line."""
    del line


def on_stderr(line: str) -> None:
    """A `log` function that writes its line to stderr."""
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
    said: str = "",
    splits: tuple[str, ...] = ("train", "valid", "test"),
) -> Clips:
    """Reads DATA and decodes every row whose split is among `splits` (or that has none).

    Repeated rows count once, and copies of a recording stay in one split; `log` says so, and
    `said` when the table is read.

    Raises:
        ValueError: If the data set or, under `on_error="fail"`, a file in it is bad.
    """
    from kapre_like import _check
    from kapre_like.audio.manifest import read_dataset

    _check.audio_rate("read_clips", sample_rate=sample_rate)
    _check.one_of("read_clips", ["fail", "skip"], on_error=on_error)
    table = read_dataset(data, task=task, **columns)
    tested = []
    if table.attrs["has_splits"]:
        if "test" not in splits and channel == "mix":
            tested = _digests(some(table, (table["split"] == "test").to_numpy()))
        table = some(table, table["split"].isin(splits).to_numpy())
        if table.empty:
            raise ValueError(
                f"{data}: no row has the split {' or '.join(splits)}. Check the split column, "
                "or do without it: --split-column none"
            )
    table, wordless = _with_text(table, task, on_error)
    table, repeated = once(table)
    clips = decode_all(
        table,
        sample_rate=sample_rate,
        on_error=on_error,
        channel=channel,
        log=log,
        said=said,
        repeated_rows=repeated,
    )
    clips.skipped += wordless
    report_skipped(wordless, log)
    _without_tested(clips, tested, log)
    return clips


def _with_text(
    table: "pd.DataFrame", task: str, on_error: str
) -> tuple["pd.DataFrame", list[dict[str, str]]]:
    """Returns the rows that have a transcript, and what to say of the others.

    Raises:
        ValueError: Under `on_error="fail"`, if a transcript is empty.
    """
    if task != "transcribe":
        return table, []
    empty = (table["label"] == "").to_numpy()
    skipped = [{"path": path, "reason": "empty transcript"} for path in table["path"][empty]]
    if skipped and on_error == "fail":
        raise ValueError(
            f"{skipped[0]['path']}: empty transcript ({len(skipped)} of {len(table)} rows). "
            "Write what is said, remove the rows, or leave them out with --on-error skip."
        )
    return some(table, ~empty), skipped


def _digests(table: "pd.DataFrame") -> list[str]:
    from kapre_like.audio.scan import clip_digests

    return clip_digests(*(table[name].tolist() for name in ("path", "start_s", "end_s")))


def _without_tested(clips: Clips, tested: list[str], log: Log) -> None:
    """Leaves out clips that are test clips too, byte by byte: tests are not decoded here."""
    known = clips.table["digest"].isin(tested).to_numpy()
    if n := int(known.sum()):
        clips.table = some(clips.table, ~known)
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
    said: str = "",
    repeated_rows: int | None = None,
) -> Clips:
    """Decodes every row of a table once. `on_error` says what to do about bad files.

    With `repeated_rows`, the number of those that were taken out, copies are looked for.
    """
    from kapre_like.audio.scan import scan

    log("; ".join(filter(None, (said, f"reading {len(table)} clips"))))
    listen = repeated_rows is not None
    table, skipped, seconds, heard = scan(
        table,
        sample_rate=sample_rate,
        on_error=on_error,
        channel=channel,
        listen=listen,
        progress=Progress(log, "reading", len(table)).reach,
    )
    report_skipped(skipped, log)
    table = table.assign(content=[one.content for one in heard])
    clips = Clips(table.reset_index(drop=True), skipped, seconds)
    if listen:
        settled = settle(clips.table, heard, repeated_rows)
        clips.table, clips.copies = settled.table, settled.copies
        for line in settled.said:
            log(line)
    report_problems(clips.problems, log)
    return clips


def report_skipped(skipped: list[dict[str, str]], log: Log) -> None:
    """Logs the number of skipped files, then each with its reason."""
    if skipped:
        log(f"skipped {len(skipped)} bad {'file' if len(skipped) == 1 else 'files'}:")
    for entry in skipped:
        log(f"  {entry['path']}: {entry['reason']}")


def report_problems(problems: list[dict[str, str]], log: Log) -> None:
    """Logs the number of files that are used in spite of a problem, then each with it."""
    if problems:
        many = "1 file has a problem" if len(problems) == 1 else f"{len(problems)} problems"
        log(f"{many}, used as it is:" if len(problems) == 1 else f"{many} in files used:")
    for entry in problems:
        log(f"  {entry['path']}: {entry['problem']}")
