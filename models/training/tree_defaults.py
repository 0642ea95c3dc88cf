"""Default settings of boosted trees, for code that must not import CatBoost."""

from typing import Any

# For classes, each tree has a value per class: few trees with a large learning rate are enough.
# For scores, a tree takes a tenth of the time, and many small steps are more accurate.
MAX_TREES = {"classify": 300, "regress": 1000}
# Minimum, because the loss of a few dozen held-out clips is too noisy to choose fewer trees.
MIN_TREES = {"classify": 40, "regress": 60}
# The folds stop when the last `PATIENCE` trees have lowered the smoothed held-out loss by less
# than `GAIN` times the loss of the first tree.
PATIENCE = {"classify": 30, "regress": 60}
GAIN = 0.005
# The loss is averaged over this number of trees before and after each tree.
SMOOTHED = 5
LEARNING_RATE = {"classify": 0.2, "regress": 0.05}

SETTINGS: dict[str, Any] = {
    "depth": 6,
    # Each tree uses 5 % of the columns. Many columns are similar (the mean and the median of a
    # band), so a tree loses little accuracy and takes a tenth of the time.
    "rsm": 0.05,
    "boosting_type": "Plain",  # "Ordered" helps small tables with categorical columns
    "border_count": 32,
    "leaf_estimation_iterations": 1,
    "bootstrap_type": "Bernoulli",
    "subsample": 0.8,
    # Rows are sampled again for each level of a tree. With one sample per tree, CatBoost keeps
    # the statistics of every level for the next one. This takes 130 MB per fold, and is slower
    # because `rsm` samples other columns each time (`benchmarks/bench_tree_sampling.py`).
    "sampling_frequency": "PerTreeLevel",
}

# CatBoost arguments that a user cannot set, with the option to use instead.
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
