"""Splits of a table by whole groups: a group never stands on both sides.

One greedy rule serves the hold-out and the folds. Groups are dealt out one by one, the most
uneven first; each goes to the part that then lies nearest to its share of every class, in
the chi-square distance. For distinct groups this is an ordinary stratified split. It is the
idea of scikit-learn's `StratifiedGroupKFold`, with free shares (that one makes equal folds
only) and with regression labels stratified by quintile.
"""

import numpy as np
import pandas as pd

from kapre_like import _check

_QUANTILES = 5
_NO_GROUPS = (
    "Name a column with more groups (--group-column), do without groups (--group-column none), "
    "or give a split column."
)


def strata(table: pd.DataFrame) -> np.ndarray:
    """Returns an int per row: its class, or the quintile of its number or its words."""
    labels = table["label"]
    if table.attrs.get("has_texts"):
        labels = labels.str.split().str.len()
    if pd.api.types.is_numeric_dtype(labels):
        edges = np.quantile(labels, np.linspace(0, 1, _QUANTILES + 1)[1:-1])
        # Repeated scores leave quintiles empty: number those that are not.
        return np.unique(np.searchsorted(edges, labels.to_numpy()), return_inverse=True)[1]
    return pd.factorize(labels, sort=True)[0]


def _wholes(table: pd.DataFrame) -> pd.Series:
    """What is never split: the groups, or `together`, where copies join some of them."""
    return table["together" if "together" in table.columns else "group"]


def _counts(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The group of every row as an int, and rows per (group, class)."""
    group = pd.factorize(_wholes(table), sort=True)[0]
    stratum = strata(table)
    counts = np.zeros((group.max() + 1, stratum.max() + 1))
    np.add.at(counts, (group, stratum), 1)
    return group, counts


def _deal(counts: np.ndarray, shares: np.ndarray, seed: int) -> np.ndarray:
    """Deals groups to parts; returns the part of every group.

    Args:
        counts: `(groups, classes)`, rows.
        shares: `(parts,)`, wanted share of all rows, each > 0.
        seed: Decides the order among groups that look alike.
    """
    order = np.random.default_rng(seed).permutation(len(counts))
    order = order[np.argsort(-counts[order].std(axis=1), kind="stable")]
    target = np.outer(shares, counts.sum(axis=0))
    filled = np.zeros_like(target)
    part = np.zeros(len(counts), dtype=int)
    for group in order:
        # How much adding the group changes sum((filled - target)^2 / target) of each part.
        change = counts[group] * (2 * (filled - target) + counts[group]) / target
        part[group] = int(change.sum(axis=1).argmin())
        filled[part[group]] += counts[group]
    return part


def _fill_empty(part: np.ndarray, counts: np.ndarray, n_parts: int) -> None:
    """Gives every part without a group the smallest group of a part that has two or more."""
    for empty in set(range(n_parts)) - set(part.tolist()):
        sizes = counts.sum(axis=1)
        spare = np.isin(part, np.flatnonzero(np.bincount(part, minlength=n_parts) > 1))
        part[np.where(spare, sizes, np.inf).argmin()] = empty


def _keep_classes(part: np.ndarray, counts: np.ndarray) -> None:
    """Moves groups back to training (part 0) while a class stands in part 1 alone."""
    for _ in range(len(part)):
        held, kept = counts[part == 1].sum(axis=0), counts[part == 0].sum(axis=0)
        lost = np.flatnonzero((held > 0) & (kept == 0))
        carriers = np.flatnonzero((part == 1) & (counts[:, lost[:1]].sum(axis=1) > 0))
        if not len(lost):
            return
        if (part == 1).sum() < 2:
            _hold_another(part, counts)
            return
        part[carriers[counts[carriers].sum(axis=1).argmin()]] = 0


def _hold_another(part: np.ndarray, counts: np.ndarray) -> None:
    """Holds out, in place of the group that is held, the smallest that takes no class along."""
    harmless = ((counts.sum(axis=0) - counts > 0) | (counts == 0)).all(axis=1)
    if harmless.any():
        part[:] = 0
        part[np.where(harmless, counts.sum(axis=1), np.inf).argmin()] = 1


def hold_out(table: pd.DataFrame, *, seed: int, share: float) -> np.ndarray:
    """Chooses whole groups to hold out, with each class in the same share where possible.

    Args:
        table: As from `read_dataset`: columns `label` and `group`, or `together` for groups
            that must not be parted.
        seed: Int. The same seed and table give the same groups.
        share: Float in (0, 1), of the rows. At least one group is held out and one is kept.

    Returns:
        bool `(rows,)`, True where held out. A class is never held out whole if that can be
        avoided.

    Raises:
        ValueError: If there is only one group.
    """
    if not 0 < share < 1:
        _check.fail("hold_out", "share", "a number between 0 and 1", share)
    group, counts = _counts(table)
    if len(counts) < 2:
        name = table["group"].iloc[0]
        raise ValueError(
            f"hold_out: all {len(table)} rows are of one group ({name!r}), so none can be held "
            f"out. {_NO_GROUPS}"
        )
    part = _deal(counts, np.array([1 - share, share]), seed)
    _fill_empty(part, counts, 2)
    _keep_classes(part, counts)
    return part[group] == 1


def folds(table: pd.DataFrame, n: int | str, seed: int) -> list[tuple[str, np.ndarray]]:
    """Makes test sets that together hold every row once.

    Args:
        table: As from `read_dataset`: columns `label` and `group`, or `together` for groups
            that must not be parted.
        n: Int >= 2, or `"leave-one-group-out"`.
        seed: Int; without effect on `"leave-one-group-out"`.

    Returns:
        A name and a bool mask `(rows,)` per fold: the group's name, or "fold 1" and on.

    Raises:
        ValueError: If there are fewer groups than folds, or fewer than two groups.
    """
    group, counts = _counts(table)
    n_groups = len(counts)
    if n == "leave-one-group-out":
        if n_groups < 2 or not table.attrs.get("has_groups", True):
            raise ValueError(f"folds: leaving one group out needs two groups. {_NO_GROUPS}")
        wholes = _wholes(table)
        return [(name, (wholes == name).to_numpy()) for name in sorted(set(wholes))]
    if not isinstance(n, int) or isinstance(n, bool) or n < 2:
        _check.fail("folds", "n", "an int >= 2 or 'leave-one-group-out'", n)
    if n_groups < n:
        raise ValueError(f"folds: {n} folds need {n} groups, not {n_groups}. {_NO_GROUPS}")
    part = _deal(counts, np.full(n, 1 / n), seed)
    _fill_empty(part, counts, n)
    return [(f"fold {i + 1}", part[group] == i) for i in range(n)]
