"""Evidence on transcripts: kinds of errors, and the lattice of a clip."""

from typing import Any

import numpy as np

from kapre_like.models.experiment import wording
from kapre_like.models.experiment.report import figures
from kapre_like.models.experiment.report.blocks import (
    Drawing,
    Section,
    TableBlock,
    Words,
    drawings,
)
from kapre_like.models.experiment.tables import Cell, Table

_KINDS = ("substitutions", "deletions", "insertions")
_KINDS_TEXT = (
    "A substituted word was heard as another, a deleted one was not heard, an inserted one was "
    "not said. Many deletions mean that a model hears too little; many insertions, too much."
)
_LATTICE_TEXT = (
    "How likely each model finds each token in each frame of one test clip, that of median "
    "length. The blank stands between tokens; the likeliest token of each frame, without "
    "repeats and blanks, is what is written."
)


def kinds(result: dict[str, Any]) -> Section | None:
    """Returns how many words each model substitutes, deletes and inserts."""
    found = {name: m["errors"] for name, m in result["models"].items() if m.get("errors")}
    if not found:
        return None
    rows = []
    for name, one in found.items():
        shares = [one[kind] / max(one["words"], 1) for kind in _KINDS]
        cells = [
            Cell(wording.percent(share), f"{one[kind]:,}", share)
            for kind, share in zip(_KINDS, shares, strict=True)
        ]
        rows.append([Cell(name), Cell(f"{one['words']:,}", value=one["words"]), *cells])
    table = Table("Of the words that were said", ["", "words", *_KINDS], rows)
    return Section(
        "word-errors", "Kinds of errors", [TableBlock(table), Words(_KINDS_TEXT, quiet=True)]
    )


def lattices(result: dict[str, Any]) -> Section | None:
    """Returns the lattice of a clip for each model."""
    drawn = []
    for name, model in result["models"].items():
        if not (one := model.get("lattice")):
            continue
        svg = figures.to_svg(_lattice(one), f"Likelihood of tokens over time: {name}")
        text = f"{one['true']}, heard as {one['said'] or 'nothing'} ({one['path']})"
        drawn.append(Drawing(name, svg, text))
    blocks = [Words(_LATTICE_TEXT), *drawings(*drawn)] if drawn else []
    return Section("lattice", "What is heard when", blocks)


def _lattice(one: dict[str, Any]) -> Any:
    shares = np.asarray(one["probabilities"], float)
    drawn = figures.figure(height=max(2.0, 0.9 + 0.16 * len(shares)))
    axes = drawn.subplots()
    seconds = shares.shape[1] * one["frame_seconds"]
    axes.imshow(
        shares, aspect="auto", cmap="magma", vmin=0, vmax=1, interpolation="nearest",
        extent=(0, seconds, len(shares) - 0.5, -0.5),
    )  # fmt: skip
    axes.set_yticks(range(len(shares)), one["tokens"], fontsize=8)
    axes.set_xlabel("seconds")
    return drawn
