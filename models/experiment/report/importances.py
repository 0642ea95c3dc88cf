"""Evidence on features: the most important ones in plain words, and their frequencies."""

import itertools
import re
from typing import Any

import numpy as np

from kapre_like.models.experiment.feature_words import band_edges, feature_words
from kapre_like.models.experiment.report import figures
from kapre_like.models.experiment.report.blocks import (
    Drawing,
    Section,
    TableBlock,
    Together,
    drawings,
)
from kapre_like.models.experiment.tables import Cell, Table

_SHOWN = 20
# Column names of the feature table contain the center of a mel band: mel_26_2766hz_mean.
_BAND = re.compile(r"mel_\d+_(?P<hz>\d+)hz_\w+")


def importances(result: dict[str, Any]) -> Section | None:
    """Returns the most important features of each model, and importance by frequency."""
    blocks: list[Any] = []
    for name, model in result["models"].items():
        if model.get("importances"):
            made: list[Any] = [TableBlock(_table(name, model["importances"]))]
            drawn = _bands(model["importances"])
            if drawn is not None:
                words = f"{name}: importance by frequency"
                made += drawings(Drawing(words, figures.to_svg(drawn, words)))
            blocks.append(Together(made))
    return Section("features", "Most important features", blocks)


def _table(name: str, items: list) -> Table:
    bands = band_edges(column for column, _ in items)
    total = sum(value for _, value in items) or 1.0
    first = [item for item in items[:_SHOWN] if item[1] > 0]
    greatest = first[0][1] if first else 1.0
    rows = [
        [Cell(feature_words(column, bands), column), _bar(value / total, value / greatest)]
        for column, value in first
    ]
    title = f"{name}: the {len(first)} most important features"
    return Table(title, ["feature", "share of total importance"], rows)


def _bar(share: float, length: float) -> Cell:
    return Cell(f"{100 * share:.1f} %", "", share, length)


def _bands(items: list) -> Any | None:
    """Plots importance, summed over all statistics of a mel band, by its center in Hz."""
    total: dict[int, float] = {}
    for name, value in items:
        found = _BAND.fullmatch(name)
        if found:
            total[int(found["hz"])] = total.get(int(found["hz"]), 0.0) + value
    if len(total) < 2:
        return None
    drawn = figures.figure()
    axes = drawn.subplots()
    hz = sorted(total)
    # Each bar extends half way to its neighbors.
    edges = np.array([0, *((a + b) / 2 for a, b in itertools.pairwise(hz)), hz[-1]], float)
    edges[-1] += hz[-1] - edges[-2]
    axes.stairs([total[middle] for middle in hz], edges, fill=True, color=figures.COLORS[0])
    axes.set_xscale("symlog", linthresh=1000)
    axes.set_xlim(0, edges[-1])
    ticks = [tick for tick in (0, 250, 500, 1000, 2000, 4000, 8000, 16000) if tick <= edges[-1]]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("frequency of the mel band (Hz)")
    axes.set_ylabel("importance, all statistics")
    figures.grid(axes, "y")
    return drawn
