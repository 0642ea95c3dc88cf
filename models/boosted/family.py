"""The light family: gradient-boosted trees on the features of a clip.

`kapre_like.features` converts a clip to a vector of named numbers, and CatBoost trains on the
table of these vectors. The family needs no Keras, TensorFlow or GPU. Predicting does not import
scikit-learn.
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
        help=f"learning rate (default: {LEARNING_RATE['classify']} for classes, "
        f"{LEARNING_RATE['regress']} for scores)",
    )
    rsm: float = setting(
        SETTINGS["rsm"], above=0, max_value=1, help="share of the features tried at each split"
    )
    max_trees: int | None = setting(
        None,
        min_value=1,
        help=f"maximum number of trees; fewer if they suffice (default: "
        f"{MAX_TREES['classify']} for classes, {MAX_TREES['regress']} for scores)",
    )
    catboost: dict = setting(
        {}, help="further arguments of CatBoost, as in catboost.l2_leaf_reg=5"
    )


_FEATURES = tuple(field.name for field in fields(FeatureSettings))
_TREES = ("depth", "learning_rate", "rsm")


def _features(recipe: dict[str, Any]) -> dict[str, Any]:
    """Returns the arguments of `ClipFeatures` for a recipe."""
    settings = recipe["settings"]
    return {"sample_rate": recipe["sample_rate"], **{n: settings[n] for n in _FEATURES}}


def _catboost(recipe: dict[str, Any]) -> dict[str, Any]:
    """Returns the arguments of CatBoost for a recipe."""
    from kapre_like.models.training import trees

    settings = recipe["settings"]
    given = {name: settings[name] for name in _TREES if settings[name] is not None}
    return {**trees.default_settings(recipe["task"]), **given, **settings["catboost"]}


class BoostedModel(Family):
    """Boosted trees for classes or scores, with the recipe that rebuilds their features.

    Attributes:
        recipe: Dict that describes the model. Its `settings` also contain `n_trees` and
            `notes`.
        history: Curves over the number of trees, averaged over the inner folds that chose this
            number: `train_loss`, `valid_loss` and, for classes, `valid_accuracy`. The loss is
            log loss with tempered class weights, or root mean squared error. Empty if no folds
            were possible.
        held_out: Predictions of the models of the inner folds for all rows; see `HeldOut`.
        importances: `(feature name, importance)`, greatest first; they sum to 100.
        n_parameters: Number of leaf values and split thresholds.
        analysis: Parameters of the features, resolved for the sample rate.
    """

    name: ClassVar[str] = "boosted"
    summary: ClassVar[str] = "gradient-boosted trees on statistics of the clip"
    needs: ClassVar[tuple[str, ...]] = ("catboost",)
    install: ClassVar[str] = "kapre-like[catboost]"
    trains_on_valid = True
    exports: ClassVar[tuple[str, ...]] = FORMATS
    Settings: ClassVar[type] = BoostedSettings

    def __init__(self, booster: Any, recipe: dict[str, Any]) -> None:
        self.booster = booster
        self.recipe = recipe
        self.history: dict[str, list[float]] = {}
        self.analysis = resolve(**_features(recipe))

    @classmethod
    def check(cls, settings: BoostedSettings, job: Job) -> None:
        """Raises an error for features that do not fit the sample rate, or bad arguments."""
        if job.train is not None:
            return
        resolve(sample_rate=job.sample_rate, **{n: getattr(settings, n) for n in _FEATURES})
        for name in settings.catboost:
            if name in TAKEN:
                fix = f"Use {TAKEN[name]}." if TAKEN[name] else "Leave it out."
                raise ValueError(
                    f"BoostedModel: `catboost.{name}` must not be set: the family sets it. "
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
        """Chooses the number of trees by inner folds of all rows, then trains on all rows.

        The folds hold out whole groups. `valid` is often a single speaker: too small to choose
        the number of trees, and valuable for training. So `valid` does not test the trained
        model; `held_out` does.

        Args:
            train: Rows as from `kapre_like.audio.read_dataset`.
            valid: More rows; may be empty.
            recipe: See `Family.train`.
            settings: See `BoostedSettings`.
            folder: Not used: training takes seconds, so it is not resumed.
            log: Function that is called with one line at a time. The default, `str`, ignores
                it.

        Raises:
            ValueError: For a bad file, fewer than two different labels, or settings that
                CatBoost does not accept.
        """
        del folder
        import pandas as pd

        from kapre_like.models.training.growing import grow
        from kapre_like.models.training.inner_folds import inner_folds

        settings = settings or BoostedSettings()
        values = {**asdict(settings), "n_trees": None}
        recipe = {**recipe, "settings": values}
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
        values |= {"n_trees": grown.booster.tree_count_, **grown.budget}
        values["notes"] = [note for note in (folds.note, *grown.notes) if note]
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
        """Returns the probabilities or score of each window."""
        from kapre_like.models.training import trees

        rows = np.stack([clip_vector(window, self.analysis) for window in windows])
        classes = self.recipe["class_names"] if self.recipe["task"] == "classify" else None
        return trees.answers(self.booster, rows, classes and len(classes))

    def explain(self, waveform: np.ndarray) -> list[Stage]:
        """Returns the most important features with their values, and the sum of the trees."""
        from kapre_like.models.training import trees

        windows = LengthRule.of(self.recipe).cut(waveform, self.recipe["sample_rate"])
        rows = np.stack([clip_vector(w, self.analysis) for w in as_waveforms(windows)])
        return trees.explain(self.booster, rows, self.recipe["class_names"])

    def export(self, path: Path, format: str, log: Callable[[str], None]) -> None:
        """Writes the model in one of the formats in `exports`; see `export_trees`."""
        export_trees(self, path, format, _features(self.recipe), log)

    def model_files(self) -> list[str]:
        """Returns the names of the files that `save` writes."""
        return [MODEL_FILE]

    def save(self, folder: str | Path) -> None:
        """Writes `model.cbm` into an existing folder. The caller writes the recipe."""
        with replacing(Path(folder) / MODEL_FILE) as temporary:
            self.booster.save_model(str(temporary), format="cbm")

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Loads a model from a folder with `model.cbm` and `recipe.json`.

        Raises:
            ValueError: If it is not such a folder, or if the trees were trained on other
                features than the recipe describes.
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
