"""Gradient-boosted trees with CatBoost: fast on a CPU, and deterministic for a seed.

`benchmarks/bench_catboost_settings.py` measured the default settings; its results are in
`benchmarks/results/catboost_settings.jsonl`.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import catboost
import numpy as np

from kapre_like.models.artifact.stages import Stage, per_window
from kapre_like.models.training.tree_defaults import (
    LEARNING_RATE,
    MAX_TREES,
    PATIENCE,
    SETTINGS,
)

# Starting threads takes longer than predicting this many rows in one thread.
_ROWS_PER_THREAD = 256


def default_settings(task: str) -> dict[str, Any]:
    """Returns CatBoost's arguments for `"classify"` or `"regress"`."""
    return {"learning_rate": LEARNING_RATE[task], **SETTINGS}


class _Progress:
    """CatBoost callback that logs one line per hundred trees."""

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
        task: `"classify"` (multi-class log loss with balanced class weights) or `"regress"`
            (squared error).
        settings: CatBoost arguments, as from `default_settings`.
        seed: Int >= 0.
        n_trees: Int > 0.
    """
    common = {
        **settings,
        "iterations": n_trees,
        "random_seed": seed,
        "thread_count": os.cpu_count(),
        "allow_writing_files": False,  # else it makes `catboost_info` in the current folder
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
    """Returns rows, targets and column names as a CatBoost pool."""
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

    Keeps the trees up to the best iteration. Validation rows of classes that are not in the
    training rows are ignored. Without validation rows all trees are built.
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
    """Finds the best number of trees by early stopping, then trains as many on all rows.

    Args:
        parts: Rows and targets of training and of validation, which may be empty.
        columns: Names of the columns.
        task: See `new_booster`.
        settings: See `new_booster`.
        seed: See `new_booster`.
        n_trees: Maximum number of trees; `None` is `MAX_TREES`.
        log: Called with one line at a time.

    Returns:
        The trained booster, and the learning curves of the run with early stopping.
    """
    first = new_booster(task, settings, seed=seed, n_trees=n_trees or MAX_TREES[task])
    fit_stopping(first, *parts, columns, patience=PATIENCE[task], log=log)
    history = learning_curves(first)
    if not len(parts[1][1]):
        return first, history
    log(f"{first.tree_count_} trees are best; training as many on all clips")
    final = new_booster(task, settings, seed=seed, n_trees=max(1, first.tree_count_))
    both = tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    final.fit(pool(both, columns))
    return final, history


def answers(booster: Any, rows: np.ndarray, n_classes: int | None) -> np.ndarray:
    """Returns `(rows, classes)` probabilities; 0 for classes without training rows.

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
    """Loads a booster from a file.

    Raises:
        ValueError: If the file is missing or not a CatBoost model.
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
    """Returns `(column, importance)` in descending order. The importances sum to 100."""
    values = booster.get_feature_importance()
    ranked = np.argsort(-values, kind="stable")
    return [(booster.feature_names_[i], float(values[i])) for i in ranked]


def n_learned(booster: Any, settings: dict[str, Any]) -> int:
    """Returns the number of learned parameters: leaf values and split thresholds."""
    return len(booster.get_leaf_values()) + booster.tree_count_ * settings["depth"]


def explain(
    booster: Any, rows: np.ndarray, class_names: Sequence[str] | None, most: int = 12
) -> list[Stage]:
    """Returns what trees were given and what they summed up to, as stages of facts.

    Args:
        booster: As from `grow`.
        rows: `(windows, columns)` of one clip.
        class_names: Names in the order of the class numbers; `None` for scores.
        most: Int > 0: how many columns are named at most: the most important first, and none
            that no tree uses.

    Returns:
        The values of those columns, and the raw sum of the trees: of each class, before the
        softmax, or the score. Of several windows each.
    """
    ranked = [(name, share) for name, share in importances(booster)[:most] if share > 0]
    index = {name: i for i, name in enumerate(booster.feature_names_)}
    raw = booster.predict(rows, prediction_type="RawFormulaVal", thread_count=1)
    values, sums = [], []
    for row, total in zip(rows, raw, strict=True):
        values.append({name: float(row[index[name]]) for name, _ in ranked})
        if class_names is None:
            sums.append({"score": float(total)})
        else:
            numbers = np.asarray(booster.classes_, dtype=int)
            sums.append({class_names[n]: float(t) for n, t in zip(numbers, total, strict=True)})
    shares = {name: float(share) for name, share in ranked}
    return [
        ("importance of the features, of 100", shares),
        ("features", per_window(values)),
        ("raw sums of the trees", per_window(sums)),
    ]
