"""Accuracy of a cascade as its threshold moves, and the threshold that is chosen. NumPy only.

A cascade has a light and a heavy model. The heavy one answers a clip where the top probability
of the light one is at most the threshold: at 0 it answers no clip, at 1 every clip.

How the threshold is chosen, on clips that neither model has seen:

1. The curve of balanced accuracy over the number of clips that the heavy model answers, the
   least sure first. Balanced, because a cascade that gives up a rare class for its price would
   look good by plain accuracy. Clips of equal confidence share their gain.
2. A clip counts as right by the mean of two numbers: whether it is (0 or 1), and the calibrated
   probability of the answer. One clip of 60 is 1.7 points, so by the first alone a light model
   that had luck with 60 clips would answer every clip; the second knows how likely luck was.
3. Each point becomes the mean of its neighbors, over a tenth of the clips (`SMOOTH`), narrower
   towards the ends.
4. The cheapest point that loses little against the best on the curve: at most half a point
   (`WITHIN`), and at most a quarter (`SHARE_LOST`) of what the best has over the light model
   alone; a twentieth of a point (`TRIFLE`) is never worth paying for. New voices are often
   harder than those of the held-out clips, and what is lost grows with what there is to gain.
   The threshold is the middle of the confidences on both sides.

In simulations of 60 to 300 held-out clips this was within half a point of the heavy model on
new clips in 87 to 100 % of the runs (`tests/test_models_experiment_cascades.py`), and by right
and wrong alone in 40 to 80 %.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# How far below the best the balanced accuracy may be: half a point.
WITHIN = 0.005
# Share that may be lost of what the best has over the light model alone.
SHARE_LOST = 0.25
# What is always given up to be cheaper: a twentieth of a point.
TRIFLE = 0.0005
# Share of the clips that a point of the curve is averaged over.
SMOOTH = 0.1


class Curve(NamedTuple):
    """Points of a cascade on some clips, from the light model alone to the heavy one alone.

    Attributes:
        threshold: `(points,)`, from 0 to 1, ascending.
        share_heavy: `(points,)`: share of the clips that the heavy model answers.
        accuracy: `(points,)`.
        balanced_accuracy: `(points,)`: mean recall over the classes among the true labels.
        smooth: `(points,)`: the balanced accuracy that the threshold is chosen by, see above.
    """

    threshold: np.ndarray
    share_heavy: np.ndarray
    accuracy: np.ndarray
    balanced_accuracy: np.ndarray
    smooth: np.ndarray


def asks_heavy(light: np.ndarray, threshold: float) -> np.ndarray:
    """Returns of which clips the heavy model is asked: `(clips,)` booleans.

    Args:
        light: `(clips, classes)` probabilities of the light model.
        threshold: Float in [0, 1].
    """
    # A model's top probability may be rounded to just above 1.
    return np.minimum(np.asarray(light, float).max(axis=1), 1.0) <= threshold


def cascade_curve(
    truth: Sequence[int] | np.ndarray, light: np.ndarray, heavy: np.ndarray
) -> Curve:
    """Returns a point for every number of clips that a threshold can send to the heavy model.

    Args:
        truth: `(clips,)` true class numbers, one clip at least. A number that is no column is
            a label that neither model knows: its clips count as wrong.
        light: `(clips, classes)` calibrated probabilities of the light model.
        heavy: `(clips, classes)` of the heavy one, for the same clips in the same order.

    Example:
        >>> light = np.array([[0.6, 0.4], [0.9, 0.1]])
        >>> heavy = np.array([[0.2, 0.8], [0.8, 0.2]])
        >>> curve = cascade_curve([1, 0], light, heavy)
        >>> curve.threshold.tolist(), curve.accuracy.tolist()
        ([0.0, 0.75, 1.0], [0.5, 1.0, 1.0])
    """
    truth, light, heavy = np.asarray(truth), np.asarray(light, float), np.asarray(heavy, float)
    if not len(truth) or not len(truth) == len(light) == len(heavy):
        raise ValueError(
            "cascade_curve: expects the same clips, one at least, of both models. Received: "
            f"{len(truth)} labels, {len(light)} and {len(heavy)} answers."
        )
    sure = np.minimum(light.max(axis=1), 1.0)
    order = np.argsort(sure, kind="stable")
    sure, level = sure[order], np.unique(sure[order], return_inverse=True)[1]
    right = [(answer.argmax(axis=1) == truth)[order].astype(float) for answer in (light, heavy)]
    likely = [answer.max(axis=1)[order] for answer in (light, heavy)]
    both = [(hit + chance) / 2.0 for hit, chance in zip(right, likely, strict=True)]
    n = len(sure)
    # What a clip counts in the balanced accuracy: 1 / (classes * clips of its class).
    counts = np.unique(truth[order], return_inverse=True, return_counts=True)
    alike = 1.0 / (len(counts[0]) * counts[2][counts[1]])
    plain, balanced = (_course(*right, w, level) for w in (np.full(n, 1.0 / n), alike))
    # Only between clips of different confidence can a threshold be.
    cuts = np.flatnonzero(np.diff(sure) > 0) + 1
    middle = (sure[cuts - 1] + sure[cuts]) / 2.0
    points = np.concatenate([[0], cuts, [n]])
    return Curve(
        np.concatenate([[0.0], middle, [1.0]]),
        points / n,
        plain[points],
        balanced[points],
        _smoothed(_course(*both, alike, level))[points],
    )


def choose(curve: Curve) -> int:
    """Returns the point of a curve that is chosen, by the rule of this module."""
    best = curve.smooth.max()
    loss = min(WITHIN, max(TRIFLE, SHARE_LOST * (best - curve.smooth[0])))
    good = curve.smooth >= best - loss - 1e-12
    return int(np.flatnonzero(good)[0])


def thinned(curve: Curve, points: int = 101) -> Curve:
    """Returns at most so many points of a curve, evenly by share, both ends among them."""
    if len(curve.threshold) <= points:
        return curve
    wanted = np.linspace(0.0, 1.0, points)
    kept = np.unique(np.abs(curve.share_heavy[:, None] - wanted).argmin(axis=0))
    return Curve(*(values[kept] for values in curve))


def _course(
    light: np.ndarray, heavy: np.ndarray, weight: np.ndarray, level: np.ndarray
) -> np.ndarray:
    """The metric if the heavy model answers the first 0, 1, ..., n clips.

    Clips of one confidence, those of a `level`, have the same gain each: their mean.
    """
    gain = weight * (heavy - light)
    mean = np.bincount(level, gain) / np.bincount(level)
    return (weight * light).sum() + np.concatenate([[0.0], np.cumsum(mean[level])])


def _smoothed(course: np.ndarray) -> np.ndarray:
    """Means of neighbors; a window that would reach past an end is narrower on both sides."""
    last = len(course) - 1
    place = np.arange(len(course))
    most = round(SMOOTH * last / 2.0)
    reach = np.minimum(most, np.minimum(place, last - place))
    total = np.concatenate([[0.0], np.cumsum(course)])
    return (total[place + reach + 1] - total[place - reach]) / (2 * reach + 1)
