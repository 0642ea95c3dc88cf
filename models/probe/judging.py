"""How well probabilities or scores fit: the one measure by which a probe is chosen."""

import numpy as np

_LEAST = 1e-7


def loss(targets: np.ndarray, output: np.ndarray, trained: np.ndarray | None) -> float:
    """Returns log loss with classes weighted to count alike, or root mean squared error.

    What CatBoost calls its loss in `models/training/trees.py`.

    Args:
        targets: Class numbers, or scores.
        output: Probabilities `(clips, classes)`, or scores.
        trained: Class numbers of the training clips, whose counts are the weights; `None`
            for scores.
    """
    if trained is None:
        return float(np.sqrt(np.mean((output - targets) ** 2)))
    right = np.maximum(output[np.arange(len(targets)), targets], _LEAST)
    weights = 1.0 / np.bincount(trained, minlength=output.shape[1])[targets]
    return float(-(weights * np.log(right)).sum() / weights.sum())


def accuracy(targets: np.ndarray, output: np.ndarray) -> float:
    """Returns the share of clips whose likeliest class is theirs."""
    return float((output.argmax(axis=1) == targets).mean())
