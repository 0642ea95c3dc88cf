"""Reads a data set, decodes it once, checks it, and splits it for training and testing.

This is the only module that decides which rows train, validate and test. So all families of a
comparison get the same clips.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from kapre_like.models.artifact.progress import Progress
from kapre_like.models.experiment.clip_rows import some
from kapre_like.models.experiment.copies import NONE, left_out, once, settle

if TYPE_CHECKING:
    import pandas as pd

# Shares of the rows that are held out if the data have no splits: a fifth for the test, and a
# sixth of the rest for validation. Both are whole groups.
TEST_SHARE = 0.2
VALID_SHARE = 1 / 6

# Of two labels, and one to stop by.
LEAST_CLIPS = 3

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


class Stage(NamedTuple):
    """Tables for one training and its test. No group is in more than one of them."""

    name: str
    train: "pd.DataFrame"
    valid: "pd.DataFrame"
    test: "pd.DataFrame"


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
    _without_tested(clips, tested, log)
    return clips


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


def training_rows(clips: Clips, *, seed: int, data: Any, task: str) -> tuple[Any, Any]:
    """Returns the tables for training and validation of a data set without test rows.

    Rows of the split `valid` are for validation. If there are none, whole groups are held out.
    """
    table = clips.table
    valid = (table["split"] == "valid").to_numpy()
    if not valid.any():
        if 0 < len(table) < LEAST_CLIPS:
            raise ValueError(
                f"{data}: holds too few clips to train on, {len(table)}; training needs "
                f"{LEAST_CLIPS} or more: of two labels, and one to stop by. Add clips."
            )
        check_labels(table, data=data, task=task, skipped=len(clips.skipped))
        # To stop by clips of the only group is better than not to stop.
        parts = table["sound"] if table["together"].nunique() < 2 else table["together"]
        whole = some(table.assign(together=parts), slice(None))
        valid = held_out(whole, seed=seed, share=VALID_SHARE)
    train, valid = some(table, ~valid), some(table, valid)
    train = left_out(train, valid)
    check_labels(train, data=data, task=task, skipped=len(clips.skipped))
    return train, valid


def stages(
    clips: Clips, *, folds: int | str | None, seed: int, data: Any, task: str
) -> list[Stage]:
    """Returns the stages of a comparison: one, or one per fold.

    With `folds`, each row is tested once, and splits are ignored. Without `folds`, the rows of
    the split `test` are tested. Without a split column, whole groups are held out for the test.
    """
    from kapre_like.audio.splits import folds as fold_masks

    table = clips.table
    if isinstance(folds, int) and table["together"].nunique() < folds:
        # Then `left_out` below keeps copies apart.
        table = some(table.assign(together=table["group"]), slice(None))
    if folds is not None:
        masks = fold_masks(table, folds, seed)
    elif table.attrs["has_splits"]:
        masks = [("test", (table["split"] == "test").to_numpy())]
        if not masks[0][1].any():
            raise ValueError(
                f"{data}: no row has the split test. Name its value with --test-split, use "
                "--folds, or do without the column: --split-column none"
            )
    else:
        if table["together"].nunique() < 2:
            what = "group" if table.attrs["has_groups"] else "recording"
            raise ValueError(
                f"{data}: all {len(table)} clips are of one {what}, and a comparison needs 2 "
                "or more: to train on and to test on. Name a column with more groups "
                "(--group-column), do without (--group-column none), or give a split column."
            )
        masks = [("test", held_out(table, seed=seed, share=TEST_SHARE))]
    made = []
    for name, is_test in masks:
        rest = left_out(some(table, ~is_test), some(table, is_test))
        if folds is not None:
            rest["split"] = ""
        part = Clips(rest, clips.skipped, 0.0)
        # Each fold holds out validation groups of its own rows.
        train, valid = training_rows(part, seed=seed, data=data, task=task)
        made.append(Stage(name, train, valid, some(table, is_test)))
    return made


def held_out(table: "pd.DataFrame", *, seed: int, share: float) -> Any:
    """Returns the mask of whole groups held out of a table."""
    from kapre_like.audio.splits import hold_out

    return hold_out(table, seed=seed, share=share)


def check_labels(table: "pd.DataFrame", *, data: Any, task: str, skipped: int) -> None:
    """Raises an error if there are no training rows, or only one label."""
    without = f" ({skipped} skipped as bad)" if skipped else ""
    if table.empty:
        raise ValueError(
            f"{data}: no clip is left to train on{without}. Add clips; check the split column."
        )
    if table["label"].nunique() < 2:
        label = table["label"].iloc[0]
        what = f"class {label!r}" if task == "classify" else f"score {label:g}"
        raise ValueError(
            f"{data}: all {len(table)} training clips have the {what}{without}. "
            "Training needs two or more; add clips of another, or check the label column."
        )


def class_names(*tables: "pd.DataFrame") -> list[str]:
    """Returns the labels in order: by number if all are numbers, else alphabetically."""
    names = sorted({label for table in tables for label in table["label"]})
    try:
        return sorted(names, key=lambda name: (float(name), name))
    except ValueError:
        return names
