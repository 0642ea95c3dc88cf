"""A linear model on scaled columns, stored as a dense layer.

Ridge regression fits scores, and also classes, whose targets are columns of 1 and -1. Logistic
regression fits classes. The outputs of a ridge regression of classes are multiplied by a scale
before the softmax.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from kapre_like.models.artifact.stages import Stage, per_window
from kapre_like.models.training.labels import tempered_weights

SOLVERS = ("ridge", "logistic")
# Each column is divided by its own standard deviation, or all columns by one number. After a
# ReLU, channels that are rarely active carry little information, and dividing them by their
# small deviation would amplify them.
SCALINGS = ("each", "common")
# Inverse regularization, from strong to weak: `C` of LogisticRegression. For ridge, `alpha` per
# clip is inversely proportional to it.
STRENGTHS = tuple(10.0 ** (power / 2) for power in range(-8, 1))
# Strength without inner folds.
USUAL = 1e-2
# Scale of a ridge regression of classes without inner folds: the logits of its targets, 1 and
# -1, then differ by 6.
USUAL_SCALE = 3.0
_TINY = 1e-30
_NEVER = -1e9  # logit of a class without training clips: its probability is 0


@dataclass(frozen=True)
class Linear:
    """A dense layer that includes the scaling of its input.

    Attributes:
        kernel: `(columns, outputs)`; outputs are classes, or one score.
        bias: `(outputs,)`.
        spread: `(columns,)`, standard deviation of each column of the training rows; 1 for a
            constant column.
    """

    kernel: np.ndarray
    bias: np.ndarray
    spread: np.ndarray

    def importances(self, columns: Sequence[str]) -> list[tuple[str, float]]:
        """Returns `(column, importance)` in descending order. The importances sum to 100.

        An importance is the change of the outputs when the column changes by one standard
        deviation.
        """
        kernel = self.kernel - self.kernel.mean(axis=1, keepdims=True)
        # Only differences between classes matter; a score has a single output.
        moved = np.abs(self.kernel if self.kernel.shape[1] == 1 else kernel).sum(axis=1)
        shares = moved * self.spread
        shares = 100 * shares / max(shares.sum(), 1e-30)
        ranked = np.argsort(-shares, kind="stable")
        return [(columns[i], float(shares[i])) for i in ranked]

    def times(self, scale: float) -> "Linear":
        """Returns a model whose outputs are multiplied by `scale`."""
        return replace(self, kernel=scale * self.kernel, bias=scale * self.bias)


def fit(
    rows: np.ndarray,
    targets: np.ndarray,
    n_classes: int | None,
    strengths: Sequence[float],
    *,
    solver: str = "ridge",
    scaling: str = "each",
) -> list[Linear]:
    """Fits a linear model for each strength, with the class weights of `tempered_weights`.

    Args:
        rows: `(clips, columns)`.
        targets: Class numbers, or scores.
        n_classes: Number of classes; `None` for scores.
        strengths: Floats > 0, see `STRENGTHS`.
        solver: One of `SOLVERS`; `"logistic"` for classes only.
        scaling: One of `SCALINGS`.
    """
    scaler = _Scaler.fit(rows.astype("float64"), scaling)
    x = (rows - scaler.mean) / scaler.scale
    if n_classes is None:
        pairs = _ridges(x, targets[:, None].astype("float64"), np.ones(len(x)), strengths)
        return [_unscaled(*pair, scaler) for pair in pairs]
    present, places = np.unique(targets, return_inverse=True)
    weights = tempered_weights(np.bincount(places))[places]
    if solver == "logistic":
        pairs = [_logistic(x, places, weights, strength) for strength in strengths]
    else:
        signs = 2.0 * np.eye(len(present))[places] - 1.0
        pairs = _ridges(x, signs, weights, strengths)
    return [_unscaled(*_every_class(*pair, present, n_classes), scaler) for pair in pairs]


def _ridges(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray, strengths: Sequence[float]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns kernel and bias of a ridge regression per strength, from one decomposition.

    Source: T. Hastie et al., "The Elements of Statistical Learning", section 18.3.5, for fewer
        rows than columns.
    """
    x_mean, y_mean = (np.average(part, axis=0, weights=weights) for part in (x, y))
    root = np.sqrt(weights)[:, None]
    x, y = root * (x - x_mean), root * (y - y_mean)
    wide = x.shape[0] < x.shape[1]
    values, vectors = np.linalg.eigh(x @ x.T if wide else x.T @ x)
    inner = vectors.T @ (y if wide else x.T @ y)
    found = []
    for strength in strengths:
        alpha = len(x) / (1e3 * strength)
        kernel = vectors @ (inner / (np.maximum(values, 0.0) + alpha)[:, None])
        kernel = x.T @ kernel if wide else kernel
        found.append((kernel, y_mean - x_mean @ kernel))
    return found


def _logistic(
    x: np.ndarray, places: np.ndarray, weights: np.ndarray, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """Returns kernel and bias of a logistic regression."""
    model: Any = LogisticRegression(C=strength, max_iter=1000)
    with warnings.catch_warnings():
        # The solver does not converge on linearly separable classes, and does not need to.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, places, sample_weight=weights)
    kernel, bias = model.coef_.T, model.intercept_
    if len(model.classes_) == 2:
        # For two classes scikit-learn returns only the logit of the second; the first is 0.
        kernel = np.concatenate([np.zeros_like(kernel), kernel], axis=1)
        bias = np.concatenate([[0.0], bias])
    return kernel, bias


def _every_class(
    kernel: np.ndarray, bias: np.ndarray, present: np.ndarray, n_classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Adds outputs for the classes without training clips, whose probability is 0."""
    whole = np.zeros((kernel.shape[0], n_classes)), np.full(n_classes, _NEVER)
    for part, all_classes in zip((kernel, bias), whole, strict=True):
        all_classes[..., present] = part
    return whole


@dataclass(frozen=True)
class _Scaler:
    """Mean, standard deviation and scale of each column."""

    mean: np.ndarray
    spread: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, rows: np.ndarray, scaling: str) -> "_Scaler":
        found = StandardScaler().fit(rows)
        scale = found.scale_
        if scaling == "common":
            scale = np.full_like(scale, np.sqrt(max(found.var_.mean(), _TINY)))
        return cls(found.mean_, found.scale_, scale)


def _unscaled(kernel: np.ndarray, bias: np.ndarray, scaler: _Scaler) -> Linear:
    """Converts weights for scaled columns to weights for the original columns."""
    kernel = kernel / scaler.scale[:, None]
    return Linear(kernel, bias - scaler.mean @ kernel, scaler.spread)


def logits(linear: Linear, rows: np.ndarray) -> np.ndarray:
    """Returns the logits or scores, `(clips, outputs)`."""
    return rows.astype("float64") @ linear.kernel + linear.bias


def explain(linear: Linear, rows: np.ndarray, recipe: dict[str, Any]) -> list[Stage]:
    """Returns the outputs of a linear model for each window, as a stage of facts.

    Args:
        linear: The model.
        rows: `(windows, columns)` of one clip.
        recipe: Recipe with `class_names`, which is `None` for scores.
    """
    names = recipe["class_names"] or ["score"]
    outputs = logits(linear, rows).tolist()
    by_name = [dict(zip(names, row, strict=True)) for row in outputs]
    return [("logits" if recipe["class_names"] else "score", per_window(by_name))]


def answers(output: np.ndarray, n_classes: int | None) -> np.ndarray:
    """Converts logits to `(clips, classes)` probabilities, or returns `(clips,)` scores."""
    if n_classes is None:
        return output[:, 0]
    shares = np.exp(output - output.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)
