"""CatBoost under fixed settings: fast on a CPU, deterministic by seed, silent on disk.

Where the settings come from: `benchmarks/bench_catboost_settings.py`, whose table is
`benchmarks/results/catboost_settings.jsonl`.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import catboost
import numpy as np

# Classes need few, strong trees: each holds one value per class. Scores gain from many small
# steps, and a tree of one value costs a tenth.
# Predicting few rows in one thread is faster than waking others.
_ROWS_PER_THREAD = 256
MAX_TREES = {"classify": 300, "regress": 1000}
# Trees without a better validation loss before training stops.
PATIENCE = {"classify": 20, "regress": 40}
LEARNING_RATE = {"classify": 0.2, "regress": 0.05}

SETTINGS: dict[str, Any] = {
    "depth": 6,
    # A twentieth of the columns per tree: neighbours (a band's mean and median) tell much the
    # same, so a tree loses little and takes a tenth of the time.
    "rsm": 0.05,
    "boosting_type": "Plain",  # ordered boosting helps small tables of categories
    "border_count": 32,
    "leaf_estimation_iterations": 1,
    "bootstrap_type": "Bernoulli",
    "subsample": 0.8,
}


def default_settings(task: str) -> dict[str, Any]:
    """Returns CatBoost's arguments for `"classify"` or `"regress"`."""
    return {"learning_rate": LEARNING_RATE[task], **SETTINGS}


class _Progress:
    """Tells `log` one line for every hundred trees."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log

    def after_iteration(self, info: Any) -> bool:
        if info.iteration % 100 == 0:
            losses = [values[-1] for sets in info.metrics.values() for values in sets.values()]
            shown = f", loss {losses[0]:.4f}" if losses else ""
            self._log(f"tree {info.iteration}{shown}")
        return True


def new_booster(task: str, settings: dict[str, Any], *, seed: int, n_trees: int) -> Any:
    """Returns an untrained CatBoost model.

    Args:
        task: `"classify"` (multi-class log loss, classes weighted to count alike) or
            `"regress"` (squared error).
        settings: CatBoost's own names, as from `default_settings`.
        seed: Int >= 0.
        n_trees: Int > 0.
    """
    common = {
        **settings,
        "iterations": n_trees,
        "random_seed": seed,
        "thread_count": os.cpu_count(),
        "allow_writing_files": False,  # no folder `catboost_info` where the user stands
        "logging_level": "Silent",
    }
    if task == "regress":
        return catboost.CatBoostRegressor(loss_function="RMSE", **common)
    return catboost.CatBoostClassifier(
        loss_function="MultiClass",
        auto_class_weights="Balanced",
        custom_metric=["Accuracy:use_weights=false;hints=skip_train~true"],
        **common,
    )


def pool(data: tuple[np.ndarray, np.ndarray], columns: list[str]) -> Any:
    """Returns rows and targets as CatBoost keeps them; the names stay with the model."""
    return catboost.Pool(data[0], data[1], feature_names=columns)


def fit_stopping(
    booster: Any,
    train: tuple[np.ndarray, np.ndarray],
    valid: tuple[np.ndarray, np.ndarray],
    columns: list[str],
    *,
    patience: int,
    log: Callable[[str], None],
) -> None:
    """Trains until the validation loss has not improved for `patience` trees.

    Keeps the trees up to the best. Validation rows of a class that training lacks are left
    out; without validation rows all trees are built.
    """
    if isinstance(booster, catboost.CatBoostClassifier):
        known = np.isin(valid[1], train[1])
        valid = valid[0][known], valid[1][known]
    stopping: dict[str, Any] = {}
    if len(valid[1]):
        stopping = {"eval_set": pool(valid, columns), "early_stopping_rounds": patience}
    booster.fit(pool(train, columns), callbacks=[_Progress(log)], **stopping)


def learning_curves(booster: Any) -> dict[str, list[float]]:
    """Returns `train_loss`, and with a validation set `valid_loss` (and `valid_accuracy`)."""
    results = booster.get_evals_result()
    sets = {"learn": "train", "validation": "valid"}
    words = {"MultiClass": "loss", "RMSE": "loss", "Accuracy": "accuracy"}
    return {
        f"{sets[where]}_{words[metric.partition(':')[0]]}": [float(v) for v in values]
        for where, metrics in results.items()
        for metric, values in metrics.items()
        if values
    }


def grow(
    parts: Sequence[tuple[np.ndarray, np.ndarray]],
    columns: list[str],
    task: str,
    settings: dict[str, Any],
    *,
    seed: int,
    n_trees: int | None,
    log: Callable[[str], None],
) -> tuple[Any, dict[str, list[float]]]:
    """Finds the number of trees on the first part, stopping by the second; refits on both.

    Args:
        parts: Rows and targets of training and of validation, which may be empty.
        columns: Names of the columns.
        task: See `new_booster`.
        settings: See `new_booster`.
        seed: See `new_booster`.
        n_trees: The most trees; `None` is `MAX_TREES`.
        log: Called with one line at a time.

    Returns:
        The trained booster, and the learning curves of the run that chose the number.
    """
    first = new_booster(task, settings, seed=seed, n_trees=n_trees or MAX_TREES[task])
    fit_stopping(first, *parts, columns, patience=PATIENCE[task], log=log)
    history = learning_curves(first)
    if not len(parts[1][1]):
        return first, history
    log(f"{first.tree_count_} trees do best; growing as many from all clips")
    final = new_booster(task, settings, seed=seed, n_trees=max(1, first.tree_count_))
    both = tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    final.fit(pool(both, columns))
    return final, history


def answers(booster: Any, rows: np.ndarray, n_classes: int | None) -> np.ndarray:
    """Returns `(rows, classes)` probabilities, 0 for a class that was not trained on.

    Args:
        booster: As from `grow`.
        rows: `(rows, columns)`.
        n_classes: Number of classes; `None` for scores, `(rows,)`.
    """
    threads = 1 if len(rows) < _ROWS_PER_THREAD else -1
    if n_classes is None:
        return booster.predict(rows, thread_count=threads)
    probabilities = np.zeros((len(rows), n_classes))
    seen = booster.predict_proba(rows, thread_count=threads)
    probabilities[:, np.asarray(booster.classes_, dtype=int)] = seen
    return probabilities


def load_booster(task: str, path: Path) -> Any:
    """Returns the booster in a file.

    Raises:
        ValueError: If the file is missing or holds none.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file. Copy it back, or train again.")
    kinds = {"regress": catboost.CatBoostRegressor, "classify": catboost.CatBoostClassifier}
    booster = kinds[task]()
    try:
        booster.load_model(str(path), format="cbm")
    except catboost.CatBoostError as error:
        raise ValueError(
            f"{path}: not a CatBoost model. Copy it again, or train again."
        ) from error
    return booster


def importances(booster: Any) -> list[tuple[str, float]]:
    """Returns `(column, importance)`, greatest first; they sum to 100."""
    values = booster.get_feature_importance()
    ranked = np.argsort(-values, kind="stable")
    return [(booster.feature_names_[i], float(values[i])) for i in ranked]


def n_learned(booster: Any, settings: dict[str, Any]) -> int:
    """Returns how many numbers were learned: leaf values and split thresholds."""
    return len(booster.get_leaf_values()) + booster.tree_count_ * settings["depth"]
