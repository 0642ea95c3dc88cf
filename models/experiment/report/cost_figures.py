"""Plots of the main metric against cost: models, cascades and baselines."""

from collections.abc import Callable
from typing import Any

from kapre_like.models.experiment import tables, wording
from kapre_like.models.experiment.report import figures

_MAX_LABEL_IN_TWO_COLUMNS = 20
Cost = Callable[[dict[str, Any]], float | None]


def against_computing(result: dict[str, Any]) -> Any:
    """Returns the figure of the main metric against the time to compute one clip."""
    drawn, axes = _points(result, tables.computing, "computing per clip (ms)")
    for cascade in result.get("cascades") or []:
        _cascade(axes, cascade, result)
    return _finished(drawn, axes, result)


def against_training(result: dict[str, Any]) -> Any:
    """Returns the figure of the main metric against the time to train."""
    drawn, axes = _points(result, lambda model: model["seconds_train"], "training time (s)")
    return _finished(drawn, axes, result)


def main_metric(result: dict[str, Any]) -> str:
    """Returns the name of the metric that the advice is based on."""
    return result["advice"]["metric"]


def _scale(result: dict[str, Any]) -> float:
    return wording.scale(result["task"])


def _points(result: dict[str, Any], cost_of: Cost, label: str) -> tuple[Any, Any]:
    """Draws one point per model with its 95 % interval."""
    drawn = figures.figure()
    axes = drawn.subplots()
    metric, scale = main_metric(result), _scale(result)
    for (color, mark), (name, model) in zip(
        figures.looks(), result["models"].items(), strict=False
    ):
        value, cost = model["metrics"].get(metric), cost_of(model)
        if value is None or not cost:
            continue
        low, high = (model.get("intervals") or {}).get(metric) or (None, None)
        low, high = value if low is None else low, value if high is None else high
        bar = [[scale * max(0.0, value - low)], [scale * max(0.0, high - value)]]
        look = {"fmt": mark, "color": color, "capsize": 4, "label": name, "zorder": 3}
        axes.errorbar([cost], [scale * value], yerr=bar, **look)
    axes.set_xscale("log")
    axes.set_xlabel(label)
    return drawn, axes


def _cascade(axes: Any, cascade: dict[str, Any], result: dict[str, Any]) -> None:
    """Draws the curve of a cascade and marks the chosen threshold."""
    metric, scale = main_metric(result), _scale(result)
    points = [one for one in cascade.get("curve") or [] if one.get(metric) is not None]
    points = sorted((one["cost_ms"], scale * one[metric]) for one in points)
    if points:
        axes.plot(*zip(*points, strict=True), color=figures.QUIET, linewidth=1.2)
    value = (cascade.get("metrics") or {}).get(metric)
    if value is not None and cascade.get("cost_ms"):
        name = f"{cascade['light']}, unsure clips to {cascade['heavy']}"
        look = {"color": figures.COLORS[-1], "markersize": 11, "label": name, "zorder": 4}
        axes.plot([cascade["cost_ms"]], [scale * value], "*", **look)


def _finished(drawn: Any, axes: Any, result: dict[str, Any]) -> Any:
    """Draws the lines of the baselines, the labels of the axes and the legend."""
    metric, scale = main_metric(result), _scale(result)
    styles = ("--", ":", "-.")
    best: dict[float, str] = {}
    for name, baseline in (result.get("baselines") or {}).items():
        value = baseline["metrics"].get(metric)
        if value is not None:
            # Baselines with equal values, such as majority and prior, share one line.
            same = round(scale * value, 6)
            best[same] = f"{best[same]}, {name}" if same in best else name
    for style, (value, name) in zip(styles, best.items(), strict=False):
        axes.axhline(value, color=figures.QUIET, linestyle=style, linewidth=1, label=name)
    axes.margins(x=0.25, y=0.1)
    if axes.has_data():
        figures.plain_log_ticks(axes)
    words = tables.name_of(metric)
    axes.set_ylabel(f"{words} (%)" if scale > 1 else words)
    figures.grid(axes)
    handles, labels = axes.get_legend_handles_labels()
    # Models come first in the legend.
    order = sorted(range(len(labels)), key=lambda n: labels[n] not in result["models"])
    if order:
        shown = [handles[n] for n in order], [labels[n] for n in order]
        # Two columns of long names would be wider than the figure.
        columns = 2 if max(map(len, labels)) <= _MAX_LABEL_IN_TWO_COLUMNS else 1
        look = {"fontsize": 9, "frameon": False, "ncols": columns}
        drawn.legend(*shown, loc="outside lower center", **look)
    return drawn
