"""Draws smaller training sets for a learning curve: nested subsets of whole groups."""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kapre_like.models.experiment.clip_rows import select_rows
from kapre_like.models.experiment.splitting import Stage

if TYPE_CHECKING:
    import pandas as pd

# Number of trainings per size, each with other groups.
REPEATS = 3
_DIVISORS = (8, 4, 2, 1)


class Subset(NamedTuple):
    """A stage with a part of its training clips and all of its test clips.

    Attributes:
        name: Unique name among the subsets, such as `"3-groups-draw-1"`.
        size: Int, index of the size, from 0 for the smallest.
        share: Float in (0, 1), share of the training and validation clips.
        index: Int, index of the stage from which the subset is drawn.
        stage: The tables.
    """

    name: str
    size: int
    share: float
    index: int
    stage: Stage


def sizes(n_groups: int, min_groups: int = 1) -> list[int]:
    """Returns numbers of training groups: an eighth, a quarter, half and all of them.

    Args:
        n_groups: Int > 0, number of all training groups.
        min_groups: Int > 0, smallest number of groups that a model can be trained on.

    Example:
        >>> sizes(16), sizes(5), sizes(16, min_groups=3)
        ([2, 4, 8, 16], [1, 2, 3, 5], [4, 8, 16])
    """
    return sorted({n for part in _DIVISORS if (n := math.ceil(n_groups / part)) >= min_groups})


def subsets(stages: list[Stage], *, seed: int) -> list[Subset]:
    """Returns the smaller training sets of a comparison, from the smallest size to half.

    Each draw orders the groups at random, and a set contains the first groups of that order.
    With folds, each draw uses another fold. The number of validation groups is reduced in
    proportion.

    Args:
        stages: The result of `splitting.stages`.
        seed: Int >= 0.
    """
    drawn = []
    for draw in range(REPEATS):
        index = draw % len(stages)
        stage, generator = stages[index], np.random.default_rng([seed, draw])
        train, valid = (_ordered(table, generator) for table in (stage.train, stage.valid))
        drawn.append((draw, index, train, valid))
    fewest = max(_min_groups(stages[index].train, order) for _, index, order, _ in drawn)
    counts = sizes(min(len(order) for _, _, order, _ in drawn), fewest)[:-1]
    return [
        _subset(size, count, draw, index, stages[index], train, valid)
        for size, count in enumerate(counts)
        for draw, index, train, valid in drawn
    ]


def _subset(
    size: int, count: int, draw: int, index: int, stage: Stage, train: list, valid: list
) -> Subset:
    kept = math.ceil(len(valid) * count / len(train))
    tables = (
        select_rows(stage.train, stage.train["group"].isin(train[:count]).to_numpy()),
        select_rows(stage.valid, stage.valid["group"].isin(valid[:kept]).to_numpy()),
    )
    name = f"{count}-groups-draw-{draw + 1}"
    share = sum(map(len, tables)) / (len(stage.train) + len(stage.valid))
    return Subset(name, size, share, index, Stage(f"{name}, {stage.name}", *tables, stage.test))


def _ordered(table: "pd.DataFrame", generator: np.random.Generator) -> list[str]:
    """Returns the groups in a random order, stratified by class.

    Each prefix of the order contains about the same share of the groups of each class, and one
    group of each class comes first. The class of a group is its most frequent label.
    """
    if table.empty:
        return []
    groups = table["group"].to_numpy()
    names, codes = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(names), 1 + _strata(table).max()))
    np.add.at(counts, (codes, _strata(table)), 1)
    stratum, place = counts.argmax(axis=1), np.empty(len(names))
    for value in np.unique(stratum):
        members = generator.permutation(np.flatnonzero(stratum == value))
        place[members] = (np.arange(len(members)) + generator.random()) / len(members)
        place[members[0]] -= 1.0
    return names[np.argsort(place, kind="stable")].tolist()


def _strata(table: "pd.DataFrame") -> np.ndarray:
    from kapre_like.audio.splits import strata  # imported here, because it needs pandas

    return strata(table)


def _min_groups(table: "pd.DataFrame", order: list[str]) -> int:
    """Returns the length of the shortest prefix with all classes or quintiles of scores."""
    strata = _strata(table)
    first = [order.index(group) for group in table["group"]]
    return 1 + max(
        min(place for place, value in zip(first, strata, strict=True) if value == wanted)
        for wanted in np.unique(strata)
    )
