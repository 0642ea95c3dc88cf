"""The light family: gradient-boosted trees on the statistics of a clip.

A clip becomes a vector of named numbers (`kapre_like.features`), and CatBoost learns from the
table of them. No Keras, no TensorFlow, no GPU; predicting imports no scikit-learn either.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from kapre_like._replacing import replacing
from kapre_like.features.settings import resolve
from kapre_like.features.table import feature_table
from kapre_like.features.vector import clip_vector, names
from kapre_like.features.waveforms import as_waveforms
from kapre_like.models.artifact.families import Family, Job
from kapre_like.models.artifact.length_rule import LengthRule, predict_by_rule
from kapre_like.models.artifact.progress import Progress
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.artifact.settings import setting
from kapre_like.models.artifact.stages import Stage
from kapre_like.models.boosted.exporting import FORMATS, export_trees
from kapre_like.models.training.deadline import minutes_left
from kapre_like.models.training.feature_settings import FeatureSettings
from kapre_like.models.training.held_out import held_out
from kapre_like.models.training.labels import targets_of
from kapre_like.models.training.tree_defaults import (
    LEARNING_RATE,
    MAX_TREES,
    SETTINGS,
    TAKEN,
)

if TYPE_CHECKING:
    import pandas as pd

MODEL_FILE = "model.cbm"


@dataclass(frozen=True, kw_only=True)
class BoostedSettings(FeatureSettings):
    """Settings of the family `boosted`; `kapre-like families boosted` prints them."""

    depth: int = setting(SETTINGS["depth"], min_value=1, max_value=16, help="depth of a tree")
    learning_rate: float | None = setting(
        None,
        above=0,
        max_value=1,
        help=f"of each tree (default: {LEARNING_RATE['classify']} for classes, "
        f"{LEARNING_RATE['regress']} for scores)",
    )
    rsm: float = setting(
        SETTINGS["rsm"], above=0, max_value=1, help="share of the features that a split sees"
    )
    max_trees: int | None = setting(
        None,
        min_value=1,
        help=f"most trees; fewer are built where they suffice (default: "
        f"{MAX_TREES['classify']} for classes, {MAX_TREES['regress']} for scores)",
    )
    catboost: dict = setting(
        {}, help="further arguments of CatBoost, as in catboost.l2_leaf_reg=5"
    )


_FEATURES = tuple(field.name for field in fields(FeatureSettings))
_TREES = ("depth", "learning_rate", "rsm")


def _features(recipe: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `ClipFeatures` that a recipe stands for."""
    settings = recipe["settings"]
    return {"sample_rate": recipe["sample_rate"], **{n: settings[n] for n in _FEATURES}}


def _catboost(recipe: dict[str, Any]) -> dict[str, Any]:
    """The arguments of CatBoost that a recipe stands for."""
    from kapre_like.models.training import trees

    settings = recipe["settings"]
    given = {name: settings[name] for name in _TREES if settings[name] is not None}
    return {**trees.default_settings(recipe["task"]), **given, **settings["catboost"]}


class BoostedModel(Family):
    """Boosted trees for classes or scores, with the recipe that rebuilds their features.

    Attributes:
        recipe: What describes the model; its `settings` also hold `n_trees` and `notes`.
        history: Means over the inner folds that chose the number of trees, per tree:
            `train_loss`, `valid_loss` and, for classes, `valid_accuracy`. Loss is log loss with
            tempered class weights, or root mean squared error. Empty where no folds were
            possible.
        held_out: Answers of the models of the inner folds, for all rows; see `HeldOut`.
        importances: `(feature name, importance)`, greatest first; they sum to 100.
        n_parameters: Learned numbers: leaf values and split thresholds.
        analysis: How the features are computed.
    """

    name: ClassVar[str] = "boosted"
    summary: ClassVar[str] = "gradient-boosted trees on statistics of the clip"
    needs: ClassVar[tuple[str, ...]] = ("catboost",)
    install: ClassVar[str] = "kapre-like[catboost]"
    trains_on_valid: ClassVar[bool] = True
    exports: ClassVar[tuple[str, ...]] = FORMATS
    Settings: ClassVar[type] = BoostedSettings

    def __init__(self, booster: Any, recipe: dict[str, Any]) -> None:
        self.booster = booster
        self.recipe = recipe
        self.history: dict[str, list[float]] = {}
        self.analysis = resolve(**_features(recipe))

    @classmethod
    def check(cls, settings: BoostedSettings, job: Job) -> None:
        """Refuses features that do not fit the sample rate, and arguments of CatBoost."""
        if job.train is not None:
            return
        resolve(sample_rate=job.sample_rate, **{n: getattr(settings, n) for n in _FEATURES})
        for name in settings.catboost:
            if name in TAKEN:
                fix = f"Use {TAKEN[name]}." if TAKEN[name] else "Leave it out."
                raise ValueError(
                    f"BoostedModel: `catboost.{name}` must not be set, as the family sets it. "
                    f"Received: {settings.catboost[name]!r}. {fix}"
                )
        if settings.catboost:
            from kapre_like.models.training import trees

            trees.new_booster(job.task, settings.catboost, seed=0, n_trees=1)

    @classmethod
    def train(
        cls,
        train: "pd.DataFrame",
        valid: "pd.DataFrame",
        *,
        recipe: dict[str, Any],
        settings: BoostedSettings | None = None,
        folder: Path | None = None,
        log: Callable[[str], None] = str,
    ) -> Self:
        """Chooses the number of trees by inner folds of all rows, then trains on all of them.

        The folds hold out whole groups. `valid` alone, often one speaker of few, is too small
        to choose by, and worth learning from. So after training `valid` is no test of the
        model; `held_out` is.

        Args:
            train: Rows as from `kapre_like.audio.read_dataset`.
            valid: More rows; may be empty.
            recipe: See `Family.train`.
            settings: See `BoostedSettings`.
            folder: Not used: training takes seconds, and there is nothing to resume.
            log: Called with one line at a time on progress; `str` does nothing with it.

        Raises:
            ValueError: A bad file, fewer than two different labels, or settings that CatBoost
                refuses.
        """
        del folder
        import pandas as pd

        from kapre_like.models.training.growing import grow
        from kapre_like.models.training.inner_folds import inner_folds

        settings = settings or BoostedSettings()
        told = {**asdict(settings), "n_trees": None}
        recipe = {**recipe, "settings": told}
        table = pd.concat([t for t in (train, valid) if t is not None], ignore_index=True)
        class_names = recipe["class_names"] if recipe["task"] == "classify" else None
        targets = targets_of(table, class_names)
        log(f"computing the features of {len(table)} clips")
        began = time.perf_counter()
        rows, columns = feature_table(
            table,
            _features(recipe),
            seconds=recipe["seconds"],
            progress=Progress(log, "computing features", len(table)).reach,
        )
        seconds_features = time.perf_counter() - began
        n_classes = class_names and len(class_names)
        folds = inner_folds(table, targets, n_classes, seed=recipe["seed"])
        if folds.note:
            log(folds.note)
        grown = grow(
            rows, targets, folds.masks, columns, n_classes, _catboost(recipe),
            seed=recipe["seed"], max_trees=settings.max_trees,
            minutes=minutes_left(recipe, seconds_features), log=log,
        )  # fmt: skip
        told |= {"n_trees": grown.booster.tree_count_, **grown.budget}
        told["notes"] = [note for note in (folds.note, *grown.notes) if note]
        model = cls(grown.booster, recipe)
        model.history, model.seconds_features = grown.history, seconds_features
        model.held_out = held_out(table, grown.held_out, n_classes)
        return model

    @property
    def importances(self) -> list[tuple[str, float]]:
        from kapre_like.models.training import trees

        return trees.importances(self.booster)

    @property
    def n_parameters(self) -> int:
        from kapre_like.models.training import trees

        return trees.n_learned(self.booster, self.recipe["settings"])

    def predict(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Predicts from waveforms at `recipe["sample_rate"]`.

        Args:
            waveforms: 1-D floats in [-1, 1], whole clips.

        Returns:
            `(clips, classes)` probabilities in the order of `class_names` (0 for a class
            without training rows), or `(clips,)` scores.
        """
        rule = LengthRule.of(self.recipe)
        clips = as_waveforms(waveforms)
        return predict_by_rule(self._answers, clips, rule, self.recipe["sample_rate"])

    def _answers(self, windows: Sequence[np.ndarray]) -> np.ndarray:
        """What the trees say of each window."""
        from kapre_like.models.training import trees

        rows = np.stack([clip_vector(window, self.analysis) for window in windows])
        classes = self.recipe["class_names"] if self.recipe["task"] == "classify" else None
        return trees.answers(self.booster, rows, classes and len(classes))

    def explain(self, waveform: np.ndarray) -> list[Stage]:
        """Returns the most important features with their values, and what the trees sum to."""
        from kapre_like.models.training import trees

        windows = LengthRule.of(self.recipe).cut(waveform, self.recipe["sample_rate"])
        rows = np.stack([clip_vector(w, self.analysis) for w in as_waveforms(windows)])
        return trees.explain(self.booster, rows, self.recipe["class_names"])

    def export(self, path: Path, format: str, log: Callable[[str], None]) -> None:
        """Writes the model as a file of one of `exports`; see `export_trees`."""
        export_trees(self, path, format, _features(self.recipe), log)

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
        from kapre_like.models.training import trees

        recipe = read_recipe(folder)
        path = Path(folder) / MODEL_FILE
        booster = trees.load_booster(recipe["task"], path)
        model = cls(booster, recipe)
        if booster.feature_names_ != list(names(model.analysis)):
            raise ValueError(
                f"{path}: its trees were trained on other features than its recipe describes. "
                f"Use the version that trained it (recipe.json names it under versions), or "
                f"train again."
            )
        return model
