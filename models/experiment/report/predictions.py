"""Reads the predictions for the test clips from `predictions.csv`; metrics by group."""

import csv
from functools import cached_property
from pathlib import Path
from typing import Any

from kapre_like.models.experiment import wording
from kapre_like.models.experiment.report.blocks import Section, TableBlock, Words
from kapre_like.models.experiment.tables import Cell, Table

_MAX_GROUPS = 200


class Predictions:
    """The rows of `predictions.csv`. The file is read once, at the first access.

    Args:
        path: Path of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = Path(path)

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """One dict per test clip; empty if there is no file."""
        if not self._path.is_file():
            return []
        with self._path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def has(self, name: str) -> bool:
        """Returns whether the file contains the predictions of a model."""
        return bool(self.rows) and name in self.rows[0]


def by_group(result: dict[str, Any], predictions: Predictions) -> Section | None:
    """Returns the metric of each model on each test group."""
    if not result["data"].get("has_groups") or not predictions.rows:
        return None
    names = [name for name in result["models"] if predictions.has(name)]
    groups: dict[str, list[dict[str, str]]] = {}
    for row in predictions.rows:
        groups.setdefault(row["group"], []).append(row)
    if len(groups) < 2 or not names:
        return None
    what, compute, percent = _METRICS[result["task"]]
    values = {group: [compute(rows, name) for name in names] for group, rows in groups.items()}
    classes = result["task"] == "classify"
    top = 1.0 if classes else max(max(found) for found in values.values()) or 1.0
    worst_first = sorted(values, key=lambda group: values[group][0], reverse=not classes)
    rows = []
    for group in worst_first[:_MAX_GROUPS]:
        n = len(groups[group])
        bars = [
            Cell(wording.percent(v) if percent else f"{v:.3g}", "", v, v / top)
            for v in values[group]
        ]
        rows.append([Cell(group), Cell(str(n), value=n), *bars])
    table = Table(
        f"{what} by group", ["group", "test clips", *names], rows, folded=len(rows) > 30
    )
    text = (
        "A group, such as a speaker, a device or a place, is never both in training and in the "
        "test. A model that fails on some test groups will fail on some new ones."
    )
    if len(values) > _MAX_GROUPS:
        text += f" The table shows the {_MAX_GROUPS} worst of {len(values)}."
    return Section("groups", "Each group", [Words(text), TableBlock(table)])


def _share_right(rows: list[dict[str, str]], name: str) -> float:
    return sum(row[name] == row["true"] for row in rows) / len(rows)


def _error(rows: list[dict[str, str]], name: str) -> float:
    return sum(abs(float(row[name]) - float(row["true"])) for row in rows) / len(rows)


def _wer(rows: list[dict[str, str]], name: str) -> float:
    from kapre_like.models.experiment.metrics import points

    texts = [(row["true"], row[name]) for row in rows]
    return points("transcribe", *zip(*texts, strict=True))["wer"]


# By task: the name of the metric, its function, and whether it is a percentage.
_METRICS = {
    "classify": ("accuracy", _share_right, True),
    "regress": ("mean absolute error", _error, False),
    "transcribe": ("word error rate", _wer, True),
}
