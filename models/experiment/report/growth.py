"""Evidence on training: learning curves over data size, training curves, and folds."""

from typing import Any

import numpy as np

from kapre_like.models.experiment import tables, wording
from kapre_like.models.experiment.report import figures
from kapre_like.models.experiment.report.blocks import (
    Drawing,
    Section,
    TableBlock,
    Words,
    drawings,
)
from kapre_like.models.experiment.report.cost_figures import main_metric
from kapre_like.models.experiment.tables import Cell, Table


def learning_curve(result: dict[str, Any]) -> Section | None:
    """Returns the main metric of each model by the number of training clips."""
    found = {
        name: one
        for name, one in (result.get("learning_curve") or {}).items()
        if isinstance(one, dict) and one.get("points")
    }
    if not found:
        return None
    svg = figures.to_svg(_sizes(found, result), "Main metric by number of training clips")
    text = (
        "Small points are single trainings. The line is their mean. The horizontal axis is "
        "logarithmic."
    )
    blocks: list[Any] = [
        Words(_sentence(name, one["text"])) for name, one in found.items() if one.get("text")
    ]
    blocks += drawings(Drawing("by the number of training clips", svg, text))
    blocks.append(TableBlock(_doublings(found, result)))
    return Section("learning-curve", "Would more recordings help?", blocks)


def _sentence(name: str, text: str) -> str:
    """Returns the text of a model's curve, with the model's name if it lacks it."""
    return wording.sentence(text) if name in text else f"{name}: {text}"


def _sizes(found: dict[str, dict[str, Any]], result: dict[str, Any]) -> Any:
    drawn = figures.figure()
    axes = drawn.subplots()
    scale = wording.scale(result["task"])
    for (color, mark), (name, one) in zip(figures.looks(), found.items(), strict=False):
        points = [point for point in one["points"] if point.get("mean") is not None]
        clips = [point["clips"] for point in points]
        means = [scale * point["mean"] for point in points]
        axes.plot(clips, means, color=color, marker=mark, markersize=5, label=name)
        for point in points:
            values = [scale * v for v in point.get("values") or [] if v is not None]
            axes.plot([point["clips"]] * len(values), values, ".", color=color, markersize=4)
    axes.set_xscale("log")
    figures.plain_log_ticks(axes)
    words = tables.name_of(main_metric(result))
    axes.set(xlabel="training clips", ylabel=f"{words} (%)" if scale > 1 else words)
    figures.grid(axes)
    drawn.legend(loc="outside lower center", fontsize=9, frameon=False, ncols=3)
    return drawn


def _doublings(found: dict[str, dict[str, Any]], result: dict[str, Any]) -> Table:
    task, rows = result["task"], []
    for name, one in found.items():
        doubling = one.get("doubling") or {}
        gain, ends = doubling.get("gain"), doubling.get("interval") or (None, None)
        small = "" if ends[0] is None else (
            f"[{wording.signed(task, ends[0])}, {wording.signed(task, ends[1])}]"
        )  # fmt: skip
        shown = tables.NONE if gain is None else wording.gap(task, gain)
        last = one["points"][-1]
        groups = f"{last['groups']} groups" if last.get("groups") else ""
        rows.append([
            Cell(name),
            Cell(f"{last['clips']:,}", groups, last["clips"]),
            Cell(shown, small, gain),
        ])  # fmt: skip
    header = ["", "training clips now", "gain from twice as many"]
    return Table("Gain from twice the recordings (extrapolated)", header, rows)


def training_curves(result: dict[str, Any]) -> Section | None:
    """Returns the loss, and the accuracy if it was recorded, by epoch or tree."""
    drawn = []
    for name, model in result["models"].items():
        histories = [history for history in model.get("histories") or [] if history]
        drawing = _history(histories) if histories else None
        if drawing is not None:
            drawn.append(Drawing(name, figures.to_svg(drawing, f"Training curves: {name}")))
    many = len(result["data"]["stages"]) > 1
    text = "Loss by epoch or tree." + (" One line per fold." if many else "")
    blocks = [Words(text), *drawings(*drawn)] if drawn else []
    return Section("training-curves", "Training curves", blocks)


def _history(histories: list[dict[str, list[float]]]) -> Any | None:
    losses = [key for key in ("train_loss", "valid_loss") if histories[0].get(key)]
    others = [key for key in ("train_accuracy", "valid_accuracy") if histories[0].get(key)]
    panels = [keys for keys in (losses, others) if keys]
    if not panels:
        return None
    drawn = figures.figure(height=0.4 + 2.3 * len(panels))
    for axes, keys in zip(np.atleast_1d(drawn.subplots(len(panels), 1)), panels, strict=True):
        for key, color in zip(keys, figures.COLORS, strict=False):
            for index, history in enumerate(histories):
                values = history.get(key, [])
                axes.plot(
                    range(1, len(values) + 1),
                    values,
                    color=color,
                    linewidth=1.6 if len(histories) == 1 else 0.9,
                    linestyle="--" if key.startswith("train") else "-",
                    label=key.replace("_", " ") if index == 0 else None,
                    marker="o" if len(values) == 1 else None,
                )
        axes.set_ylabel(keys[0].rpartition("_")[2])
        figures.grid(axes)
        axes.legend(loc="best", fontsize=9)
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("epoch or tree")
    return drawn


def folds(result: dict[str, Any]) -> Section | None:
    """Returns the main metric of each fold; `None` for a single test."""
    stages = result["data"]["stages"]
    if len(stages) < 2:
        return None
    metric, rows = main_metric(result), []
    for index, stage in enumerate(stages):
        values = [model["folds"][index].get(metric) for model in result["models"].values()]
        cells = [Cell(wording.metric_value(metric, value), "", value) for value in values]
        sizes = [Cell(str(stage[name]), value=stage[name]) for name in ("train", "test")]
        rows.append([Cell(stage["name"]), *sizes, *cells])
    header = ["fold", "trained on", "tested on", *result["models"]]
    table = Table(f"Each fold: {tables.name_of(metric)}", header, rows)
    return Section("folds", "Each fold", [TableBlock(table)])
