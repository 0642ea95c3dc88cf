"""Fits the parameters of a `Calibration` on held-out clips.

Sources: J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999 (targets slightly
above 0 and below 1); Y. Lee, R. F. Barber, R. Willett, "Distribution-free inference with
hierarchical data", 2023 (conformal intervals for a new group).
"""

import numpy as np

from kapre_like.models.artifact.calibration import normalized, tempered

TEMPERATURES = (0.1, 10.0)
# Minimum numbers of held-out clips and groups for the shared map, which has many parameters.
ISOTONIC_CLIPS, ISOTONIC_GROUPS = 300, 5
KNOTS = 16
# Share of the identity in the map. It makes the map strictly increasing.
RISE = 1e-3
# Minimum number of confident answers of a class to estimate its precision.
SEEN = 5
_TINY = 1e-15


def temperature_of(codes: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the temperature that minimizes the log loss on held-out clips.

    The targets are Platt's: `n` clips cannot show that more than `(n + 1) / (n + 2)` of all
    clips are right. The logarithm of the temperature has a normal prior with standard deviation
    1, which dominates if there are few clips.
    """
    from scipy.optimize import minimize_scalar

    n, classes = probabilities.shape
    doubt = 1.0 / (n + 2)
    targets = np.full((n, classes), doubt / classes)
    targets[np.arange(n), codes] += 1.0 - doubt

    def loss(logarithm: float) -> float:
        shares = tempered(probabilities, np.exp(logarithm))
        return -np.sum(targets * np.log(np.maximum(shares, _TINY))) + logarithm**2 / 2

    found = minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded")
    return float(np.exp(found.x))


def isotonic_knots(
    codes: np.ndarray, probabilities: np.ndarray, groups: np.ndarray
) -> tuple[tuple[float, float], ...] | None:
    """Returns the knots of the map that follows the temperature; `None` if it does not help.

    It helps if it lowers the log loss of groups that it was not fitted on by more than the
    standard error of that difference over the groups.
    """
    from sklearn.model_selection import GroupKFold

    names = np.unique(groups)
    if len(codes) < ISOTONIC_CLIPS or len(names) < ISOTONIC_GROUPS:
        return None
    gain = np.zeros(len(codes))
    for rest, part in GroupKFold(min(5, len(names))).split(probabilities, groups=groups):
        temperature = temperature_of(codes[rest], probabilities[rest])
        known, new = (tempered(probabilities[rows], temperature) for rows in (rest, part))
        mapped = through(_knots(codes[rest], known), new)
        gain[part] = _log_loss(codes[part], new) - _log_loss(codes[part], mapped)
    by_group = np.array([gain[groups == name].mean() for name in names])
    error = by_group.std(ddof=1) / np.sqrt(len(by_group))
    if by_group.mean() <= error:
        return None
    return _knots(codes, tempered(probabilities, temperature_of(codes, probabilities)))


def through(knots: tuple[tuple[float, float], ...], probabilities: np.ndarray) -> np.ndarray:
    """Applies the map with these knots to probabilities, and scales rows to sum to 1."""
    return normalized(np.interp(probabilities, *zip(*knots, strict=True)))


def half_width(residuals: np.ndarray, groups: np.ndarray, level: float) -> float:
    """Returns the half-width of intervals that contain the true scores of a new group's clips.

    All groups have the same weight, and the clips of a group share it. The new group has one
    more weight, because its residuals are unknown. If this weight exceeds `1 - level` (fewer
    than 9 groups at 90 %), no finite width is guaranteed. The result is then the largest of the
    widths of the single groups.

    Args:
        residuals: Absolute errors of held-out clips.
        groups: The group of each clip.
        level: Share of clips whose interval should contain the true score.
    """
    names, code, counts = np.unique(groups, return_inverse=True, return_counts=True)
    if (len(names) + 1) * (1 - level) < 1:
        return max(_own_width(residuals[code == i], level) for i in range(len(names)))
    weights = 1.0 / ((len(names) + 1) * counts[code])
    order = np.argsort(residuals, kind="stable")
    reached = np.cumsum(weights[order]) >= level - 1e-12
    return float(residuals[order][np.argmax(reached)])


def class_thresholds(
    codes: np.ndarray,
    probabilities: np.ndarray,
    *,
    precision: float | None = None,
    recall: float | None = None,
) -> list[float | None]:
    """Returns the threshold of each class at which its answers reach a precision or recall.

    An answer is the most probable class of a clip. For `precision` it is the lowest threshold
    that reaches it with at least `SEEN` answers. For `recall` it is the highest.

    Args:
        codes: The true class numbers.
        probabilities: Calibrated probabilities `(clips, classes)`.
        precision: Share of the confident answers that should be right.
        recall: Share of the clips of the class that should have a confident and right answer.

    Returns:
        A float per class, or `None` if no threshold reaches the target.
    """
    answers, best = probabilities.argmax(axis=1), probabilities.max(axis=1)
    found = []
    for code in range(probabilities.shape[1]):
        rows = answers == code
        right = codes[rows] == code
        if precision is not None:
            limit = _by_precision(best[rows], right, precision)
        else:
            limit = _by_recall(best[rows], right, int(np.sum(codes == code)), recall)
        found.append(limit)
    return found


def _by_precision(best: np.ndarray, right: np.ndarray, wanted: float) -> float | None:
    order, ends = _steps(best)
    seen = np.arange(1, len(best) + 1)[ends]
    reached = np.cumsum(right[order])[ends] / np.maximum(seen, 1) >= wanted
    good = np.flatnonzero(reached & (seen >= SEEN))
    return _between(best[order][ends], good[-1]) if len(good) else None


def _by_recall(best: np.ndarray, right: np.ndarray, n: int, wanted: float) -> float | None:
    order, ends = _steps(best)
    good = np.flatnonzero(np.cumsum(right[order])[ends] >= wanted * n) if n else []
    return _between(best[order][ends], good[0]) if len(good) else None


def _steps(best: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the descending order of `best`, and the last index of each value in it."""
    order = np.argsort(-best, kind="stable")
    ordered = best[order]
    return order, np.flatnonzero(np.append(ordered[1:] != ordered[:-1], len(best) > 0))


def _between(values: np.ndarray, index: int) -> float:
    """Returns a threshold between a value and the next lower one. It is safe from rounding."""
    value = values[index]
    lower = values[index + 1] if index + 1 < len(values) else value - 2e-6
    return float(max(0.0, (value + lower) / 2))


def _own_width(residuals: np.ndarray, level: float) -> float:
    """Returns the split-conformal width of one group; its largest residual if it has few."""
    rank = min(len(residuals), int(np.ceil((len(residuals) + 1) * level - 1e-9)))
    return float(np.sort(residuals)[rank - 1])


def _log_loss(codes: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    return -np.log(np.maximum(probabilities[np.arange(len(codes)), codes], _TINY))


def _knots(codes: np.ndarray, probabilities: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Returns the increasing map from a probability of any class to how often it is right."""
    from sklearn.isotonic import IsotonicRegression

    x = probabilities.ravel()
    hit = (codes[:, None] == np.arange(probabilities.shape[1])).ravel().astype(float)
    _, block = np.unique(IsotonicRegression().fit(x, hit).predict(x), return_inverse=True)
    sums = [np.bincount(block, weights) for weights in (np.ones_like(x), x, hit)]
    count, total, hits = _merged(np.array(sums))
    center = total / count
    # Add two clips with the mean probability of the block, to avoid shares of 0 and 1.
    share = (hits + 2 * center) / (count + 2)
    share = IsotonicRegression().fit(center, share, count).predict(center)
    inside = (center > 0) & (center < 1)
    ends = [0.0, *center[inside], 1.0]
    levels = [0.0, *share[inside], share[-1]]
    return tuple(
        (float(a), float((1 - RISE) * b + RISE * a)) for a, b in zip(ends, levels, strict=True)
    )


def _merged(blocks: np.ndarray) -> np.ndarray:
    """Merges neighboring columns `(count, total, hits)` with similar shares, to `KNOTS`."""
    while blocks.shape[1] > KNOTS:
        first = int(np.argmin(np.diff(blocks[2] / blocks[0])))
        joined = blocks[:, first : first + 2].sum(axis=1, keepdims=True)
        blocks = np.hstack([blocks[:, :first], joined, blocks[:, first + 2 :]])
    return blocks
