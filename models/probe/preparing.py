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
    tables: list[pd.DataFrame],
    frozen: FrozenNetwork,
    recipe: dict[str, Any],
    settings: Any,
    log: Callable[[str], None],
) -> tuple[str, dict[str, float], Probe]:
    """Returns the chosen layer, the validation loss of each layer, and the trained probe.

    Args:
        tables: The training clips, and the validation clips if there are any.
        frozen: The frozen network.
        recipe: See `Family.train`.
        settings: `ProbeSettings`.
        log: Called with one line at a time.
    """
    layer = "all" if settings.layer is None else settings.layer
    found = depths(_OWNER, layer, frozen)
    embedder = Embedder(frozen, found, cache_folder(_OWNER, True))
    examples = examples_of(tables, embedder, recipe, log)
    n_classes = count_classes(recipe)
    depth, losses = best_depth(examples, n_classes, log)
    probe = best_probe(
        examples[depth],
        column_names(frozen, depth),
        n_classes,
        kind=settings.head,
        seed=recipe["seed"],
        n_trees=recipe["epochs"],
        log=log,
    )
    return depth, losses, probe


def examples_of(
    tables: list[pd.DataFrame],
    embedder: Embedder,
    recipe: dict[str, Any],
    log: Callable[[str], None],
) -> dict[str, Examples]:
    """Returns the embeddings of each layer with the targets, for training and validation."""
    seconds, class_names = recipe["seconds"], recipe["class_names"]
    both = pd.concat(tables, ignore_index=True)
    rows, _ = table_of(both, embedder, STATISTICS, seconds=seconds, log=log)
    if recipe["task"] == "regress":
        targets = both["label"].to_numpy(dtype="float64")
    else:
        number = {name: i for i, name in enumerate(class_names)}
        targets = np.array([number[label] for label in both["label"]])
    n = len(tables[0])
    widths = [2 * embedder.network.channels(depth) for depth in embedder.depths]
    parts = np.split(rows, np.cumsum(widths)[:-1], axis=1)
    return {
        depth: Examples(part[:n], targets[:n], part[n:], targets[n:])
        for depth, part in zip(embedder.depths, parts, strict=True)
    }
