"""The light family: gradient-boosted trees on the statistics of a clip.

A clip becomes a vector of named numbers (`kapre_like.features`), and CatBoost learns from the
table of them. No Keras, no TensorFlow, no GPU; predicting imports no scikit-learn either.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from kapre_like._replacing import replacing
from kapre_like.features.settings import FMIN, N_MELS, TOP_DB, resolve
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
from kapre_like.models.training.tree_defaults import LEARNING_RATE, SETTINGS

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


def _examples(
    table: "pd.DataFrame", recipe: dict[str, Any], log: Callable[[str], None] = str
) -> Examples:
    """The features and targets of a table's rows; `log` is told how many are done."""
    class_names = recipe["class_names"] if recipe["task"] == "classify" else None
    done = Progress(log, "computing features", len(table)).reach
    rows, _ = feature_table(table, _features(recipe), seconds=recipe["seconds"], progress=done)
    return rows, _targets(table, class_names)


@dataclass(frozen=True, kw_only=True)
class BoostedSettings:
    """Settings of the family `boosted`; `kapre-like families boosted` prints them."""

    depth: int = setting(SETTINGS["depth"], least=1, most=16, help="depth of a tree")
    learning_rate: float | None = setting(
        None,
        above=0,
        most=1,
        help=f"of each tree (default: {LEARNING_RATE['classify']} for classes, "
        f"{LEARNING_RATE['regress']} for scores)",
    )
    rsm: float = setting(
        SETTINGS["rsm"], above=0, most=1, help="share of the features that a split sees"
    )
    n_mels: int = setting(N_MELS, least=1, help="mel bands of the features")
    n_fft: int | None = setting(
        None, least=1, help="samples per Fourier transform (default: the power of 2 over 25 ms)"
    )
    win_length: int | None = setting(None, least=1, help="samples of a window (default: 25 ms)")
    hop_length: int | None = setting(
        None, least=1, help="samples between windows (default: 10 ms)"
    )
    fmin: float = setting(FMIN, least=0, help="lowest frequency in Hz")
    fmax: float | None = setting(
        None, above=0, help="highest frequency in Hz (default: half the sample rate)"
    )
    top_db: float = setting(
        TOP_DB, above=0, help="range of levels below the clip's peak, in dB"
    )
    catboost: dict = setting(
        {}, help="further arguments of CatBoost, as in catboost.l2_leaf_reg=5"
    )


_FEATURES = ("n_fft", "win_length", "hop_length", "n_mels", "fmin", "fmax", "top_db")
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
        recipe: What describes the model; its `settings` also hold `n_trees`.
        history: Per tree of the run that chose their number: `train_loss`, and `valid_loss`
            and, for classes, `valid_accuracy`. Loss is log loss with classes weighted to
            count alike, or root mean squared error.
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
        """Refuses features that do not fit the sample rate."""
        if job.train is None:
            resolve(sample_rate=job.sample_rate, **{n: getattr(settings, n) for n in _FEATURES})

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
        """Trains in two steps, both on these rows alone.

        First on `train`, with the number of trees where the loss on `valid` is least. Then
        again, with that number, on both: what was held out to stop by (often one speaker of
        few) is worth learning from. So after training `valid` is no test of the model.

        Args:
            train: Rows as from `kapre_like.audio.read_dataset`.
            valid: Rows of other groups; may be empty.
            recipe: See `Family.train`. `epochs` is the most trees.
            settings: See `BoostedSettings`.
            folder: Not used: training takes seconds, and there is nothing to resume.
            log: Called with one line at a time on progress; `str` does nothing with it.

        Raises:
            ValueError: A bad file, or fewer than two different labels in `train`.
        """
        del folder
        from kapre_like.models.training import trees

        settings = settings or BoostedSettings()
        told = {**asdict(settings), "n_trees": None}
        recipe = {**recipe, "settings": told}
        log(f"computing the features of {len(train) + len(valid)} clips")
        parts = [_examples(table, recipe, log) for table in (train, valid)]
        if len(set(parts[0][1])) < 2:
            raise ValueError(
                f"BoostedModel: training needs two different labels. Received: all "
                f"{len(train)} clips have {train['label'].iloc[0]!r}. Check the label column."
            )
        booster, history = trees.grow(
            parts,
            list(names(resolve(**_features(recipe)))),
            recipe["task"],
            _catboost(recipe),
            seed=recipe["seed"],
            n_trees=recipe["epochs"],
            log=log,
        )
        told["n_trees"] = booster.tree_count_
        model = cls(booster, recipe)
        model.history = history
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
