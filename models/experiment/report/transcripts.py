"""Evidence on transcripts: kinds of errors, and token probabilities of one clip."""

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
    "A substituted word was transcribed as another word. A deleted word is missing from the "
    "transcript. An inserted word is in the transcript only. Many deletions mean that a model "
    "misses words, many insertions that it adds words."
)
_LATTICE_TEXT = (
    "Probability of each token in each frame, for the test clip of median length. The blank "
    "separates tokens. The transcript is the most probable token of each frame, without "
    "repeats and blanks."
)


def kinds(result: dict[str, Any]) -> Section | None:
    """Returns the number of words that each model substitutes, deletes and inserts."""
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
    table = Table("Share of the true words", ["", "words", *_KINDS], rows)
    return Section(
        "word-errors", "Kinds of errors", [TableBlock(table), Words(_KINDS_TEXT, quiet=True)]
    )


def lattices(result: dict[str, Any]) -> Section | None:
    """Returns the token probabilities of one clip for each model."""
    drawn = []
    for name, model in result["models"].items():
        if not (one := model.get("lattice")):
            continue
        svg = figures.to_svg(_lattice(one), f"Token probabilities over time: {name}")
        text = f"{one['true']}, transcribed as {one['predicted'] or 'nothing'} ({one['path']})"
        drawn.append(Drawing(name, svg, text))
    blocks = [Words(_LATTICE_TEXT), *drawings(*drawn)] if drawn else []
    return Section("lattice", "Token probabilities over time", blocks)


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
