"""Class weights, the unit of scores, and what identifies a training."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def class_weight(train: "pd.DataFrame", recipe: dict[str, Any]) -> dict[int, float] | None:
    """Returns `n / (classes * count)` per class number, so that all classes count alike.

    `None` for regression.
    """
    if recipe["task"] == "regress":
        return None
    counts = train["label"].value_counts()
    weights = len(train) / (len(counts) * counts)
    return {i: float(weights.get(name, 0.0)) for i, name in enumerate(recipe["class_names"])}


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
    """Returns what identifies a training: its clips, labels, settings and recipe."""
    tables = {"train": train, "valid": valid}
    clips = {
        name: None if table is None else table[["digest", "label"]].to_numpy().tolist()
        for name, table in tables.items()
    }
    return {**clips, "settings": recipe["settings"], **brief(recipe)}
