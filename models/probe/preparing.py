"""Computes the embeddings of the training clips, and chooses and fits a probe."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from kapre_like.features.table import feature_table
from kapre_like.models.artifact.progress import Progress
from kapre_like.models.embeddings.cache import cache_folder
from kapre_like.models.embeddings.depths import STATISTICS
from kapre_like.models.embeddings.embedder import Embedder
from kapre_like.models.embeddings.frozen import FrozenNetwork
from kapre_like.models.embeddings.table import table_of
from kapre_like.models.probe.choosing import Probe, Search, best_probe, best_view
from kapre_like.models.probe.views import View, layers_of, poolings_of
from kapre_like.models.training.deadline import Deadline
from kapre_like.models.training.inner_folds import inner_folds
from kapre_like.models.training.labels import targets_of
from kapre_like.models.training.linear_trials import Examples

_OWNER = "probe"


def count_classes(recipe: dict[str, Any]) -> int | None:
    """Returns the number of classes of a recipe; `None` for scores."""
    return None if recipe["task"] == "regress" else len(recipe["class_names"])


def choose(
    table: pd.DataFrame,
    frozen: FrozenNetwork,
    recipe: dict[str, Any],
    settings: Any,
    log: Callable[[str], None],
) -> tuple[View, dict[str, float], Probe]:
    """Returns the chosen view, the held-out loss of each layer, and the trained probe.

    The time limit of the recipe starts here. It does not stop the embeddings, because no probe
    can be trained without them. It stops the search for layer and head.

    Args:
        table: Table of the training and validation clips.
        frozen: The frozen network.
        recipe: See `Family.train`.
        settings: `ProbeSettings`.
        log: Called with one line at a time.
    """
    deadline = Deadline(recipe.get("minutes"))
    search = Search(count_classes(recipe), recipe["seed"], settings.max_trees, log, deadline)
    layers = layers_of(_OWNER, settings.layer, frozen)
    poolings = poolings_of(_OWNER, settings.pooling)
    examples, note = examples_of(table, recipe, log)
    tables = embeddings_of(table, frozen, layers, recipe, log)
    view, losses = best_view(tables, examples, layers, poolings, search)
    probe = best_probe(
        examples._replace(rows=view.pick(tables)),
        view.columns(frozen),
        lambda: features_of(table, recipe, log),
        head=settings.head,
        search=search,
    )
    probe.settings |= deadline.entry()
    probe.notes = [text for text in (note, *probe.notes) if text]
    return view, losses, probe


def examples_of(
    table: pd.DataFrame, recipe: dict[str, Any], log: Callable[[str], None]
) -> tuple[Examples, str]:
    """Returns the targets and inner folds, and a note on the folds, or `""`."""
    targets = targets_of(table, recipe["class_names"])
    folds = inner_folds(table, targets, count_classes(recipe), seed=recipe["seed"])
    if folds.note:
        log(folds.note)
    return Examples(np.empty((len(table), 0)), targets, folds.masks), folds.note


def embeddings_of(
    table: pd.DataFrame,
    frozen: FrozenNetwork,
    layers: list[tuple[str, ...]],
    recipe: dict[str, Any],
    log: Callable[[str], None],
) -> dict[str, np.ndarray]:
    """Returns all statistics of each layer, `(clips, columns)`. They are cached on disk."""
    names = list(dict.fromkeys(name for layer in layers for name in layer))
    embedder = Embedder(frozen, names, cache_folder(_OWNER, True))
    rows, _ = table_of(table, embedder, STATISTICS, seconds=recipe["seconds"], log=log)
    widths = [len(STATISTICS) * frozen.channels(name) for name in names]
    return dict(zip(names, np.split(rows, np.cumsum(widths)[:-1], axis=1), strict=True))


def features_of(
    table: pd.DataFrame, recipe: dict[str, Any], log: Callable[[str], None]
) -> tuple[np.ndarray, list[str]]:
    """Returns the `kapre_like.features` statistics of each clip, and their names."""
    progress = Progress(log, "computing features", len(table))
    return feature_table(
        table,
        {"sample_rate": recipe["sample_rate"]},
        seconds=recipe["seconds"],
        progress=progress.reach,
    )
