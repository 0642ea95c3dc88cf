"""Trains boosted trees. Inner folds choose the number of trees, then all rows are used."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from kapre_like.models.training import trees
from kapre_like.models.training.deadline import Deadline
from kapre_like.models.training.tree_defaults import MAX_TREES, MIN_TREES
from kapre_like.models.training.tree_folds import count_trees


class Grown(NamedTuple):
    """Trained boosted trees, with the curves that chose their number.

    Attributes:
        booster: The trees, trained on all rows.
        history: Mean learning curves of the folds; empty without folds.
        held_out: Out-of-fold predictions of the fold models; `None` without folds.
        notes: Sentences for the user.
        budget: The key `budget` of the recipe's settings; empty without `minutes`.
    """

    booster: Any
    history: dict[str, list[float]]
    held_out: np.ndarray | None
    notes: list[str]
    budget: dict[str, Any]


def grow(
    rows: np.ndarray,
    targets: np.ndarray,
    masks: Sequence[np.ndarray],
    columns: list[str],
    n_classes: int | None,
    settings: dict[str, Any],
    *,
    seed: int,
    max_trees: int | None,
    minutes: float | None = None,
    log: Callable[[str], None],
) -> Grown:
    """Chooses the number of trees by inner folds, then trains that many on all rows.

    Args:
        rows: `(rows, columns)`.
        targets: Class numbers, or scores.
        masks: Held-out rows of each fold, see `inner_folds`. Without folds, `MIN_TREES` trees
            are trained.
        columns: Names of the columns.
        n_classes: Number of classes; `None` for scores.
        settings: See `trees.new_booster`.
        seed: See `trees.new_booster`.
        max_trees: Maximum number of trees; `None` uses `MAX_TREES`.
        minutes: Float > 0, time limit of the training; `None` without a limit.
        log: Called with one line at a time.

    Raises:
        ValueError: If CatBoost rejects the settings or the data.
    """
    task = "regress" if n_classes is None else "classify"
    max_trees = max_trees or MAX_TREES[task]
    fitted = {"columns": columns, "seed": seed}
    if not len(masks):
        n_trees = min(max_trees, MIN_TREES[task])
        booster = trees.fit(task, settings, rows, targets, n_trees=n_trees, **fitted)
        return Grown(booster, {}, None, [], {})
    # Training on all clips takes about as long as one fold.
    deadline = Deadline(minutes, len(masks) / (1 + len(masks)))
    count = count_trees(
        rows, targets, masks, n_classes, settings,
        max_trees=max_trees, deadline=deadline, log=log, **fitted,
    )  # fmt: skip
    log(f"{count.n_trees} trees are best; training as many on all clips")
    booster = trees.fit(task, settings, rows, targets, n_trees=count.n_trees, **fitted)
    budget = deadline.entry(booster.tree_count_)
    return Grown(booster, count.history, count.held_out, count.notes, budget)
