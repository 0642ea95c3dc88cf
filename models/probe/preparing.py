"""What a probe is fitted on: a network by its recipe, and tables of embeddings."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from kapre_like import _check
from kapre_like.models.embeddings.depths import STATISTICS
from kapre_like.models.embeddings.frozen import FrozenNetwork
from kapre_like.models.embeddings.listener import Listener
from kapre_like.models.embeddings.table import table_of
from kapre_like.models.probe.choosing import Examples
from kapre_like.models.wav2vec2.family.start import PRESET, UNTRAINED_PROBE

_OWNER = "ProbeModel"


def count_classes(recipe: dict[str, Any]) -> int | None:
    """Returns how many classes a recipe has; `None` for scores."""
    return None if recipe["task"] == "regress" else len(recipe["class_names"])


def open_network(recipe: dict[str, Any], log: Callable[[str], None]) -> FrozenNetwork:
    """Returns the network that a recipe names; without one, says what that means.

    Raises:
        ValueError: If it is none, or hears another sample rate than the recipe's.
    """
    checkpoint = recipe.get("checkpoint")
    if checkpoint is None:
        log(UNTRAINED_PROBE)
    frozen = FrozenNetwork(_OWNER, checkpoint or PRESET, seed=recipe["seed"])
    if frozen.sample_rate != recipe["sample_rate"]:
        rule = f"the network's, {frozen.sample_rate}"
        _check.fail(_OWNER, "sample_rate", rule, recipe["sample_rate"])
    return frozen


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
