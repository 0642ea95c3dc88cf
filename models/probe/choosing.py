"""Chooses the layer, the pooling and the head of a probe by the loss on held-out clips."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from kapre_like.models.probe.views import View
from kapre_like.models.training import linear
from kapre_like.models.training.deadline import Deadline
from kapre_like.models.training.linear_trials import Examples, best_linear

# `"auto"` tries trees for classes only up to this product of columns and classes. Each tree has
# a value per class, so with 50 classes and 2,000 columns training takes hours.
_TREES_OF_CLASSES = 5_000


class Search(NamedTuple):
    """Arguments that all search functions share.

    Attributes:
        n_classes: Number of classes; `None` for scores.
        seed: Int >= 0, for trees.
        max_trees: Maximum number of trees; `None` uses the default.
        log: Called with one line at a time.
        deadline: Time limit of the search. Its `unfitted` lists what was skipped.
    """

    n_classes: int | None
    seed: int
    max_trees: int | None
    log: Callable[[str], None]
    deadline: Deadline


@dataclass
class Probe:
    """A trained probe.

    Attributes:
        head: `"linear"`, `"boosted"` or `"fusion"`.
        model: A `Linear`, or a CatBoost model.
        columns: Names of the model's input columns.
        settings: Settings of the model.
        history: Learning curves. A linear probe has one value per entry of `STRENGTHS`.
        valid_loss: Loss on the held-out clips of the inner folds; `None` without folds.
        held_out: Out-of-fold predictions for these clips; `None` without folds.
        notes: Sentences for the user.
    """

    head: str
    model: Any
    columns: list[str]
    settings: dict[str, Any]
    history: dict[str, list[float]] = field(default_factory=dict)
    valid_loss: float | None = None
    held_out: np.ndarray | None = None
    notes: list[str] = field(default_factory=list)


def best_view(
    tables: dict[str, np.ndarray],
    examples: Examples,
    layers: list[tuple[str, ...]],
    poolings: tuple[tuple[str, ...], ...],
    search: Search,
) -> tuple[View, dict[str, float]]:
    """Returns the layers and pooling with the lowest held-out loss of a linear probe.

    First the layer is chosen with the first pooling, then the pooling with that layer. Without
    inner folds the middle layer is used, because self-supervised networks usually represent
    words and voices best there. The search starts there, too.

    Args:
        tables: For each layer, `(clips, columns)` of all statistics.
        examples: Targets and folds.
        layers: As from `views.layers_of`.
        poolings: As from `views.poolings_of`.
        search: See `Search`.

    Returns:
        The view, and the loss of each evaluated layer.
    """
    middle = len(layers) // 2
    views = [View(layer, poolings[0]) for layer in layers]
    if not len(examples.masks):
        return views[middle], {}
    order = sorted(range(len(views)), key=lambda i: abs(i - middle))
    losses = _losses([views[i] for i in order], tables, examples, search)
    best = min(losses, key=losses.__getitem__, default=views[middle])
    others = [View(best.depths, pooling) for pooling in poolings[1:]]
    pooled = {v: x for v, x in losses.items() if v == best}
    pooled |= _losses(others, tables, examples, search)
    best = min(pooled, key=pooled.__getitem__, default=best)
    return best, {view.layer: losses[view] for view in views if view in losses}


def _losses(
    views: list[View], tables: dict[str, np.ndarray], examples: Examples, search: Search
) -> dict[View, float]:
    """Returns the held-out loss of a linear probe on each view, until the deadline."""
    losses: dict[View, float] = {}
    for view in views:
        if search.deadline.is_over():
            tried = f"{len(losses)} of {len(views)} layers or poolings were tried"
            search.deadline.unfitted.append(tried)
            break
        viewed = examples._replace(rows=view.pick(tables))
        trials = viewed.trials(search.n_classes, linear.STRENGTHS)
        losses[view] = min(trial.loss for trial in trials)
        search.log(f"layer {view.layer}, {view.pooling}: validation loss {losses[view]:.4f}")
    return losses


def best_probe(
    examples: Examples,
    columns: list[str],
    features: Callable[[], tuple[np.ndarray, list[str]]],
    *,
    head: str,
    search: Search,
) -> Probe:
    """Trains a probe. `"auto"` trains several heads and returns the best one.

    Args:
        examples: Examples of one view.
        columns: Names of its columns.
        features: Function that returns statistics of the clips and the names of their columns,
            for the head `"fusion"`.
        head: One of `settings.HEADS`.
        search: See `Search`.
    """
    heads = (head,) if head != "auto" else _heads(examples, search)
    probes = []
    for name in heads:
        if probes and search.deadline.is_over():
            search.deadline.unfitted.append(f"the head {name!r} was not tried")
            continue
        if name == "linear":
            probes.append(_linear(examples, columns, search))
            continue
        inputs, names = examples, columns
        if name == "fusion":
            rows, added = features()
            inputs = examples._replace(rows=np.concatenate([examples.rows, rows], axis=1))
            names = [*columns, *added]
        probes.append(_trees(name, inputs, names, search))
    for probe in probes[: len(probes) if len(probes) > 1 else 0]:
        search.log(f"head {probe.head}: validation loss {probe.valid_loss:.4f}")
    # If losses are equal, `min` returns the linear probe, which is a complete network.
    return min(probes, key=lambda probe: probe.valid_loss or 0.0)


def _heads(examples: Examples, search: Search) -> tuple[str, ...]:
    """Returns the heads that `"auto"` tries."""
    if find_spec("catboost") is None:
        search.log("catboost is not installed, so the probe is linear")
        return ("linear",)
    if not len(examples.masks):
        search.log("too few clips to compare heads, so the probe is linear")
        return ("linear",)
    if search.n_classes is None:
        return ("linear", "boosted", "fusion")
    if examples.rows.shape[1] * search.n_classes > _TREES_OF_CLASSES:
        return ("linear",)
    return ("linear", "boosted")


def _linear(examples: Examples, columns: list[str], search: Search) -> Probe:
    """Trains a linear probe."""
    best = best_linear(examples, search.n_classes, search.deadline)
    return Probe(
        "linear", best.model, columns, best.settings, best.history, best.loss, best.held_out
    )


def _trees(head: str, examples: Examples, columns: list[str], search: Search) -> Probe:
    """Trains boosted trees. Their number is chosen as in the family `boosted`."""
    from kapre_like.models.training import trees
    from kapre_like.models.training.growing import grow

    n_classes, deadline = search.n_classes, search.deadline
    settings = trees.default_settings("regress" if n_classes is None else "classify")
    grown = grow(
        *examples, columns, n_classes, settings, seed=search.seed,
        max_trees=search.max_trees, minutes=deadline.left(), log=search.log,
    )  # fmt: skip
    if any(plan["note"] for plan in grown.budget.values()):
        deadline.unfitted.append(f"the time was over after {grown.booster.tree_count_} trees")
    held_out = grown.held_out
    loss = None if held_out is None else examples.loss(held_out, n_classes)
    settings = {**settings, "n_trees": grown.booster.tree_count_}
    return Probe(
        head, grown.booster, columns, settings, grown.history, loss, held_out, grown.notes
    )
