"""Accuracy of a cascade at each threshold, and the choice of the threshold. NumPy only.

A cascade has a light and a heavy model. The heavy model predicts a clip if the top probability
of the light model is at most the threshold. At 0 it predicts no clip, at 1 every clip.

The threshold is chosen on clips that neither model was trained on:

1. Sort the clips by the confidence of the light model, lowest first. Compute the balanced
   accuracy for each number of clips that the heavy model predicts. Plain accuracy would favor
   a cascade that is cheap but gives up a rare class. Clips of equal confidence share their
   gain.
2. A clip counts by the mean of two numbers: whether the prediction is right (0 or 1), and the
   calibrated probability of the prediction. One clip of 60 is 1.7 points. By the first number
   alone, a light model with good luck on 60 clips would predict every clip. The second number
   measures how likely such luck is.
3. Replace each point by the mean of its neighbors, over a tenth of the clips (`SMOOTH`). The
   window is narrower towards the ends.
4. Take the cheapest point that loses little against the best point of the curve: at most half
   a point (`WITHIN`), and at most a quarter (`SHARE_LOST`) of the gain of the best point over
   the light model alone. A loss of a twentieth of a point (`TRIFLE`) is always accepted. New
   voices are often harder than those of the held-out clips, and the loss on them grows with the
   possible gain. The threshold is the middle of the confidences on both sides.

In simulations of 60 to 300 held-out clips, the cascade was within half a point of the heavy
model on new clips in 87 to 100 % of the runs (`tests/test_models_experiment_cascades.py`). With
right and wrong alone it was so in 40 to 80 %.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# Maximum loss of balanced accuracy against the best point: half a point.
WITHIN = 0.005
# Maximum share that is lost of the gain of the best point over the light model alone.
SHARE_LOST = 0.25
# A loss that is always accepted for a lower cost: a twentieth of a point.
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
        smooth: `(points,)`: the smoothed balanced accuracy that decides the threshold, see
            the module.
    """

    threshold: np.ndarray
    share_heavy: np.ndarray
    accuracy: np.ndarray
    balanced_accuracy: np.ndarray
    smooth: np.ndarray


def asks_heavy(light: np.ndarray, threshold: float) -> np.ndarray:
    """Returns which clips the heavy model predicts: `(clips,)` booleans.

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
        truth: `(clips,)` true class numbers of at least one clip. A number without a column is
            a label that neither model was trained on, and its clips count as wrong.
        light: `(clips, classes)` calibrated probabilities of the light model.
        heavy: `(clips, classes)` calibrated probabilities of the heavy model for the same
            clips, in the same order.

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
    # The weight of a clip in the balanced accuracy is 1 / (classes * clips of its class).
    counts = np.unique(truth[order], return_inverse=True, return_counts=True)
    alike = 1.0 / (len(counts[0]) * counts[2][counts[1]])
    plain, balanced = (_course(*right, w, level) for w in (np.full(n, 1.0 / n), alike))
    # A threshold can only lie between clips of different confidence.
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
    """Returns the index of the chosen point of a curve, see the module for the rule."""
    best = curve.smooth.max()
    loss = min(WITHIN, max(TRIFLE, SHARE_LOST * (best - curve.smooth[0])))
    good = curve.smooth >= best - loss - 1e-12
    return int(np.flatnonzero(good)[0])


def thinned(curve: Curve, points: int = 101) -> Curve:
    """Returns at most `points` points of a curve, evenly spaced by share, with both ends."""
    if len(curve.threshold) <= points:
        return curve
    wanted = np.linspace(0.0, 1.0, points)
    kept = np.unique(np.abs(curve.share_heavy[:, None] - wanted).argmin(axis=0))
    return Curve(*(values[kept] for values in curve))


def _course(
    light: np.ndarray, heavy: np.ndarray, weight: np.ndarray, level: np.ndarray
) -> np.ndarray:
    """Returns the metric if the heavy model predicts the first 0, 1, ..., n clips.

    Clips of equal confidence (the same `level`) each have the mean of their gains.
    """
    gain = weight * (heavy - light)
    mean = np.bincount(level, gain) / np.bincount(level)
    return (weight * light).sum() + np.concatenate([[0.0], np.cumsum(mean[level])])


def _smoothed(course: np.ndarray) -> np.ndarray:
    """Returns means of neighbors. The window is narrower where it would pass an end."""
    last = len(course) - 1
    place = np.arange(len(course))
    max_reach = round(SMOOTH * last / 2.0)
    reach = np.minimum(max_reach, np.minimum(place, last - place))
    total = np.concatenate([[0.0], np.cumsum(course)])
    return (total[place + reach + 1] - total[place - reach]) / (2 * reach + 1)
