"""Extrapolates a learning curve over data size: the gain of twice as many training clips.

The error of a model is modeled as `a + b * n**-c` for `n` training clips, with `a` and `b` at
least 0. `a` is the error that remains with any amount of data. Three or four sizes hardly
determine `c`. So it has a log-normal prior around 0.5, the usual exponent, with two thirds of
the mass between 0.25 and 1. The prior counts more if the metrics are noisy.

The uncertainty has two sources. Test clips: the metric on resamples of whole test groups, the
same resamples for all trainings. Training clips: the standard deviation between draws of the
same size, pooled over the sizes, with Student's t because there are few draws.

Sources: Hestness et al., Deep Learning Scaling is Predictable, Empirically, 2017 (power law);
Viering and Loog, The Shape of Learning Curves: a Review, IEEE TPAMI, 2023.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

N_DRAWS = 1000
# Two points always lie on a line, so they do not show how well it fits.
MIN_SIZES = 3
_EXPONENTS = np.geomspace(0.1, 2.0, 25)
_USUAL, _SPREAD = 0.5, 0.7
# Smallest assumed standard error of a mean: a tenth of a point.
_MIN_ERROR = 1e-3


class Doubling(NamedTuple):
    """The extrapolated gain of twice as many training clips.

    Attributes:
        gain: Float >= 0, gain of the metric.
        interval: The 95 % interval of the gain.
    """

    gain: float
    interval: tuple[float, float]


def doubling(
    clips: Sequence[float],
    values: Sequence[Sequence[float]],
    resampled: Sequence[np.ndarray] | None = None,
    *,
    best: float = 1.0,
    seed: int = 0,
) -> Doubling | None:
    """Returns the gain of twice as many training clips as the last size.

    Args:
        clips: Number of training clips of each size, ascending.
        values: The metric of each training, by size. Greater is better.
        resampled: Per size `(resamples,)`, the mean metric of its trainings on resamples of the
            test groups. `None`: only the draws of training clips are uncertain.
        best: Float, the value of the metric without errors.
        seed: Int >= 0.

    Returns:
        `None` for fewer than three sizes, because two do not determine the curvature.

    Example:
        >>> found = doubling([100, 200, 400], [[0.8], [0.85858], [0.9]])
        >>> round(found.gain, 2)
        0.03
    """
    if len(set(clips)) < MIN_SIZES:
        return None
    n = np.asarray(clips, float)
    errors = best - np.array([np.mean(each) for each in values])
    pooled, freedom = _pooled(values)
    noise = np.maximum(pooled / np.sqrt([len(each) for each in values]), _MIN_ERROR)
    generator = np.random.default_rng([seed, len(n)])
    many = np.tile(errors, (N_DRAWS, 1))
    if resampled is not None:
        many = best - np.stack(resampled, axis=1)[:N_DRAWS]
    student = generator.standard_t(max(freedom, 3), size=many.shape)
    gains = _gains(n, many + noise * student, noise)
    low, high = np.percentile(gains, [2.5, 97.5])
    (gain,) = _gains(n, errors[None], noise)
    return Doubling(float(gain), (float(low), float(high)))


def _pooled(values: Sequence[Sequence[float]]) -> tuple[float, int]:
    """Returns the standard deviation between draws of one size, and its degrees of freedom."""
    freedom = sum(len(each) - 1 for each in values)
    squares = sum(float(np.sum((np.asarray(each) - np.mean(each)) ** 2)) for each in values)
    return (np.sqrt(squares / freedom) if freedom else 0.0), freedom


def _gains(n: np.ndarray, errors: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Fits each row of `errors`, and returns the decrease of the error at twice the clips."""
    best = np.full(len(errors), np.inf)
    gains = np.zeros(len(errors))
    weights = (noise.min() / noise) ** 2
    for c in _EXPONENTS:
        x = (n / n[-1]) ** -c
        a, b = _line(x, errors, weights)
        misfit = ((a[:, None] + b[:, None] * x - errors) / noise) ** 2
        cost = misfit.sum(axis=1) + (np.log(c / _USUAL) / _SPREAD) ** 2
        better = cost < best
        best[better], gains[better] = cost[better], (b * (1 - 2**-c))[better]
    return gains


def _line(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fits `a + b * x` to each row of `y` by least squares, with `a` and `b` at least 0."""
    w = weights / weights.sum()
    x_mean, y_mean = (w * x).sum(), (w * y).sum(axis=1)
    spread = (w * (x - x_mean) ** 2).sum()
    b = (w * (x - x_mean) * (y - y_mean[:, None])).sum(axis=1) / spread
    a = y_mean - b * x_mean
    below = a < 0
    a[below], b[below] = 0.0, ((w * x * y).sum(axis=1) / (w * x * x).sum())[below]
    rising = b < 0  # an error that rises with more data is treated as noise
    a[rising], b[rising] = np.maximum(y_mean[rising], 0.0), 0.0
    return a, b
