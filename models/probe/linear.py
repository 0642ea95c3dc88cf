"""A linear model on standardized columns: fitted with scikit-learn, stored as a dense layer."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from kapre_like.models.training.labels import tempered_weights

# Inverse regularization, from strong to weak: `C` of LogisticRegression. For Ridge, `alpha` per
# clip is inversely proportional to it.
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
# Used without inner folds, and for comparing layers.
USUAL = 1e-2
_NEVER = -1e9  # logit of a class without training clips: its probability is 0


@dataclass(frozen=True)
class Linear:
    """A dense layer that includes the standardization of its input.

    Attributes:
        kernel: `(columns, outputs)`; outputs are classes, or one score.
        bias: `(outputs,)`.
        spread: `(columns,)`, standard deviation of each column in training.
    """

    kernel: np.ndarray
    bias: np.ndarray
    spread: np.ndarray

    def importances(self, columns: Sequence[str]) -> list[tuple[str, float]]:
        """Returns `(column, importance)` in descending order. The importances sum to 100.

        An importance is the change of the outputs per standard deviation of the column.
        """
        kernel = self.kernel - self.kernel.mean(axis=1, keepdims=True)
        # Only differences between classes matter; a score has a single output.
        moved = np.abs(self.kernel if self.kernel.shape[1] == 1 else kernel).sum(axis=1)
        shares = moved * self.spread
        shares = 100 * shares / max(shares.sum(), 1e-30)
        ranked = np.argsort(-shares, kind="stable")
        return [(columns[i], float(shares[i])) for i in ranked]


def fit(
    rows: np.ndarray, targets: np.ndarray, n_classes: int | None, strength: float
) -> Linear:
    """Fits a linear model.

    Classes have the weights of `tempered_weights`.

    Args:
        rows: `(clips, columns)`.
        targets: Class numbers, or scores.
        n_classes: Number of classes; `None` for scores.
        strength: Float > 0, see `STRENGTHS`.
    """
    scaler = StandardScaler().fit(rows.astype("float64"))
    x = scaler.transform(rows.astype("float64"))
    if n_classes is None:
        model: Any = Ridge(alpha=len(rows) / (1e3 * strength)).fit(x, targets)
        return _unscaled(model.coef_.reshape(-1, 1), np.ravel(model.intercept_), scaler)
    model = LogisticRegression(C=strength, max_iter=1000)
    weights = tempered_weights(np.bincount(targets))[targets]
    with warnings.catch_warnings():
        # On linearly separable classes the solver does not converge, and need not.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, targets, sample_weight=weights)
    kernel, bias = model.coef_.T, model.intercept_
    if len(model.classes_) == 2:
        # For two classes scikit-learn returns the logit of the second only; the first has 0.
        kernel = np.concatenate([np.zeros_like(kernel), kernel], axis=1)
        bias = np.concatenate([[0.0], bias])
    whole = np.zeros((kernel.shape[0], n_classes)), np.full(n_classes, _NEVER)
    for part, all_classes in zip((kernel, bias), whole, strict=True):
        all_classes[..., model.classes_] = part
    return _unscaled(*whole, scaler)


def _unscaled(kernel: np.ndarray, bias: np.ndarray, scaler: StandardScaler) -> Linear:
    """Converts weights for standardized columns to weights for the original columns."""
    kernel = kernel / scaler.scale_[:, None]
    return Linear(kernel, bias - scaler.mean_ @ kernel, scaler.scale_)


def answers(linear: Linear, rows: np.ndarray, n_classes: int | None) -> np.ndarray:
    """Returns `(clips, classes)` probabilities, or `(clips,)` scores."""
    logits = rows.astype("float64") @ linear.kernel + linear.bias
    if n_classes is None:
        return logits[:, 0]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)
