"""Evidence on classes: each class by itself, and which is taken for which."""

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

# More classes than a matrix can be read with; the pairs that are mixed up most, then.
_MOST_IN_MATRIX = 20
_MOST_PAIRS = 20
_MOST_NAMED_CURVES = 5


def each_class(result: dict[str, Any]) -> Section | None:
    """Returns the bars of every class, and the curves of precision against recall."""
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
    "Precision against recall as the threshold of a class moves: up and to the right is "
    "better. The classes with the least area below their line are named."
)


def _drawable(curves: dict[str, Any] | None) -> dict[str, dict[str, list[float]]]:
    """The curves of classes that have test clips."""
    return {n: curve for n, curve in (curves or {}).items() if curve and curve.get("recall")}


def _curves(curves: dict[str, dict[str, list[float]]]) -> Any:
    """Draws a line per class; those with the least area are colored and named."""
    drawn = figures.figure()
    axes = drawn.subplots()
    areas = {name: _area(curve) for name, curve in curves.items()}
    named = sorted(areas, key=areas.get)[:_MOST_NAMED_CURVES]
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
    """Returns which class is taken for which: a matrix, or the pairs that are mixed up most."""
    names = result.get("class_names") or []
    counts = {n: m["confusion"] for n, m in result["models"].items() if m.get("confusion")}
    if not counts:
        return None
    if len(names) > _MOST_IN_MATRIX:
        text = f"Of {len(names)} classes, the pairs that are mixed up most often."
        made = [TableBlock(_pairs(name, one, names)) for name, one in counts.items()]
    else:
        text = "Counts of test clips: rows are true, columns are answers, shading is the share."
        made = [_matrix(name, one, names) for name, one in counts.items()]
    return Section("confusion", "Which class is taken for which", [Words(text), Together(made)])


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
    for count, true, guess in sorted(found, key=lambda one: -one[0])[:_MOST_PAIRS]:
        share = count / sum(counts[true])
        clips = Cell(str(count), value=count)
        shown = Cell(wording.percent(share), f"of {names[true]}", share, share)
        rows.append([Cell(names[true]), Cell(names[guess]), clips, shown])
    return Table(title, ["is", "taken for", "test clips", "share"], rows)
