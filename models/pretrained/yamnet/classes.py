"""Names of YAMNet's scores, from the original's table."""

import csv
from pathlib import Path
from typing import Any

FILE = "yamnet_class_map.csv"


def class_names(classes: Any, weights: Path | None, n_classes: int) -> list[str] | None:
    """Returns the names of the scores in their order; `None` if they are unknown.

    Args:
        classes: The table, a CSV file with the columns `index`, `mid` and `display_name`.
            `None` searches beside the weights.
        weights: File or folder of weights; `None` without.
        n_classes: Int, number of classes.

    Raises:
        ValueError: If there is no such file, or its rows do not fit.
    """
    path = _beside(weights) if classes is None else Path(classes).expanduser()
    if path is None:
        return None
    if not path.is_file():
        raise ValueError(f"yamnet: `classes` must be an existing file. Received: {classes}")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [(int(row["index"]), row["display_name"]) for row in csv.DictReader(file)]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(_rule(n_classes, path, "another file")) from error
    if [index for index, _ in rows] != list(range(n_classes)):
        raise ValueError(_rule(n_classes, path, f"{len(rows)} rows"))
    return [name for _, name in rows]


def _beside(weights: Path | None) -> Path | None:
    if weights is None:
        return None
    folders = [weights, weights / "assets"] if weights.is_dir() else [weights.parent]
    return next((folder / FILE for folder in folders if (folder / FILE).is_file()), None)


def _rule(n_classes: int, path: Path, received: str) -> str:
    columns = "the columns index, mid, display_name"
    return (
        f"yamnet: `classes` must be {FILE} with {columns} and the rows 0 to {n_classes - 1}. "
        f"Received: {path} ({received})."
    )
