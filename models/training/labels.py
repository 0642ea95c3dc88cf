"""Class weights, targets and the unit of scores, and the fingerprint of a training."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# The weight of a class is 1 / count ** TEMPER: with 0 all clips have the same weight, with 1
# all classes have. With 1, a few clips of a rare class dominate the training. With 0.5, the
# frequent class is predicted where sounds are hard to distinguish. docs/boosted.md has the
# measurement.
TEMPER = 0.75


def tempered_weights(counts: np.ndarray) -> np.ndarray:
    """Returns the weight of each class. The mean weight of all rows is 1.

    All families use these class weights.

    Args:
        counts: `(classes,)`, number of training rows of each class. A class without rows gets
            the weight 0.
    """
    counts = np.asarray(counts, dtype=np.float64)
    weights = np.where(counts > 0, np.maximum(counts, 1.0) ** -TEMPER, 0.0)
    return weights * counts.sum() / max(float(weights @ counts), 1e-30)


def class_weight(train: "pd.DataFrame", recipe: dict[str, Any]) -> dict[int, float] | None:
    """Returns the weight per class number, see `tempered_weights`; `None` for regression."""
    if recipe["task"] == "regress":
        return None
    found = train["label"].value_counts()
    counts = np.array([found.get(name, 0) for name in recipe["class_names"]])
    return dict(enumerate(tempered_weights(counts).tolist()))


def targets_of(table: "pd.DataFrame", class_names: list[str] | None) -> np.ndarray:
    """Returns the class number of each row, or its score if `class_names` is `None`.

    Raises:
        ValueError: If all rows have the same label.
    """
    if table["label"].nunique() < 2:
        raise ValueError(
            f"training needs two different labels. Received: all {len(table)} clips have "
            f"{table['label'].iloc[0]!r}. Add clips with another label, or check the label "
            "column."
        )
    if class_names is None:
        return table["label"].to_numpy(dtype=np.float64)
    number = {name: i for i, name in enumerate(class_names)}
    return np.array([number[label] for label in table["label"]])


def score_unit(train: "pd.DataFrame") -> dict[str, float]:
    """Returns `score_scale` and `score_offset`: standard deviation and mean of the labels.

    Constant labels have the scale 1.
    """
    spread = float(train["label"].std(ddof=0))
    return {
        "score_scale": spread if spread > 0 else 1.0,
        "score_offset": float(train["label"].mean()),
    }


def brief(recipe: dict[str, Any]) -> dict[str, Any]:
    """Returns the part of a recipe that is saved inside the model, without lists of clips."""
    keys = (
        "format", "family", "task", "sample_rate", "seconds", "length_rule", "seed", "epochs",
        "versions", "columns", "calibration",
    )  # fmt: skip
    return {key: recipe[key] for key in keys if key in recipe}


def fingerprint(
    train: "pd.DataFrame", valid: "pd.DataFrame | None", recipe: dict[str, Any]
) -> dict[str, Any]:
    """Returns the JSON value that identifies a training: clips, labels, settings, recipe."""
    tables = {"train": train, "valid": valid}
    clips = {
        name: None if table is None else table[["digest", "label"]].to_numpy().tolist()
        for name, table in tables.items()
    }
    return {**clips, "settings": recipe["settings"], **brief(recipe)}
