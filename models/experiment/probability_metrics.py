"""How far probabilities mean what they say: calibration error, Brier score, log loss.

Sources: M. Nguyen, B. O'Connor, "Posterior calibration and exploratory analysis for natural
language processing models", EMNLP 2015 (bins of equal mass); G. Brier, "Verification of
forecasts expressed in terms of probability", 1950, summed over the classes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kapre_like.models.experiment.resampling import group_counts, interval_of

BINS = 15
# A bin of fewer clips says nothing of its share.
_IN_BIN = 10
_TINY = 1e-15


def codes_of(truth: Sequence[str], class_names: Sequence[str]) -> np.ndarray:
    """Returns class numbers; -1 for a label that the model does not know."""
    number = {name: i for i, name in enumerate(class_names)}
    return np.array([number.get(label, -1) for label in truth])


def answers(codes: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the confidence of each clip's answer, and whether it is right (float)."""
    right = probabilities.argmax(axis=1) == codes
    return probabilities.max(axis=1), right.astype(float)


def brier(codes: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the mean squared distance from the truth, summed over classes: from 0 to 2."""
    squares = np.sum(probabilities**2, axis=1)
    return float(np.mean(squares - 2 * _of_truth(codes, probabilities) + 1))


def log_loss(codes: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the mean negative logarithm of the true class's probability."""
    return float(np.mean(-np.log(np.maximum(_of_truth(codes, probabilities), _TINY))))


def ece(confidence: np.ndarray, right: np.ndarray) -> float:
    """Returns the expected calibration error over bins of equal mass.

    The mean distance between the confidence in a bin and the share of right answers. There are
    15 bins, or fewer so that each has 10 clips.
    """
    order = np.argsort(confidence, kind="stable")
    return float(_errors(np.ones((1, len(right))), confidence[order], right[order])[0])


def ece_interval(
    confidence: np.ndarray, right: np.ndarray, groups: Sequence, *, seed: int = 0
) -> list[float]:
    """Returns the 95 % interval of the calibration error, whole groups drawn.

    Drawing adds noise, and noise adds to an error that cannot be negative. So the draws are
    moved by what their mean exceeds the error itself.
    """
    order = np.argsort(confidence, kind="stable")
    code = np.unique(np.asarray(groups, str), return_inverse=True)[1][order]
    sorted_ = confidence[order], right[order]
    counts = group_counts(groups, seed=seed)
    step = max(1, 2_000_000 // len(right))
    drawn = np.concatenate(
        [_errors(counts[i : i + step][:, code], *sorted_) for i in range(0, len(counts), step)]
    )
    moved = drawn - max(0.0, float(np.mean(drawn)) - ece(confidence, right))
    return [max(0.0, end) for end in interval_of(moved)]


def reliability(confidence: np.ndarray, right: np.ndarray) -> list[dict[str, Any]]:
    """Returns the bins of `ece`: mean `confidence`, `accuracy` and `n` of each."""
    order = np.argsort(confidence, kind="stable")
    bins = _bins(np.ones((1, len(right))))[0]
    n = np.bincount(bins)
    means = [np.bincount(bins, values[order]) for values in (confidence, right)]
    return [
        {"confidence": float(c / k), "accuracy": float(a / k), "n": int(k)}
        for c, a, k in zip(*means, n, strict=True)
        if k
    ]


def _of_truth(codes: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The probability of the true class, 0 of one that the model does not know."""
    return np.where(codes >= 0, probabilities[np.arange(len(codes)), codes], 0.0)


def _bins(weights: np.ndarray) -> np.ndarray:
    """The bin of each clip, `(draws, clips)`, the clips in order of confidence."""
    n = weights.shape[1]
    count = int(np.clip(n // _IN_BIN, 1, BINS))
    before = np.cumsum(weights, axis=1) - weights / 2
    total = weights.sum(axis=1, keepdims=True)
    return np.minimum((before / total * count).astype(int), count - 1)


def _errors(weights: np.ndarray, confidence: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The calibration error of each draw; the clips in order of confidence."""
    bins = _bins(weights)
    count = bins.max() + 1
    place = (bins + count * np.arange(len(weights))[:, None]).ravel()
    gap = (weights * (confidence - right)).ravel()
    sums = np.bincount(place, gap, minlength=count * len(weights)).reshape(-1, count)
    return np.abs(sums).sum(axis=1) / weights.sum(axis=1)
