"""Evidence on scores: predicted against true scores, residuals, conformal intervals."""

from typing import Any

import numpy as np

from kapre_like.models.experiment import tables, wording
from kapre_like.models.experiment.report import figures
from kapre_like.models.experiment.report.blocks import (
    Drawing,
    Drawings,
    Section,
    TableBlock,
    Words,
)
from kapre_like.models.experiment.report.predictions import Predictions
from kapre_like.models.experiment.tables import Cell, Table


def scores(result: dict[str, Any], predictions: Predictions) -> Section | None:
    """Returns plots of predicted against true scores, and of errors by true score."""
    if result["task"] != "regress":
        return None
    truth = np.array([float(row["true"]) for row in predictions.rows])
    drawn = []
    for color, name in zip(figures.colors(), result["models"], strict=False):
        if not predictions.has(name):
            continue
        guess = np.array([float(row[name]) for row in predictions.rows])
        words = f"{name}: true against predicted score"
        drawn.append(
            Drawing(f"{name}: predicted", figures.to_svg(_scatter(truth, guess, color), words))
        )
        half = (result["models"][name].get("conformal") or {}).get("half_width")
        words = f"{name}: error by true score"
        drawn.append(
            Drawing(
                f"{name}: error", figures.to_svg(_residuals(truth, guess, color, half), words)
            )
        )
    blocks = [Words(_SCATTER), *([Drawings(drawn, pairs=True)] if drawn else [])]
    conformal = _conformal(result)
    blocks += [TableBlock(conformal)] if conformal else []
    return Section("scores", "True against predicted", blocks)


_SCATTER = (
    "One point per test clip. On the dashed line the prediction equals the true score. The "
    "dotted line is the mean of all true scores, a baseline. Errors are predicted minus true."
)


def _scatter(truth: np.ndarray, guess: np.ndarray, color: str) -> Any:
    """Plots predicted against true scores, with the identity line and the mean."""
    drawn = figures.figure()
    axes = drawn.subplots()
    axes.plot(truth, guess, "o", markersize=3.5, alpha=0.5, color=color, markeredgewidth=0)
    ends = [min(truth.min(), guess.min()), max(truth.max(), guess.max())]
    axes.plot(ends, ends, color=figures.QUIET, linewidth=1, linestyle="--", label="equal")
    axes.axhline(truth.mean(), color=figures.QUIET, linewidth=1.3, linestyle=":", label="mean")
    axes.set(xlabel="true score", ylabel="predicted score")
    figures.grid(axes)
    drawn.legend(loc="outside lower center", fontsize=9, frameon=False, ncols=2)
    return drawn


def _residuals(truth: np.ndarray, guess: np.ndarray, color: str, half: float | None) -> Any:
    """Plots errors by true score, with the conformal interval as a band."""
    drawn = figures.figure()
    axes = drawn.subplots()
    wrong = guess - truth
    axes.plot(truth, wrong, "o", markersize=3.5, alpha=0.5, color=color, markeredgewidth=0)
    axes.axhline(0, color=figures.QUIET, linewidth=1, linestyle="--", label="no error")
    # Errors of a constant prediction, the mean of the true scores.
    ends = np.array([truth.min(), truth.max()])
    constant = {"color": figures.QUIET, "linewidth": 1.3, "linestyle": ":"}
    axes.plot(ends, truth.mean() - ends, label="always the mean", **constant)
    if half:
        axes.axhspan(-half, half, color=color, alpha=0.12, label="90 % interval")
    axes.set(xlabel="true score", ylabel="predicted minus true")
    figures.grid(axes)
    drawn.legend(loc="outside lower center", fontsize=9, frameon=False, ncols=3)
    return drawn


def _conformal(result: dict[str, Any]) -> Table | None:
    found = {n: m["conformal"] for n, m in result["models"].items() if m.get("conformal")}
    if not found:
        return None
    rows = []
    for name, one in found.items():
        coverage, half = one.get("coverage"), one.get("half_width")
        reach = wording.interval("coverage", one.get("coverage_interval"))
        level = one.get("level", 0.9)
        rows.append([
            Cell(name),
            Cell(wording.percent(level), value=level),
            Cell(tables.NONE if half is None else f"± {half:.3g}", value=half),
            Cell(wording.metric_value("coverage", coverage), reach, coverage),
        ])  # fmt: skip
    header = ["", "nominal coverage", "half-width", "coverage on test clips"]
    return Table("Prediction intervals", header, rows)
