"""Splits a table by whole groups: a group is never on both sides of a split.

The hold-out and the folds use the same greedy rule. Groups are assigned one by one, those with
the most uneven classes first. Each group goes to the part that is then nearest to its share of
every class, in the chi-square distance. If each row is its own group, this is an ordinary
stratified split. The idea is that of scikit-learn's `StratifiedGroupKFold`. Here parts may have
any shares, and regression labels are stratified by quintile.
"""

import numpy as np
import pandas as pd

from kapre_like import _check

_QUANTILES = 5
_NO_GROUPS = (
    "Name a column with more groups (--group-column), use no groups (--group-column none), or "
    "add a split column."
)


def strata(table: pd.DataFrame) -> np.ndarray:
    """Returns an int per row: its class, or the quintile of its score or number of words."""
    labels = table["label"]
    if table.attrs.get("has_texts"):
        labels = labels.str.split().str.len()
    if pd.api.types.is_numeric_dtype(labels):
        edges = np.quantile(labels, np.linspace(0, 1, _QUANTILES + 1)[1:-1])
        # Repeated scores leave quintiles empty, so only the others are numbered.
        return np.unique(np.searchsorted(edges, labels.to_numpy()), return_inverse=True)[1]
    return pd.factorize(labels, sort=True)[0]


def _wholes(table: pd.DataFrame) -> pd.Series:
    """Returns the units that are never split: groups, or groups joined by copies."""
    return table["together" if "together" in table.columns else "group"]


def _counts(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Returns the group of each row as an int, and the number of rows per (group, class)."""
    group = pd.factorize(_wholes(table), sort=True)[0]
    stratum = strata(table)
    counts = np.zeros((group.max() + 1, stratum.max() + 1))
    np.add.at(counts, (group, stratum), 1)
    return group, counts


def _deal(counts: np.ndarray, shares: np.ndarray, seed: int) -> np.ndarray:
    """Assigns groups to parts; returns the part of each group.

    Args:
        counts: `(groups, classes)`, numbers of rows.
        shares: `(parts,)`, desired shares of all rows, each > 0.
        seed: Int that decides the order of groups with equal spread of classes.
    """
    order = np.random.default_rng(seed).permutation(len(counts))
    order = order[np.argsort(-counts[order].std(axis=1), kind="stable")]
    target = np.outer(shares, counts.sum(axis=0))
    filled = np.zeros_like(target)
    part = np.zeros(len(counts), dtype=int)
    for group in order:
        # The change of sum((filled - target)^2 / target) if the group is added to each part.
        change = counts[group] * (2 * (filled - target) + counts[group]) / target
        part[group] = int(change.sum(axis=1).argmin())
        filled[part[group]] += counts[group]
    return part


def _fill_empty(part: np.ndarray, counts: np.ndarray, n_parts: int) -> None:
    """Moves to each empty part the smallest group of a part that has two or more."""
    for empty in set(range(n_parts)) - set(part.tolist()):
        sizes = counts.sum(axis=1)
        spare = np.isin(part, np.flatnonzero(np.bincount(part, minlength=n_parts) > 1))
        part[np.where(spare, sizes, np.inf).argmin()] = empty


def _keep_classes(part: np.ndarray, counts: np.ndarray) -> None:
    """Moves groups back to training (part 0) while a class is in part 1 alone."""
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
    """Replaces the held-out group by the smallest one without which no class is lost."""
    harmless = ((counts.sum(axis=0) - counts > 0) | (counts == 0)).all(axis=1)
    if harmless.any():
        part[:] = 0
        part[np.where(harmless, counts.sum(axis=1), np.inf).argmin()] = 1


def hold_out(table: pd.DataFrame, *, seed: int, share: float) -> np.ndarray:
    """Chooses whole groups to hold out, with the same share of each class if possible.

    Args:
        table: Table as from `read_dataset`, with columns `label` and `group`, or `together`
            for groups that must stay together.
        seed: Int. The result depends only on the seed and the table.
        share: Float in (0, 1), share of the rows. At least one group is held out, and at least
            one is kept.

    Returns:
        Bool array `(rows,)`, True for held-out rows. If possible, no class is held out
        completely.

    Raises:
        ValueError: If there is only one group.
    """
    if not 0 < share < 1:
        _check.fail("hold_out", "share", "a number between 0 and 1", share)
    group, counts = _counts(table)
    if len(counts) < 2:
        name = table["group"].iloc[0]
        raise ValueError(
            f"hold_out: all {len(table)} rows are in one group ({name!r}), so none can be held "
            f"out. {_NO_GROUPS}"
        )
    part = _deal(counts, np.array([1 - share, share]), seed)
    _fill_empty(part, counts, 2)
    _keep_classes(part, counts)
    return part[group] == 1


def folds(table: pd.DataFrame, n: int | str, seed: int) -> list[tuple[str, np.ndarray]]:
    """Returns test sets that together contain every row once.

    Args:
        table: Table as from `read_dataset`, with columns `label` and `group`, or `together`
            for groups that must stay together.
        n: Int >= 2, or `"leave-one-group-out"`.
        seed: Int. It has no effect on `"leave-one-group-out"`.

    Returns:
        A name and a bool mask `(rows,)` per fold. The name is that of the group, or "fold 1",
        "fold 2" and so on.

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
