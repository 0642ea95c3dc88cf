"""Draws the results of a benchmark as bars."""

from itertools import groupby
from pathlib import Path

from matplotlib.figure import Figure
from result_pages import Row

# The number that a chart shows: the first of these that a row has, and its axis.
_DRAWN = {
    "median_ms": "median, ms",
    "median_s": "median, s",
    "median_mb": "median, MB",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "wer": "word error rate",
}
_MOST = 6  # more panels than this are no picture
_COLOR = "#0072b2"


def draw_chart(path: Path, rows: list[Row]) -> bool:
    """Draws one panel per line of a file; returns whether there was anything to draw.

    Args:
        path: The picture to write.
        rows: The numbers of the file.
    """
    drawn = [row for row in rows if _value(row)]
    panels = [list(group) for _, group in groupby(drawn, lambda row: (row.title, row.setting))]
    if all(len(panel) == 1 for panel in panels):
        panels = [drawn]
    if not 2 <= len(drawn) <= 60 or len(panels) > _MOST:
        return False
    heights = [len(panel) + 1.2 for panel in panels]
    figure = Figure(figsize=(7.5, 0.36 * sum(heights) + 0.4), dpi=110, layout="constrained")
    axes = figure.subplots(len(panels), 1, height_ratios=heights, squeeze=False)[:, 0]
    for axis, panel in zip(axes, panels, strict=True):
        _draw(axis, panel)
    figure.savefig(path)
    return True


def _draw(axes, rows: list[Row]) -> None:
    """One bar per rival, with what the row has of its spread."""
    names = [row.rival or row.title or row.setting for row in rows]
    values = [_value(row)[1] for row in rows]
    places = range(len(rows))
    axes.barh(places, values, color=_COLOR, height=0.6)
    for place, row, value in zip(places, rows, values, strict=True):
        low, high = _spread(row) or (value, value)
        axes.plot([low, high], [place, place], color="black", linewidth=1)
        axes.annotate(
            f"{value:.3g}", (max(value, high), place), xytext=(4, 0), fontsize=7,
            textcoords="offset points", va="center",
        )  # fmt: skip
    axes.set_yticks(places, [_short(name) for name in names], fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlim(left=0)
    axes.set_xlabel(_DRAWN[_value(rows[0])[0]], fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if len({row.title for row in rows}) == 1:
        axes.set_title(_short(f"{rows[0].title} ({rows[0].setting})", 110), fontsize=8)


def _value(row: Row) -> tuple[str, float] | None:
    return next(((name, row.numbers[name]) for name in _DRAWN if name in row.numbers), None)


def _spread(row: Row) -> list[float] | None:
    """The 10th and 90th percentile, or the 95 % interval."""
    if {"p10_ms", "p90_ms"} <= row.numbers.keys():
        return [row.numbers["p10_ms"], row.numbers["p90_ms"]]
    name = _value(row)[0]
    return row.numbers.get(f"{name}_interval") or row.numbers.get("interval")


def _short(text: str, most: int = 44) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
