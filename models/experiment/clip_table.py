"""Reads the table of a data set without decoding its files, with or without labels."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kapre_like.models.experiment.clips import Columns

if TYPE_CHECKING:
    import pandas as pd


def read_clip_table(data: str | Path, columns: Columns) -> "pd.DataFrame":
    """Reads a data set with or without labels. Does not open audio files.

    Args:
        data: A folder of class folders, a folder of sound files, which has no labels, or a
            manifest.
        columns: Columns of the manifest, as in `train`.

    Returns:
        A table as from `kapre_like.audio.read_dataset`, with labels as text. It has no column
        `label` if the data set has no labels.

    Raises:
        ValueError: As in `read_dataset`.
    """
    from kapre_like.audio.manifest import read_dataset, read_unlabeled

    owner = Path(data)
    if owner.is_dir() and _has_files(owner):
        return read_unlabeled(data, audio_root=columns.get("audio_root"))
    # As transcripts, labels may have any value.
    given: dict[str, Any] = {**columns, "task": "transcribe"}
    if owner.is_dir() or "label_column" in columns or _has_labels(owner):
        return read_dataset(data, **given)
    table = read_dataset(data, **given, label_column=columns.get("path_column", "path"))
    without = table.drop(columns="label")
    without.attrs = dict(table.attrs)
    return without


def written_columns(table: "pd.DataFrame") -> dict[str, str]:
    """Returns the columns to write, by the names that `train` recognizes."""
    names = {"path": "path", "label": "label"}
    if table.attrs.get("has_groups"):
        names["speaker"] = "group"
    if table.attrs.get("has_splits"):
        names["split"] = "split"
    names |= {name: name for name in ("start_s", "end_s") if table[name].notna().any()}
    return {name: column for name, column in names.items() if column in table.columns}


def _has_files(folder: Path) -> bool:
    from kapre_like.audio.folder import AUDIO_SUFFIXES

    return any(file.suffix.lower() in AUDIO_SUFFIXES for file in folder.iterdir())


def _has_labels(manifest: Path) -> bool:
    from kapre_like.audio.manifest import TEXT_COLUMNS
    from kapre_like.audio.manifest_file import read_manifest

    if not manifest.exists():
        return True  # `read_dataset` raises the error
    with warnings.catch_warnings():
        # `read_dataset` reads the manifest again, and warns then.
        warnings.simplefilter("ignore", UserWarning)
        return bool({"label", *TEXT_COLUMNS} & set(read_manifest(manifest).columns))
