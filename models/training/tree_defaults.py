"""Default settings of boosted trees, for code that must not import CatBoost."""

from typing import Any

# For classes, each tree holds a value per class: few trees with large steps are enough. For
# scores a tree costs a tenth, and many small steps are more accurate.
MAX_TREES = {"classify": 300, "regress": 1000}
# Number of trees without a better validation loss after which training stops.
PATIENCE = {"classify": 20, "regress": 40}
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
}
