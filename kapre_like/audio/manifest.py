"""Reads a data set as a table: path, label, group, split, start and end of every clip.

A data set is a folder of class folders (`folder.py`), or a manifest in CSV or Parquet whose
columns are chosen by name. Labels stay text: class "0" is not the number 0.0.
"""

import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from kapre_like import _check
from kapre_like.audio.cells import no_blanks, numbers
from kapre_like.audio.folder import audio_below, read_folder
from kapre_like.audio.found_files import resolve
from kapre_like.audio.manifest_file import read_manifest
from kapre_like.audio.split_column import leaking_groups, split_words

# Columns of transcripts that are used if there is no column `label`.
TEXT_COLUMNS = ("text", "transcript", "transcription", "sentence")
# Columns that are used if the manifest has them and the caller named no column.
GROUP_DEFAULT = "speaker"
SPLIT_DEFAULT = "split"


def _column(
    owner: Path, table: pd.DataFrame, name: str | None, flag: str, default: str | None = None
) -> str | None:
    """Returns the named column; without a name, the default column if it exists."""
    if name is None or (name == "none" and default is not None):
        return default if name is None and default in table.columns else None
    if name not in table.columns:
        listed = ", ".join(map(str, table.columns))
        raise ValueError(
            f"{owner}: has no column {name!r}. It has: {listed}. Choose one with {flag}."
        )
    return name


def _classes(owner: Path, table: pd.DataFrame, min_classes: int) -> list[str]:
    """Returns the labels in use. They are sorted as numbers if all are numbers."""
    names = sorted(set(table["label"][table["split"] != "unused"]))
    if len(names) < max(1, min_classes):
        raise ValueError(
            f"{owner}: holds only the class {names[0]!r}. A classifier needs two or more; "
            f"check the label column."
            if names
            else f"{owner}: every row is unused. Check the split column."
        )
    try:
        return sorted(names, key=lambda name: (float(name), name))
    except ValueError:
        return names


def _warn_of_leaks(owner: Path, table: pd.DataFrame) -> None:
    leaking = leaking_groups(table)
    if leaking:
        warnings.warn(
            f"{owner}: {len(leaking)} groups (such as {leaking[0]!r}) are in more than one of "
            f"train, valid and test, so results are too good.",
            UserWarning,
            stacklevel=3,
        )


def _table(
    owner: Path,
    raw: pd.DataFrame,
    named: dict[str, str | None],
    task: str,
    test_split: str | None,
    min_classes: int,
    audio_root: str | Path | None,
) -> pd.DataFrame:
    """Checks the raw cells, and returns them in columns with the names of this library."""
    cells = {ours: raw[theirs] for ours, theirs in named.items() if theirs is not None}
    paths = resolve(owner, no_blanks(owner, cells["path"], "path"), audio_root)
    table = pd.DataFrame({"path": paths}, index=raw.index)
    separator = raw.attrs.get("separator", "")
    table["label"] = (
        numbers(owner, cells["label"], "label", blanks=False, separator=separator)
        if task == "regress"
        else _texts(owner, cells["label"], task)
    )
    has_groups, has_splits = "group" in cells, "split" in cells
    table["group"] = (
        no_blanks(owner, cells["group"], "group").str.strip() if has_groups else table["path"]
    )
    if test_split is not None and not has_splits:
        raise ValueError(
            f"{owner}: the test split {test_split!r} was named, but there is no split column. "
            f"Name it with --split-column."
        )
    table["split"] = split_words(str(owner), cells["split"], test_split) if has_splits else ""
    for name in ("start_s", "end_s"):
        table[name] = (
            numbers(owner, cells[name], name, blanks=True, separator=separator)
            if name in cells
            else np.nan
        )
    table.attrs = {
        "has_groups": has_groups,
        "has_splits": has_splits,
        "class_names": _classes(owner, table, min_classes) if task == "classify" else None,
        "has_texts": task == "transcribe",
    }
    if has_groups and has_splits:
        _warn_of_leaks(owner, table)
    return table


def _texts(owner: Path, cells: pd.Series, task: str) -> pd.Series:
    """Returns labels as text. A transcript may be empty, because silence has no words."""
    if task != "transcribe":
        cells = no_blanks(owner, cells, "label")
    return cells.fillna("").astype(str).str.strip()


def _label_column(raw: pd.DataFrame, name: str, task: str) -> str:
    """Returns the column of labels. For transcripts, other names than `label` are tried."""
    if task != "transcribe" or name != "label" or name in raw.columns:
        return name
    return next((column for column in TEXT_COLUMNS if column in raw.columns), name)


def read_dataset(
    data: str | Path,
    *,
    task: str = "classify",
    path_column: str = "path",
    label_column: str = "label",
    group_column: str | None = None,
    split_column: str | None = None,
    test_split: str | None = None,
    start_column: str | None = None,
    end_column: str | None = None,
    audio_root: str | Path | None = None,
    min_classes: int = 2,
) -> pd.DataFrame:
    """Reads a data set with labels. It opens no audio file.

    Args:
        data: A folder of class folders, or a manifest `.csv`, `.tsv`, `.txt` or `.parquet`
            with a header; see `manifest_file.py` for the kinds of text. Paths in a manifest are
            relative to its folder.
        task: `"classify"`, `"regress"` or `"transcribe"`.
        path_column: Name of the column of file names.
        label_column: Name of the column of classes, of numbers for `"regress"`, or of texts for
            `"transcribe"`. If there is no column `label`, texts are read from the first of
            `text`, `transcript`, `transcription` and `sentence`.
        group_column: Name of the column of groups, such as speakers. A group is never on both
            sides of a split. `None` uses a column `speaker` if it exists. `"none"` uses no
            groups.
        split_column: Name of the column of splits. `None` uses a column `split` if it exists.
            `"none"` uses no splits.
        test_split: The value of the split column that marks the test rows.
        start_column: Name of the column of seconds at which a clip starts in its file.
        end_column: Name of the column of seconds at which it ends.
        audio_root: Folder that replaces the manifest's folder for relative paths.
        min_classes: Int > 0, minimum number of classes: 2 for training, 1 for evaluation.

    Returns:
        A table with `path` (absolute), `label` (text, or float for `"regress"`), `group`
        (text; without groups, every file is a group), `split` (`train`, `valid`, `test`,
        `unused`, or "" without a split column), `start_s`, `end_s` (float seconds or NaN).
        `.attrs` contains `has_groups`, `has_splits`, `class_names` (`None` without classes) and
        `has_texts`. A transcript may be "".

    Raises:
        ValueError: `DATA: reason. Fix.` for a missing, empty or unreadable data set, a missing
            column, a blank or wrong cell, an unknown split, or fewer than `min_classes`.
        ImportError: If the data is a Parquet file and pyarrow is not installed.

    Warns:
        UserWarning: If a group is in more than one of train, valid and test; if the text or the
            numbers of the manifest have an unusual format; if files were found under another
            name.
    """
    _check.one_of("read_dataset", ["classify", "regress", "transcribe"], task=task)
    owner = Path(data)
    if not owner.exists():
        raise ValueError(f"{owner}: no such file or folder. Check the path.")
    if owner.is_dir():
        _no_root(owner, audio_root)
        raw, path_column, label_column = read_folder(owner), "path", "label"
    else:
        raw = read_manifest(owner)
        label_column = _label_column(raw, label_column, task)
    named = {
        "path": _column(owner, raw, path_column, "--path-column"),
        "label": _column(owner, raw, label_column, "--label-column"),
        "group": _column(owner, raw, group_column, "--group-column", GROUP_DEFAULT),
        "split": _column(owner, raw, split_column, "--split-column", SPLIT_DEFAULT),
        "start_s": _column(owner, raw, start_column, "--start-column"),
        "end_s": _column(owner, raw, end_column, "--end-column"),
    }
    return _table(owner, raw, named, task, test_split, min_classes, audio_root)


class Labels(NamedTuple):
    """The labels of a data set as text, their column, and whether they are folder names."""

    texts: list[str]
    column: str
    folders: bool


def read_labels(
    data: str | Path,
    *,
    label_column: str = "label",
    split_column: str | None = None,
    test_split: str | None = None,
) -> Labels:
    """Reads only the labels, to infer whether they are classes, scores or texts.

    Arguments and errors are those of `read_dataset`. Rows whose split is `unused` are left out.
    Warnings are not shown, because `read_dataset` shows them.
    """
    owner = Path(data)
    if not owner.exists():
        raise ValueError(f"{owner}: no such file or folder. Check the path.")
    if owner.is_dir():
        return Labels(read_folder(owner)["label"].tolist(), "label", True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        raw = read_manifest(owner)
    labels = raw[_column(owner, raw, label_column, "--label-column")]
    split = _column(owner, raw, split_column, "--split-column", SPLIT_DEFAULT)
    if split is not None:
        labels = labels[split_words(str(owner), raw[split], test_split) != "unused"]
    return Labels(labels.tolist(), label_column, False)


def _no_root(owner: Path, audio_root: str | Path | None) -> None:
    if audio_root is not None:
        raise ValueError(
            f"{owner}: is a folder, and --audio-root is for the paths of a manifest. Leave it "
            "out."
        )


def read_unlabeled(
    data: str | Path,
    *,
    path_column: str = "path",
    start_column: str | None = None,
    end_column: str | None = None,
    audio_root: str | Path | None = None,
) -> pd.DataFrame:
    """Reads a data set without its labels. It opens no audio file.

    Args:
        data: A folder with audio files at any depth, or a manifest, as in `read_dataset`.
        path_column: Name of the column of file names.
        start_column: Name of the column of seconds at which a clip starts in its file.
        end_column: Name of the column of seconds at which it ends.
        audio_root: As in `read_dataset`.

    Returns:
        A table with `path` (absolute), `start_s`, `end_s` (float seconds or NaN).

    Raises:
        ValueError: `DATA: reason. Fix.` for a missing, empty or unreadable data set, a missing
            column, or a blank or wrong cell.
        ImportError: If the data is a Parquet file and pyarrow is not installed.
    """
    owner = Path(data)
    if not owner.exists():
        raise ValueError(f"{owner}: no such file or folder. Check the path.")
    if owner.is_dir():
        _no_root(owner, audio_root)
        files = [str(file) for file in audio_below(owner)]
        if not files:
            raise ValueError(
                f"{owner}: holds no audio file, at any depth. Put WAV, FLAC, MP3 or Ogg files "
                f"in it, or pass a manifest."
            )
        return pd.DataFrame({"path": files, "start_s": np.nan, "end_s": np.nan})
    raw = read_manifest(owner)
    path = raw[_column(owner, raw, path_column, "--path-column")]
    table = pd.DataFrame({"path": resolve(owner, no_blanks(owner, path, "path"), audio_root)})
    for name, theirs in {"start_s": start_column, "end_s": end_column}.items():
        flag = f"--{name.removesuffix('_s')}-column"
        column = _column(owner, raw, theirs, flag)
        table[name] = (
            np.nan
            if column is None
            else numbers(
                owner, raw[column], name, blanks=True, separator=raw.attrs.get("separator", "")
            )
        )
    return table
