"""Intervals of shares of test clips, from resamples of whole groups; see `intervals.py`."""

from collections.abc import Sequence

import numpy as np

from kapre_like.models.experiment.intervals import exact, share_around, standard_error

DRAWS = 1000


def group_counts(groups: Sequence, *, seed: int = 0, n_draws: int = DRAWS) -> np.ndarray:
    """Returns how often each group was drawn: `(draws, groups)`, in the order of the names."""
    n = len(np.unique(np.asarray(groups, str)))
    rng = np.random.default_rng([seed, n])
    return rng.multinomial(n, np.full(n, 1.0 / n), size=n_draws).astype(float)


def by_group(values: np.ndarray, groups: Sequence) -> np.ndarray:
    """Returns the sums of values `(clips,)` or `(clips, columns)` over each group."""
    names, code = np.unique(np.asarray(groups, str), return_inverse=True)
    sums = np.zeros((len(names), *values.shape[1:]))
    np.add.at(sums, code, values)
    return sums


def share_interval(
    hits: np.ndarray, counted: np.ndarray, groups: Sequence, *, seed: int = 0
) -> list[float] | None:
    """Returns the 95 % interval of a share, `sum(hits) / sum(counted)`.

    Args:
        hits: Per clip 1 if it counts and is right, else 0.
        counted: Per clip 1 if it counts, else 0.
        groups: The group of each clip.
        seed: Int >= 0, seed of the draws.

    Returns:
        Two numbers. If all or no clips are right, the interval is that of Clopper and Pearson
        over the clips. `None` if no clip counts.
    """
    right, n = float(np.sum(hits)), float(np.sum(counted))
    if n == 0:
        return None
    if right in (0.0, n):
        return list(exact(right, n))
    names = np.unique(np.asarray(groups, str))
    units = [np.arange(len(hits)), groups] if len(names) > 1 else [np.arange(len(hits))] * 2
    drawn = [_drawn_shares(hits, counted, unit, seed) for unit in units]
    n_units = len(np.unique(np.asarray(units[1], str)))
    error = standard_error(drawn[1], drawn[0], n_units, len(hits))
    return list(share_around(right / n, error, n_units))


def _drawn_shares(
    hits: np.ndarray, counted: np.ndarray, groups: Sequence, seed: int
) -> np.ndarray:
    """Returns the share on each draw of groups; NaN for draws in which no clip counts."""
    sums = by_group(np.column_stack([hits, counted]).astype(float), groups)
    part, whole = (group_counts(groups, seed=seed) @ sums).T
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
