"""What a probe is fitted on: a network by its recipe, and tables of embeddings."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from kapre_like import _check
from kapre_like.models.embeddings import networks
from kapre_like.models.embeddings.cache import cache_folder
from kapre_like.models.embeddings.depths import STATISTICS, column_names, depths
from kapre_like.models.embeddings.frozen import FrozenNetwork
from kapre_like.models.embeddings.listener import Listener
from kapre_like.models.embeddings.table import table_of
from kapre_like.models.probe.choosing import Examples, Probe, best_depth, best_probe

_OWNER = "ProbeModel"


def count_classes(recipe: dict[str, Any]) -> int | None:
    """Returns how many classes a recipe has; `None` for scores."""
    return None if recipe["task"] == "regress" else len(recipe["class_names"])


def depths_of(network: Any, layer: int | str | None) -> list[str]:
    """Returns the depths to choose from, by name; all of them for `None`.

    Raises:
        ValueError: If there is no such network, or it has no such depth.
    """
    layer = "all" if layer is None else layer
    return depths(_OWNER, layer, networks.open_network(_OWNER, network))


def open_network(network: str, recipe: dict[str, Any]) -> FrozenNetwork:
    """Returns the network that listens.

    Raises:
        ValueError: If it is none, or hears another sample rate than the recipe's.
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
    """Returns the depth, the validation loss of each depth, and the trained probe.

    Args:
        tables: The training clips, and those to choose by if there are any.
        frozen: The network that listens.
        recipe: See `Family.train`.
        settings: `ProbeSettings`.
        log: Called with one line at a time.
    """
    layer = "all" if settings.layer is None else settings.layer
    found = depths(_OWNER, layer, frozen)
    listener = Listener(frozen, found, cache_folder(_OWNER, True))
    examples = examples_of(tables, listener, recipe, log)
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
    listener: Listener,
    recipe: dict[str, Any],
    log: Callable[[str], None],
) -> dict[str, Examples]:
    """Returns the columns of each depth, and the targets; the second table is to choose by."""
    seconds, class_names = recipe["seconds"], recipe["class_names"]
    both = pd.concat(tables, ignore_index=True)
    rows, _ = table_of(both, listener, STATISTICS, seconds=seconds, log=log)
    if recipe["task"] == "regress":
        targets = both["label"].to_numpy(dtype="float64")
    else:
        number = {name: i for i, name in enumerate(class_names)}
        targets = np.array([number[label] for label in both["label"]])
    n = len(tables[0])
    widths = [2 * listener.network.channels(depth) for depth in listener.depths]
    parts = np.split(rows, np.cumsum(widths)[:-1], axis=1)
    return {
        depth: Examples(part[:n], targets[:n], part[n:], targets[n:])
        for depth, part in zip(listener.depths, parts, strict=True)
    }
