"""The light family: gradient-boosted trees on the statistics of a clip.

A clip becomes a vector of named numbers (`kapre_like.features`), and CatBoost learns from the
table of them. No Keras, no TensorFlow, no GPU; predicting imports no scikit-learn either.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from kapre_like.audio.decode import centre_crop
from kapre_like.features.settings import resolve
from kapre_like.features.table import feature_table
from kapre_like.features.vector import clip_vector, names
from kapre_like.features.waveforms import as_waveforms
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.artifact.replacing import replacing
from kapre_like.models.boosted import trees

if TYPE_CHECKING:
    import pandas as pd

Examples = tuple[np.ndarray, np.ndarray]  # features (clips, columns), targets (clips,)
MODEL_FILE = "model.cbm"


def _targets(table: "pd.DataFrame", class_names: Sequence[str] | None) -> np.ndarray:
    """Class numbers, or float scores for regression."""
    if class_names is None:
        return table["label"].to_numpy(dtype=np.float64)
    number = {name: i for i, name in enumerate(class_names)}
    return np.array([number[label] for label in table["label"]])


def _examples(table: "pd.DataFrame", recipe: dict[str, Any]) -> Examples:
    """The features and targets of a table's rows."""
    class_names = recipe["class_names"] if recipe["task"] == "classify" else None
    features = recipe["settings"]["features"]
    rows, _ = feature_table(table, features, seconds=recipe["seconds"])
    return rows, _targets(table, class_names)


class BoostedModel:
    """Boosted trees for classes or scores, with the recipe that rebuilds their features.

    Attributes:
        family: `"boosted"`.
        recipe: What describes the model; its `settings` hold `features` (arguments of
            `ClipFeatures`), `catboost` (arguments of CatBoost) and `n_trees`.
        history: Per tree of the run that chose their number: `train_loss`, and `valid_loss`
            and, for classes, `valid_accuracy`. Loss is log loss with classes weighted to
            count alike, or root mean squared error.
        importances: `(feature name, importance)`, greatest first; they sum to 100.
        n_parameters: Learned numbers: leaf values and split thresholds.
    """

    family: ClassVar[str] = "boosted"

    def __init__(self, booster: Any, recipe: dict[str, Any]) -> None:
        self.booster = booster
        self.recipe = recipe
        self.history: dict[str, list[float]] = {}
        self._analysis = resolve(**recipe["settings"]["features"])

    @classmethod
    def train(
        cls,
        train: "pd.DataFrame",
        valid: "pd.DataFrame",
        *,
        recipe: dict[str, Any],
        folder: Path | None = None,
        log: Callable[[str], None] = str,
    ) -> Self:
        """Trains in two steps, both on these rows alone.

        First on `train`, with the number of trees where the loss on `valid` is least. Then
        again, with that number, on both: what was held out to stop by (often one speaker of
        few) is worth learning from. So after training `valid` is no test of the model.

        Args:
            train: Rows as from `kapre_like.audio.read_dataset`.
            valid: Rows of other groups; may be empty.
            recipe: See `kapre_like.models.artifact.recipe`. `epochs` is the most trees;
                `settings` may hold `features` and `catboost`, to change the defaults.
            folder: Not used: training takes seconds, and there is nothing to resume.
            log: Called with one line at a time on progress; `str` does nothing with it.

        Raises:
            ValueError: A bad file, or fewer than two different labels in `train`.
        """
        del folder
        asked = recipe.get("settings") or {}
        settings = {
            "features": {"sample_rate": recipe["sample_rate"], **asked.get("features", {})},
            "catboost": {
                **trees.default_settings(recipe["task"]),
                **asked.get("catboost", {}),
            },
        }
        recipe = {**recipe, "settings": settings}
        log(f"computing the features of {len(train) + len(valid)} clips")
        parts = [_examples(table, recipe) for table in (train, valid)]
        if len(set(parts[0][1])) < 2:
            raise ValueError(
                f"BoostedModel: training needs two different labels. Received: all "
                f"{len(train)} clips have {train['label'].iloc[0]!r}. Check the label column."
            )
        booster, history = trees.grow(
            parts,
            list(names(resolve(**settings["features"]))),
            recipe["task"],
            settings["catboost"],
            seed=recipe["seed"],
            n_trees=recipe["epochs"],
            log=log,
        )
        settings["n_trees"] = booster.tree_count_
        model = cls(booster, recipe)
        model.history = history
        return model

    @property
    def importances(self) -> list[tuple[str, float]]:
        return trees.importances(self.booster)

    @property
    def n_parameters(self) -> int:
        return trees.n_learned(self.booster, self.recipe["settings"]["catboost"])

    def predict(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Predicts from waveforms at `recipe["sample_rate"]`.

        Args:
            waveforms: 1-D floats in [-1, 1]; cropped to the middle `recipe["seconds"]`.

        Returns:
            `(clips, classes)` probabilities in the order of `class_names` (0 for a class
            without training rows), or `(clips,)` scores.
        """
        seconds = self.recipe["seconds"]
        rows = []
        for waveform in as_waveforms(waveforms):
            if seconds is not None:
                limit = max(1, round(seconds * self.recipe["sample_rate"]))
                waveform = centre_crop(waveform, limit)
            rows.append(clip_vector(waveform, self._analysis))
        class_names = self.recipe["class_names"] if self.recipe["task"] == "classify" else None
        return trees.answers(self.booster, np.stack(rows), class_names and len(class_names))

    def model_files(self) -> list[str]:
        """Returns the names of the files that `save` writes."""
        return [MODEL_FILE]

    def save(self, folder: str | Path) -> None:
        """Writes `model.cbm` into an existing folder; the recipe is written by the caller."""
        with replacing(Path(folder) / MODEL_FILE) as temporary:
            self.booster.save_model(str(temporary), format="cbm")

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Reads back a folder with `model.cbm` and `recipe.json`.

        Raises:
            ValueError: If it is no such folder, or the trees were trained on other columns
                than the recipe's features have.
        """
        recipe = read_recipe(folder)
        path = Path(folder) / MODEL_FILE
        booster = trees.load_booster(recipe["task"], path)
        model = cls(booster, recipe)
        if booster.feature_names_ != list(names(model._analysis)):
            raise ValueError(
                f"{path}: its trees were trained on other features than its recipe describes. "
                f"Use the version that trained it (recipe.json names it under versions), or "
                f"train again."
            )
        return model
