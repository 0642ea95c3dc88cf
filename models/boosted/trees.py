"""CatBoost under fixed settings: fast on a CPU, deterministic by seed, silent on disk.

Where the settings come from: `benchmarks/bench_catboost_settings.py`, whose table is
`benchmarks/results/catboost_settings.jsonl`.
"""

import os
from collections.abc import Callable
from typing import Any

import catboost
import numpy as np

# Classes need few, strong trees: each holds one value per class. Scores gain from many small
# steps, and a tree of one value costs a tenth.
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
