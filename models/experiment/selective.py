"""Metrics of selective prediction, in which a model may decline to answer, and of each class.

Source: Y. Geifman, R. El-Yaniv, "Selective classification for deep neural networks", NeurIPS
2017 (risk and coverage).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kapre_like.models.experiment.resampling import share_interval

# Greatest number of points of a curve, enough for a picture.
POINTS = 100


def risk_coverage(confidence: np.ndarray, right: np.ndarray) -> dict[str, list[float]]:
    """Returns `coverage`, the share of answered clips, and `risk`, the share of wrong answers.

    There is one point for each threshold of the confidence, in descending order.
    """
    order = np.argsort(-confidence, kind="stable")
    ordered = confidence[order]
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    given = (ends + 1).astype(float)
    wrong = np.cumsum(1.0 - right[order])[ends]
    return _thinned({"coverage": given / len(right), "risk": wrong / given})


def auroc(confidence: np.ndarray, right: np.ndarray) -> float | None:
    """Returns the probability that a right answer is more confident than a wrong one.

    `None` if all answers are right, or all are wrong.
    """
    from scipy.stats import rankdata

    n = float(right.sum())
    wrong = len(right) - n
    if not n or not wrong:
        return None
    ranks = rankdata(confidence)[right > 0].sum()
    return float((ranks - n * (n + 1) / 2) / (n * wrong))


def pr_curves(
    codes: np.ndarray, probabilities: np.ndarray, class_names: Sequence[str]
) -> dict[str, dict[str, list[float]]]:
    """Returns the precision-recall curve of each class against the others.

    A class without test clips has no curve.
    """
    found = {}
    for code, name in enumerate(class_names):
        true = (codes == code).astype(float)
        if true.any():
            found[name] = _pr_curve(probabilities[:, code], true)
    return found


def per_class(
    codes: np.ndarray, best: np.ndarray, class_names: Sequence[str], groups: Sequence
) -> dict[str, dict[str, Any]]:
    """Returns `precision`, `recall`, `f1`, `support` of each class, and 95 % intervals.

    Precision is `None` for a class that is never predicted, recall for one without clips.

    Args:
        codes: True class numbers.
        best: Predicted class numbers.
        class_names: Class names in the order of the numbers.
        groups: The group of each clip.
    """
    return {
        name: _of_class(codes == code, best == code, groups)
        for code, name in enumerate(class_names)
    }


def at_thresholds(
    codes: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    limits: np.ndarray,
) -> dict[str, dict[str, float | None]]:
    """Returns precision and recall of the confident answers of each class.

    Args:
        codes: True class numbers.
        probabilities: `(clips, classes)`.
        class_names: Class names in the order of the columns.
        limits: `(clips, classes)`, smallest probability of a confident answer. A limit above 1
            means that no answer is confident.

    Returns:
        By class `threshold` (the median of the limits over clips; `None` if it is above 1),
        `precision` (`None` without confident answers) and `recall`.
    """
    best = probabilities.argmax(axis=1)
    rows = np.arange(len(codes))
    confident = probabilities[rows, best] >= limits[rows, best]
    found = {}
    for code, name in enumerate(class_names):
        given, true = confident & (best == code), codes == code
        hits = float(np.sum(given & true))
        limit = float(np.median(limits[:, code]))
        found[name] = {
            "threshold": limit if limit <= 1 else None,
            "precision": _ratio(hits, given.sum()),
            "recall": _ratio(hits, true.sum()),
        }
    return found


def _of_class(true: np.ndarray, given: np.ndarray, groups: Sequence) -> dict[str, Any]:
    hits = (true & given).astype(float)
    both = true.astype(float) + given
    return {
        "precision": _ratio(hits.sum(), given.sum()),
        "recall": _ratio(hits.sum(), true.sum()),
        "f1": _ratio(2 * hits.sum(), both.sum()),
        "support": int(true.sum()),
        "precision_interval": share_interval(hits, given, groups),
        "recall_interval": share_interval(hits, true, groups),
        "f1_interval": share_interval(hits, both / 2, groups),
    }


def _pr_curve(scores: np.ndarray, true: np.ndarray) -> dict[str, list[float]]:
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    hits = np.cumsum(true[order])[ends]
    return _thinned({"precision": hits / (ends + 1.0), "recall": hits / true.sum()})


def _thinned(curve: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """Reduces a curve to at most `POINTS` points, including its ends."""
    n = len(next(iter(curve.values())))
    kept = np.unique(np.linspace(0, n - 1, min(n, POINTS)).round().astype(int))
    return {name: values[kept].tolist() for name, values in curve.items()}


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None
