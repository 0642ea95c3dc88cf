"""Opens the frozen network of a probe, and computes the tables of embeddings to fit it on."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from kapre_like import _check
from kapre_like.models.embeddings import networks
from kapre_like.models.embeddings.cache import cache_folder
from kapre_like.models.embeddings.depths import STATISTICS, column_names, depths
from kapre_like.models.embeddings.embedder import Embedder
from kapre_like.models.embeddings.frozen import FrozenNetwork
from kapre_like.models.embeddings.table import table_of
from kapre_like.models.probe.choosing import Examples, Probe, best_depth, best_probe
from kapre_like.models.training.deadline import Deadline
from kapre_like.models.training.inner_folds import inner_folds
from kapre_like.models.training.labels import targets_of

_OWNER = "ProbeModel"


def count_classes(recipe: dict[str, Any]) -> int | None:
    """Returns the number of classes of a recipe; `None` for scores."""
    return None if recipe["task"] == "regress" else len(recipe["class_names"])


def open_network(network: str, recipe: dict[str, Any]) -> FrozenNetwork:
    """Opens the frozen network.

    Raises:
        ValueError: If there is none, or its sample rate is not that of the recipe.
    """
    frozen = networks.open_network(_OWNER, network, seed=recipe["seed"])
    if frozen.sample_rate != recipe["sample_rate"]:
        rule = f"the network's, {frozen.sample_rate}"
        _check.fail(_OWNER, "sample_rate", rule, recipe["sample_rate"])
    return frozen


def choose(
    table: pd.DataFrame,
    frozen: FrozenNetwork,
    recipe: dict[str, Any],
    settings: Any,
    log: Callable[[str], None],
) -> tuple[str, dict[str, float], Probe]:
    """Returns the chosen layer, the held-out loss of each layer, and the trained probe.

    The minutes of the recipe begin here. Embeddings take what they take, because nothing can
    be trained without them; the search for layer and probe ends when the time is over.

    Args:
        table: The clips of training and validation.
        frozen: The frozen network.
        recipe: See `Family.train`.
        settings: `ProbeSettings`.
        log: Called with one line at a time.
    """
    deadline = Deadline(recipe.get("minutes"))
    layer = "all" if settings.layer is None else settings.layer
    found = depths(_OWNER, layer, frozen)
    embedder = Embedder(frozen, found, cache_folder(_OWNER, True))
    examples, note = examples_of(table, embedder, recipe, log)
    n_classes = count_classes(recipe)
    depth, losses = best_depth(examples, n_classes, log, deadline)
    probe = best_probe(
        examples[depth],
        column_names(frozen, depth),
        n_classes,
        kind=settings.head,
        seed=recipe["seed"],
        max_trees=settings.max_trees,
        log=log,
        deadline=deadline,
    )
    probe.settings |= deadline.entry()
    if deadline.unfitted:
        log(probe.settings["budget"]["said"])
    probe.notes = [text for text in (note, *probe.notes) if text]
    return depth, losses, probe


def examples_of(
    table: pd.DataFrame,
    embedder: Embedder,
    recipe: dict[str, Any],
    log: Callable[[str], None],
) -> tuple[dict[str, Examples], str]:
    """Returns the examples of each layer, and what must be said of their inner folds."""
    targets = targets_of(table, recipe["class_names"])
    folds = inner_folds(table, targets, count_classes(recipe), seed=recipe["seed"])
    if folds.note:
        log(folds.note)
    rows, _ = table_of(table, embedder, STATISTICS, seconds=recipe["seconds"], log=log)
    widths = [2 * embedder.network.channels(depth) for depth in embedder.depths]
    parts = np.split(rows, np.cumsum(widths)[:-1], axis=1)
    examples = {
        depth: Examples(part, targets, folds.masks)
        for depth, part in zip(embedder.depths, parts, strict=True)
    }
    return examples, folds.note
