"""Default settings of boosted trees, for code that must not import CatBoost."""

from typing import Any

# For classes, each tree holds a value per class: few trees with large steps are enough. For
# scores a tree costs a tenth, and many small steps are more accurate.
MAX_TREES = {"classify": 300, "regress": 1000}
# Fewer trees are never chosen: the loss of a few dozen held-out clips is too noisy to tell.
MIN_TREES = {"classify": 40, "regress": 60}
# The folds stop when the last `PATIENCE` trees have lowered the smoothed loss on held-out clips
# by less than `GAIN` of the loss of one tree.
PATIENCE = {"classify": 30, "regress": 60}
GAIN = 0.005
# Number of trees, before and after each, over which the loss is averaged.
SMOOTHED = 5
LEARNING_RATE = {"classify": 0.2, "regress": 0.05}

SETTINGS: dict[str, Any] = {
    "depth": 6,
    # Each tree uses 5 % of the columns. Many columns are similar (the mean and the median of a
    # band), so a tree loses little accuracy and takes a tenth of the time.
    "rsm": 0.05,
    "boosting_type": "Plain",  # ordered boosting helps small tables of categories
    "border_count": 32,
    "leaf_estimation_iterations": 1,
    "bootstrap_type": "Bernoulli",
    "subsample": 0.8,
    # Rows are drawn anew for each level of a tree. With rows drawn per tree CatBoost keeps the
    # statistics of every level for the next one, 130 MB per fold, and is slower for it where
    # `rsm` picks other columns each time (`benchmarks/bench_tree_sampling.py`).
    "sampling_frequency": "PerTreeLevel",
}

# Arguments of CatBoost that are decided here, with what a user sets instead.
TAKEN = {
    "iterations": "--set max_trees=N",
    "n_estimators": "--set max_trees=N",
    "num_boost_round": "--set max_trees=N",
    "num_trees": "--set max_trees=N",
    "random_seed": "--seed N",
    "random_state": "--seed N",
    "depth": "--set depth=N",
    "max_depth": "--set depth=N",
    "learning_rate": "--set learning_rate=X",
    "eta": "--set learning_rate=X",
    "rsm": "--set rsm=X",
    "colsample_bylevel": "--set rsm=X",
    **dict.fromkeys(
        (
            "loss_function", "objective", "custom_metric", "eval_metric", "class_weights",
            "auto_class_weights", "scale_pos_weight", "classes_count", "class_names",
            "use_best_model", "early_stopping_rounds", "od_type", "od_wait", "od_pval",
            "best_model_min_trees", "thread_count", "task_type", "allow_writing_files",
            "logging_level", "verbose", "silent", "verbose_eval", "metric_period",
        ),
        "",
    ),
}  # fmt: skip
