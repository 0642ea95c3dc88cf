"""Loss and accuracy on held-out clips, used to choose a probe."""

import numpy as np

from kapre_like.models.training.labels import tempered_weights

_MIN = 1e-7


def loss(targets: np.ndarray, output: np.ndarray, trained: np.ndarray | None) -> float:
    """Returns log loss with tempered class weights, or root mean squared error.

    This is the loss that CatBoost reports in `models/training/tree_folds.py`.

    Args:
        targets: Class numbers, or scores.
        output: Probabilities `(clips, classes)`, or scores.
        trained: Class numbers of the training clips, from which the class weights are
            computed; `None` for scores.
    """
    if trained is None:
        return float(np.sqrt(np.mean((output - targets) ** 2)))
    right = np.maximum(output[np.arange(len(targets)), targets], _MIN)
    weights = tempered_weights(np.bincount(trained, minlength=output.shape[1]))[targets]
    return float(-(weights * np.log(right)).sum() / weights.sum())


def accuracy(targets: np.ndarray, output: np.ndarray) -> float:
    """Returns the share of clips whose most probable class is correct."""
    return float((output.argmax(axis=1) == targets).mean())
