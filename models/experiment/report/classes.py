"""Evidence on classes: metrics of each class, and confused classes."""

from typing import Any

import numpy as np

from kapre_like.models.experiment import tables, wording
from kapre_like.models.experiment.report import figures
from kapre_like.models.experiment.report.blocks import (
    Drawing,
    Matrix,
    Section,
    TableBlock,
    Together,
    Words,
    drawings,
)
from kapre_like.models.experiment.tables import Cell, Table

# A matrix of more classes is hard to read, so the most confused pairs are listed instead.
_MAX_IN_MATRIX = 20
_MAX_PAIRS = 20
_MAX_NAMED_CURVES = 5


def each_class(result: dict[str, Any]) -> Section | None:
    """Returns precision, recall and F1 of every class, and precision-recall curves."""
    by_model = {n: m["per_class"] for n, m in result["models"].items() if m.get("per_class")}
    if not by_model:
        return None
    table = tables.per_class(by_model)
    blocks = [TableBlock(table._replace(note="")), Words(table.note, quiet=True)]
    curves = [
        Drawing(name, figures.to_svg(_curves(drawable), f"Precision, recall: {name}"))
        for name, model in result["models"].items()
        if (drawable := _drawable(model.get("pr_curves")))
    ]
    if curves:
        blocks += [Words(_CURVES), *drawings(*curves)]
    return Section("classes", "Each class", blocks)


_CURVES = (
    "Precision against recall at every threshold of a class. Up and to the right is better. "
    "The classes with the smallest area under the curve are named."
)


def _drawable(curves: dict[str, Any] | None) -> dict[str, dict[str, list[float]]]:
    """Returns the curves of the classes that have test clips."""
    return {n: curve for n, curve in (curves or {}).items() if curve and curve.get("recall")}


def _curves(curves: dict[str, dict[str, list[float]]]) -> Any:
    """Draws a line per class. Those with the smallest area are colored and named."""
    drawn = figures.figure()
    axes = drawn.subplots()
    areas = {name: _area(curve) for name, curve in curves.items()}
    named = sorted(areas, key=areas.get)[:_MAX_NAMED_CURVES]
    for name, curve in curves.items():
        if name not in named:
            axes.plot(curve["recall"], curve["precision"], color=figures.QUIET, linewidth=0.6)
    for (color, style), name in zip(figures.lines(), named, strict=False):
        curve, look = curves[name], {"color": color, "linestyle": style, "linewidth": 1.6}
        axes.plot(curve["recall"], curve["precision"], label=name, **look)
    axes.set(xlabel="recall", ylabel="precision", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    figures.grid(axes)
    drawn.legend(loc="outside lower center", fontsize=9, frameon=False, ncols=2)
    return drawn


def _area(curve: dict[str, list[float]]) -> float:
    recall, precision = np.array(curve["recall"]), np.array(curve["precision"])
    order = np.argsort(recall)
    return float(np.trapezoid(precision[order], recall[order])) if len(recall) > 1 else 0.0


def confusion(result: dict[str, Any]) -> Section | None:
    """Returns the confusion matrix, or the most confused pairs if there are many classes."""
    names = result.get("class_names") or []
    counts = {n: m["confusion"] for n, m in result["models"].items() if m.get("confusion")}
    if not counts:
        return None
    if len(names) > _MAX_IN_MATRIX:
        text = f"The most frequently confused pairs of {len(names)} classes."
        made = [TableBlock(_pairs(name, one, names)) for name, one in counts.items()]
    else:
        text = (
            "Counts of test clips. Rows are true classes, columns are predicted classes. The "
            "shading is the share of the row."
        )
        made = [_matrix(name, one, names) for name, one in counts.items()]
    return Section("confusion", "Confused classes", [Words(text), Together(made)])


def _matrix(title: str, counts: list[list[int]], names: list[str]) -> Matrix:
    rows = [[(n, n / max(1, sum(row))) for n in row] for row in counts]
    return Matrix(title, names, rows)


def _pairs(title: str, counts: list[list[int]], names: list[str]) -> Table:
    found = [
        (count, true, guess)
        for true, row in enumerate(counts)
        for guess, count in enumerate(row)
        if count and true != guess
    ]
    rows = []
    for count, true, guess in sorted(found, key=lambda one: -one[0])[:_MAX_PAIRS]:
        share = count / sum(counts[true])
        clips = Cell(str(count), value=count)
        shown = Cell(wording.percent(share), f"of {names[true]}", share, share)
        rows.append([Cell(names[true]), Cell(names[guess]), clips, shown])
    return Table(title, ["true class", "predicted as", "test clips", "share"], rows)
