"""Reads the names of a network's scores from the published table of classes.

YAMNet's and PANNs' tables have the columns `index`, `mid` (AudioSet's name) and `display_name`.
"""

import csv
from pathlib import Path
from typing import Any


def class_names(
    owner: str, file: str, classes: Any, weights: Path | None, n_classes: int
) -> list[str] | None:
    """Returns the names of the scores in order, or `None` if they are unknown.

    Args:
        owner: Name of the network, for error messages.
        file: Name of the published table, such as `"yamnet_class_map.csv"`.
        classes: Path of the table, a CSV file. `None` searches in the folder of the weights.
        weights: File or folder of weights, or `None`.
        n_classes: Int, number of classes.

    Raises:
        ValueError: If the file does not exist or has other rows or columns.
    """
    path = _beside(weights, file) if classes is None else Path(classes).expanduser()
    if path is None:
        return None
    if not path.is_file():
        raise ValueError(f"{owner}: `classes` must be an existing file. Received: {classes}")
    try:
        with path.open(encoding="utf-8", newline="") as opened:
            rows = [(int(row["index"]), row["display_name"]) for row in csv.DictReader(opened)]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(_rule(owner, file, n_classes, path, "another file")) from error
    if [index for index, _ in rows] != list(range(n_classes)):
        raise ValueError(_rule(owner, file, n_classes, path, f"{len(rows)} rows"))
    return [name for _, name in rows]


def _beside(weights: Path | None, file: str) -> Path | None:
    if weights is None:
        return None
    folders = [weights, weights / "assets"] if weights.is_dir() else [weights.parent]
    return next((folder / file for folder in folders if (folder / file).is_file()), None)


def _rule(owner: str, file: str, n_classes: int, path: Path, received: str) -> str:
    columns = "the columns index, mid, display_name"
    return (
        f"{owner}: `classes` must be {file} with {columns} and the rows 0 to {n_classes - 1}. "
        f"Received: {path} ({received})."
    )
