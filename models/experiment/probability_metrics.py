"""Metrics of probabilities: calibration error, reliability, Brier score, log loss.

Sources: M. Nguyen, B. O'Connor, "Posterior calibration and exploratory analysis for natural
language processing models", EMNLP 2015 (bins of equal mass); G. Brier, "Verification of
forecasts expressed in terms of probability", 1950, summed over the classes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kapre_like.models.experiment.intervals import exact, share_around, standard_error
from kapre_like.models.experiment.resampling import DRAWS, group_counts

BINS = 15
# The share of right answers in a bin of fewer clips is too noisy.
_MIN_CLIPS_PER_BIN = 10
_TINY = 1e-15
# Greatest number of values `draws * clips` in memory at once.
_CHUNK = 2_000_000


def codes_of(truth: Sequence[str], class_names: Sequence[str]) -> np.ndarray:
    """Returns class numbers; -1 for a label that is not a class of the model."""
    number = {name: i for i, name in enumerate(class_names)}
    return np.array([number.get(label, -1) for label in truth])


def answers(codes: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the confidence of each prediction, and 1.0 if it is right, else 0.0."""
    right = probabilities.argmax(axis=1) == codes
    return probabilities.max(axis=1), right.astype(float)


def brier(codes: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the mean squared error of the probabilities, summed over classes, in [0, 2]."""
    squares = np.sum(probabilities**2, axis=1)
    return float(np.mean(squares - 2 * _of_truth(codes, probabilities) + 1))


def log_loss(codes: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the mean negative logarithm of the probability of the true class."""
    return float(np.mean(-np.log(np.maximum(_of_truth(codes, probabilities), _TINY))))


def ece(confidence: np.ndarray, right: np.ndarray) -> float:
    """Returns the expected calibration error over bins of equal mass.

    It is the mean absolute difference between the confidence in a bin and its share of right
    answers. There are 15 bins, or fewer so that each has at least 10 clips.
    """
    order = np.argsort(confidence, kind="stable")
    return float(np.abs(_gaps(np.ones((1, len(right))), confidence[order], right[order])).sum())


def ece_interval(
    confidence: np.ndarray,
    right: np.ndarray,
    groups: Sequence,
    *,
    seed: int = 0,
    n_draws: int = DRAWS,
) -> list[float]:
    """Returns the 95 % interval of the calibration error for an infinite number of clips.

    The estimate `ece` of few clips is too great on average: by chance the share of right
    answers in a bin differs from the confidence, and absolute differences do not cancel. So
    `intervals.py` computes the interval of the estimate, and the noise `s` is subtracted from
    both ends `e`: `sqrt(e**2 - s**2)`. The noise is the mean absolute difference between the
    bins of resamples and those of the clips. The lower end is 0 if noise alone explains it.
    """
    n, value = len(right), ece(confidence, right)
    if n == 1:  # one clip says nothing about others
        return [0.0, 1.0]
    if value in (0.0, 1.0):
        return list(exact(value * n, n))
    order = np.argsort(confidence, kind="stable")
    names = np.unique(np.asarray(groups, str))
    by_clip = np.arange(n)
    by_group = np.asarray(groups)[order] if len(names) > 1 else by_clip
    n_units = len(names) if len(names) > 1 else n
    given = confidence[order], right[order]
    gaps = [_drawn_gaps(unit, *given, seed, n_draws) for unit in (by_group, by_clip)]
    error = standard_error(*(np.abs(drawn).sum(axis=1) for drawn in gaps), n_units, n)
    observed = _gaps(np.ones((1, n)), *given)
    noise = max(
        float(np.abs(drawn - observed).sum(axis=1).mean()) * (k / (k - 1)) ** 0.5
        for drawn, k in zip(gaps, (n_units, n), strict=True)
    )
    ends = share_around(value, error, n_units)
    return [max(0.0, end**2 - noise**2) ** 0.5 for end in ends]


def reliability(confidence: np.ndarray, right: np.ndarray) -> list[dict[str, Any]]:
    """Returns the bins of `ece`, each with mean `confidence`, `accuracy` and `n`."""
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
    """Returns the probability of the true class; 0 for a label that is not a class."""
    return np.where(codes >= 0, probabilities[np.arange(len(codes)), codes], 0.0)


def _bins(weights: np.ndarray) -> np.ndarray:
    """Returns the bin of each clip, `(draws, clips)`. Clips are sorted by confidence."""
    n = weights.shape[1]
    count = int(np.clip(n // _MIN_CLIPS_PER_BIN, 1, BINS))
    before = np.cumsum(weights, axis=1) - weights / 2
    total = weights.sum(axis=1, keepdims=True)
    return np.minimum((before / total * count).astype(int), count - 1)


def _gaps(weights: np.ndarray, confidence: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Returns the gap of each bin in each draw, `(draws, bins)`.

    A gap is confidence minus right answers, both as shares of all clips. The sum of absolute
    gaps is the calibration error. Clips are sorted by confidence.
    """
    bins = _bins(weights)
    count = bins.max() + 1
    place = (bins + count * np.arange(len(weights))[:, None]).ravel()
    gap = (weights * (confidence - right)).ravel()
    sums = np.bincount(place, gap, minlength=count * len(weights)).reshape(-1, count)
    return sums / weights.sum(axis=1, keepdims=True)


def _drawn_gaps(
    units: np.ndarray, confidence: np.ndarray, right: np.ndarray, seed: int, n_draws: int
) -> np.ndarray:
    """Returns the gaps on resamples of units, such as groups."""
    code = np.unique(units.astype(str), return_inverse=True)[1]
    counts = group_counts(units, seed=seed, n_draws=n_draws)
    step = max(1, _CHUNK // len(right))
    return np.concatenate(
        [
            _gaps(counts[i : i + step][:, code], confidence, right)
            for i in range(0, n_draws, step)
        ]
    )
