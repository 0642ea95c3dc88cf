"""Intervals of shares of test clips: whole groups are drawn, or exact where all agree.

Sources: A. Davison, D. Hinkley, Bootstrap Methods and their Application, 1997, section 3.8
(whole groups); C. Clopper, E. Pearson, "The use of confidence or fiducial limits", 1934
(exact).
"""

from collections.abc import Sequence

import numpy as np

DRAWS = 1000
LEVEL = 0.95


def group_counts(groups: Sequence, *, seed: int = 0, n_draws: int = DRAWS) -> np.ndarray:
    """Returns how often each group was drawn: `(draws, groups)`, in order of their names."""
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
    """Returns the 95 % interval of a share, `sum(hits) / sum(counted)`, over drawn groups.

    Args:
        hits: Of each clip 1 if it counts and is right, else 0.
        counted: Of each clip 1 if it counts, else 0.
        groups: The group of each clip.
        seed: Of the draws.

    Returns:
        Two numbers. Where all or none are right the interval is Clopper and Pearson's over the
        clips. `None` if no clip counts.
    """
    right, n = float(np.sum(hits)), float(np.sum(counted))
    if n == 0:
        return None
    if right in (0.0, n):
        return exact_interval(int(right), int(n))
    sums = by_group(np.column_stack([hits, counted]).astype(float), groups)
    drawn = group_counts(groups, seed=seed) @ sums
    return percentiles(drawn[:, 0], drawn[:, 1])


def percentiles(part: np.ndarray, whole: np.ndarray) -> list[float] | None:
    """Returns the interval of `part / whole` over draws; without those of an empty whole."""
    some = whole > 0
    if not some.any():
        return None
    return interval_of(part[some] / whole[some])


def interval_of(values: np.ndarray) -> list[float]:
    """Returns the percentile interval of draws."""
    tail = 50.0 * (1.0 - LEVEL)
    return [float(end) for end in np.percentile(values, [tail, 100.0 - tail])]


def exact_interval(right: int, n: int) -> list[float]:
    """Returns Clopper and Pearson's interval of a share.

    Example:
        >>> from kapre_like.models.experiment.resampling import exact_interval
        >>> [round(end, 2) for end in exact_interval(24, 24)]
        [0.86, 1.0]
    """
    from scipy.stats import beta

    tail = (1.0 - LEVEL) / 2
    low = beta.ppf(tail, right, n - right + 1) if right else 0.0
    high = beta.ppf(1 - tail, right + 1, n - right) if right < n else 1.0
    return [float(low), float(high)]
