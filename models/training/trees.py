"""Gradient-boosted trees with CatBoost. Training is deterministic for a seed.

`benchmarks/bench_catboost_settings.py` measured the default settings; its results are in
`benchmarks/results/catboost_settings.jsonl`.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import catboost
import numpy as np

from kapre_like.models.artifact.stages import Stage, per_window
from kapre_like.models.training.labels import tempered_weights
from kapre_like.models.training.tree_defaults import LEARNING_RATE, SETTINGS

# CatBoost raises an error when it samples from fewer than about five rows.
_SAMPLED = 10
# For fewer rows, one thread predicts faster than several threads start.
_ROWS_PER_THREAD = 256


def default_settings(task: str) -> dict[str, Any]:
    """Returns CatBoost's arguments for `"classify"` or `"regress"`."""
    return {"learning_rate": LEARNING_RATE[task], **SETTINGS}


def new_booster(
    task: str,
    settings: dict[str, Any],
    *,
    seed: int,
    n_trees: int,
    class_weights: dict[int, float] | None = None,
    threads: int | None = None,
) -> Any:
    """Returns an untrained CatBoost model.

    Args:
        task: `"classify"` (multi-class log loss) or `"regress"` (squared error).
        settings: CatBoost arguments, as from `default_settings`.
        seed: Int >= 0.
        n_trees: Int > 0.
        class_weights: Weight of each class among the training rows; `None` weighs rows alike.
        threads: Int > 0; `None` is one per core.
    """
    common = {
        **settings,
        "iterations": n_trees,
        "random_seed": seed,
        "thread_count": threads or os.cpu_count(),
        "allow_writing_files": False,  # otherwise it creates `catboost_info` where it runs
        "logging_level": "Silent",
    }
    with refusals():
        if task == "regress":
            return catboost.CatBoostRegressor(loss_function="RMSE", **common)
        if class_weights is not None:
            # CatBoost accepts `use_weights` only together with weights.
            accuracy = "Accuracy:use_weights=false;hints=skip_train~true"
            common |= {"class_weights": class_weights, "custom_metric": [accuracy]}
        return catboost.CatBoostClassifier(loss_function="MultiClass", **common)


@contextmanager
def refusals() -> Iterator[None]:
    """Turns an error of CatBoost into an error of one line that says the fix.

    Raises:
        ValueError: If the code inside raises a CatBoostError, or a TypeError for an argument.
    """
    try:
        yield
    except (catboost.CatBoostError, TypeError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        reason = re.sub(r"^(\S+\.(cpp|h|pyx):\d+|CatBoost\w*\.__init__\(\)):? ", "", first)
        raise ValueError(
            f"CatBoost rejected its settings or the data: {reason.rstrip('.')}. Check the "
            "settings --set catboost.NAME=VALUE (settings={'catboost': {...}}), or leave them "
            "out."
        ) from error


def pool(data: tuple[np.ndarray, np.ndarray], columns: list[str]) -> Any:
    """Returns rows, targets and column names as a CatBoost pool."""
    return catboost.Pool(data[0], data[1], feature_names=columns)


def fit(
    task: str,
    settings: dict[str, Any],
    rows: np.ndarray,
    targets: np.ndarray,
    columns: list[str],
    *,
    seed: int,
    n_trees: int,
) -> Any:
    """Returns a booster of `n_trees` trees, trained on all rows with tempered class weights."""
    weights = None if task == "regress" else class_weights(targets, targets)
    booster = new_booster(
        task, for_rows(settings, len(rows)), seed=seed, n_trees=n_trees, class_weights=weights
    )
    with refusals():
        booster.fit(pool((rows, targets), columns))
    return booster


def for_rows(settings: dict[str, Any], n_rows: int) -> dict[str, Any]:
    """Returns CatBoost's arguments for a number of rows. A few rows are not sampled."""
    if n_rows >= _SAMPLED or settings.get("bootstrap_type") != SETTINGS["bootstrap_type"]:
        return settings
    kept = {name: value for name, value in settings.items() if name != "subsample"}
    return {**kept, "bootstrap_type": "No"}


def class_weights(targets: np.ndarray, counted: np.ndarray) -> dict[int, float]:
    """Returns the tempered weight of each class in `targets`, by its count in `counted`."""
    weights = tempered_weights(np.bincount(counted))
    return {int(number): float(weights[number]) for number in np.unique(targets)}


def answers(
    booster: Any, rows: np.ndarray, n_classes: int | None, n_trees: int = 0
) -> np.ndarray:
    """Returns `(rows, classes)` probabilities, or `(rows,)` scores.

    Classes without training rows have the probability 0.

    Args:
        booster: As from `fit`.
        rows: `(rows, columns)`.
        n_classes: Number of classes; `None` for scores.
        n_trees: Int, uses only this many trees, from the first on; 0 uses all.
    """
    threads = 1 if len(rows) < _ROWS_PER_THREAD else -1
    if n_classes is None:
        return booster.predict(rows, thread_count=threads, ntree_end=n_trees)
    probabilities = np.zeros((len(rows), n_classes))
    learned = booster.predict_proba(rows, thread_count=threads, ntree_end=n_trees)
    probabilities[:, np.asarray(booster.classes_, dtype=int)] = learned
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
    booster: Any, rows: np.ndarray, class_names: Sequence[str] | None, max_columns: int = 12
) -> list[Stage]:
    """Returns the inputs and the raw outputs of the trees, as stages of facts.

    Args:
        booster: As from `fit`.
        rows: `(windows, columns)` of one clip.
        class_names: Names in the order of the class numbers; `None` for scores.
        max_columns: Int > 0, the maximum number of columns. The most important come first;
            columns that no tree uses are left out.

    Returns:
        The importances of those columns, their values, and the raw sums of the trees: the
        logit of each class, or the score. Values and sums are given for each window.
    """
    ranked = [(name, share) for name, share in importances(booster)[:max_columns] if share > 0]
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
