"""A linear model on standardised columns: fitted by scikit-learn, kept as a dense layer."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

# How much the weights may grow, from hardly to freely: `C` of LogisticRegression, and what
# Ridge's `alpha`, per clip, is divided by.
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
# Where the validation clips do not decide, and to compare depths by.
USUAL = 1e-2
_NEVER = -1e9  # logit of a class that was not trained on: its probability is 0


@dataclass(frozen=True)
class Linear:
    """A dense layer that standardises too.

    Attributes:
        kernel: `(columns, outputs)`; outputs are classes, or one score.
        bias: `(outputs,)`.
        spread: `(columns,)`, standard deviation of each column in training.
    """

    kernel: np.ndarray
    bias: np.ndarray
    spread: np.ndarray

    def importances(self, columns: Sequence[str]) -> list[tuple[str, float]]:
        """Returns `(column, importance)`, greatest first; they sum to 100.

        How far an output moves with a column's usual spread, summed over the outputs.
        """
        kernel = self.kernel - self.kernel.mean(axis=1, keepdims=True)
        # A score has one output, which has no others to be told from.
        moved = np.abs(self.kernel if self.kernel.shape[1] == 1 else kernel).sum(axis=1)
        shares = moved * self.spread
        shares = 100 * shares / max(shares.sum(), 1e-30)
        ranked = np.argsort(-shares, kind="stable")
        return [(columns[i], float(shares[i])) for i in ranked]


def fit(
    rows: np.ndarray, targets: np.ndarray, n_classes: int | None, strength: float
) -> Linear:
    """Fits a linear model.

    Classes weigh alike, however many clips they have.

    Args:
        rows: `(clips, columns)`.
        targets: Class numbers, or scores.
        n_classes: How many classes there are; `None` for scores.
        strength: Float > 0, see `STRENGTHS`.
    """
    scaler = StandardScaler().fit(rows.astype("float64"))
    x = scaler.transform(rows.astype("float64"))
    if n_classes is None:
        model: Any = Ridge(alpha=len(rows) / (1e3 * strength)).fit(x, targets)
        return _unscaled(model.coef_.reshape(-1, 1), np.ravel(model.intercept_), scaler)
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=1000)
    with warnings.catch_warnings():
        # Classes that a plane tells apart are never done; the limit is far enough.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, targets)
    kernel, bias = model.coef_.T, model.intercept_
    if len(model.classes_) == 2:
        # Two classes come as one: the logit of the second, with 0 for the first.
        kernel = np.concatenate([np.zeros_like(kernel), kernel], axis=1)
        bias = np.concatenate([[0.0], bias])
    whole = np.zeros((kernel.shape[0], n_classes)), np.full(n_classes, _NEVER)
    for part, all_classes in zip((kernel, bias), whole, strict=True):
        all_classes[..., model.classes_] = part
    return _unscaled(*whole, scaler)


def _unscaled(kernel: np.ndarray, bias: np.ndarray, scaler: StandardScaler) -> Linear:
    """The same on columns as they are."""
    kernel = kernel / scaler.scale_[:, None]
    return Linear(kernel, bias - scaler.mean_ @ kernel, scaler.scale_)


def answers(linear: Linear, rows: np.ndarray, n_classes: int | None) -> np.ndarray:
    """Returns `(clips, classes)` probabilities, or `(clips,)` scores."""
    logits = rows.astype("float64") @ linear.kernel + linear.bias
    if n_classes is None:
        return logits[:, 0]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)
