"""What the networks' trainings need to know of the labels and the recipe of a table."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def class_weight(train: "pd.DataFrame", recipe: dict[str, Any]) -> dict[int, float] | None:
    """`n / (classes * count)` per class, so that each class weighs the same in the loss."""
    if recipe["task"] == "regress":
        return None
    counts = train["label"].value_counts()
    weights = len(train) / (len(counts) * counts)
    return {i: float(weights.get(name, 0.0)) for i, name in enumerate(recipe["class_names"])}


def score_unit(train: "pd.DataFrame") -> dict[str, float]:
    """`score_scale` and `score_offset`: the labels' deviation (1 if there is none) and mean."""
    spread = float(train["label"].std(ddof=0))
    return {
        "score_scale": spread if spread > 0 else 1.0,
        "score_offset": float(train["label"].mean()),
    }


def brief(recipe: dict[str, Any]) -> dict[str, Any]:
    """The recipe as it travels inside the model: without lists of the training files."""
    keys = (
        "format", "family", "task", "sample_rate", "seconds", "length_rule", "seed", "epochs",
        "versions", "columns",
    )  # fmt: skip
    return {key: recipe[key] for key in keys if key in recipe}


def fingerprint(
    train: "pd.DataFrame", valid: "pd.DataFrame | None", recipe: dict[str, Any]
) -> dict[str, Any]:
    """What must be the same for a training to be the same."""
    tables = {"train": train, "valid": valid}
    seen = {
        name: None if table is None else table[["digest", "label"]].to_numpy().tolist()
        for name, table in tables.items()
    }
    return {**seen, "settings": recipe["settings"], **brief(recipe)}
