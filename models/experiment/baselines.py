"""Baselines of a comparison: constant predictions, and a rule on a single feature.

A useful model beats a guess that uses no sound, and a rule on one number. Every comparison
contains these baselines, evaluated on the same test clips:

- classes: `majority class` predicts the most frequent training class for every clip; `class
  prior` predicts the class frequencies of the training clips as probabilities;
- scores: `mean` and `median` predict the mean and the median of the training scores;
- texts: `most frequent text` predicts the most frequent training text;
- classes and scores: `best single feature` is a small decision tree on one statistic of the
  clip. The statistic is chosen by cross-validation over whole groups of the training clips.

The labels of `class prior` are those of `majority class`. Its Brier score and log loss are
lower limits for useful probabilities.
"""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kapre_like.models.artifact.progress import Progress
from kapre_like.models.experiment.splitting import Stage

if TYPE_CHECKING:
    import pandas as pd

SINGLE = "best single feature"
# Baselines that do not use the sound.
GUESSES = {
    "classify": ("majority class", "class prior"),
    "regress": ("mean", "median"),
    "transcribe": ("most frequent text",),
}

# Number of features that are compared by cross-validation, after a ranking by an F test.
_CANDIDATES = 12
_FOLDS = 3
_LEAVES_PER_CLASS = 2
_LEAVES_FOR_SCORES = 6


class Baseline(NamedTuple):
    """The predictions of a baseline for the test clips of one stage.

    Attributes:
        predicted: Labels, scores or texts.
        output: Probabilities `(clips, classes)`, or scores or texts `(clips,)`.
        feature: Name of the single feature, or `""`.
    """

    predicted: list
    output: np.ndarray
    feature: str = ""


class Features(NamedTuple):
    """The statistics of all clips of a comparison.

    Attributes:
        rows: float32 `(clips, features)`.
        names: Names of the columns.
        index: Row number by digest of the clip.
    """

    rows: np.ndarray
    names: list[str]
    index: dict[str, int]

    @classmethod
    def of(
        cls,
        table: "pd.DataFrame",
        sample_rate: int,
        seconds: float | None,
        log: Callable[[str], None] = str,
    ) -> "Features":
        """Computes the statistics of every clip of a table. `log` receives the progress."""
        from kapre_like.features.table import feature_table

        rows, names = feature_table(
            table,
            {"sample_rate": sample_rate},
            seconds=seconds,
            progress=Progress(log, "computing features", len(table)).reach,
        )
        return cls(rows, names, {digest: i for i, digest in enumerate(table["digest"])})

    def of_table(self, table: "pd.DataFrame") -> np.ndarray:
        """Returns the rows of the clips of a table."""
        return self.rows[[self.index[digest] for digest in table["digest"]]]


def baselines(
    stage: Stage, features: Features | None, *, task: str, names: list[str] | None, seed: int
) -> dict[str, Baseline]:
    """Returns the predictions of each baseline for the test clips of a stage.

    Args:
        stage: The stage. Baselines are fitted on its training and validation clips.
        features: The statistics of all clips; `None` for texts.
        task: `"classify"`, `"regress"` or `"transcribe"`.
        names: The classes in order; `None` for scores and texts.
        seed: Int >= 0, seed of the folds that choose the feature.
    """
    import pandas as pd

    fitted_on = pd.concat([stage.train, stage.valid], ignore_index=True)
    n = len(stage.test)
    if features is None:
        [name] = GUESSES[task]
        constant = [str(fitted_on["label"].mode().iloc[0])] * n
        return {name: Baseline(constant, np.array(constant, object))}
    if task == "classify":
        shares = fitted_on["label"].value_counts(normalize=True)
        prior = np.array([float(shares.get(name, 0.0)) for name in names])
        top = int(prior.argmax())
        found = {
            "majority class": Baseline(
                [names[top]] * n, np.tile(np.eye(len(names))[top], (n, 1))
            ),
            "class prior": Baseline([names[top]] * n, np.tile(prior, (n, 1))),
        }
    else:
        mean, median = float(fitted_on["label"].mean()), float(fitted_on["label"].median())
        found = {
            "mean": Baseline([mean] * n, np.full(n, mean)),
            "median": Baseline([median] * n, np.full(n, median)),
        }
    return {**found, SINGLE: _single(fitted_on, stage.test, features, task, names, seed)}


def _single(
    fitted_on: "pd.DataFrame",
    test: "pd.DataFrame",
    features: Features,
    task: str,
    names: list[str] | None,
    seed: int,
) -> Baseline:
    """Returns the decision tree on the statistic with the best cross-validated metric."""
    rows, labels = features.of_table(fitted_on), fitted_on["label"].to_numpy()
    candidates = _ranked(rows, labels, task)[:_CANDIDATES]
    folds = _fold_masks(fitted_on, seed)
    scores = [_in_folds(rows[:, [column]], labels, folds, task) for column in candidates]
    column = candidates[int(np.argmax(scores))]
    model = _tree(task, len(set(labels))).fit(rows[:, [column]], labels)
    judged = features.of_table(test)[:, [column]]
    predicted = model.predict(judged).tolist()
    if task == "regress":
        return Baseline(predicted, np.array(predicted), features.names[column])
    output = np.zeros((len(test), len(names)))
    where = [names.index(name) for name in model.classes_]
    output[:, where] = model.predict_proba(judged)
    return Baseline(predicted, output, features.names[column])


def _ranked(rows: np.ndarray, labels: np.ndarray, task: str) -> np.ndarray:
    """Returns columns by descending F statistic. Constant columns are left out."""
    from sklearn.feature_selection import f_classif, f_regression

    rows = rows.astype("float64")
    varies = np.flatnonzero(np.ptp(rows, axis=0) > 0)
    if not len(varies):
        return np.arange(1)
    test = f_classif if task == "classify" else f_regression
    # A column that is constant within each class divides by zero. It is ranked first.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        values = test(rows[:, varies], labels)[0]
    values = np.nan_to_num(values, nan=-1.0, posinf=1e300)
    return varies[np.argsort(-values, kind="stable")]


def _fold_masks(table: "pd.DataFrame", seed: int) -> list[np.ndarray]:
    from kapre_like.audio.splits import folds

    n = min(_FOLDS, int(table["group"].nunique()))
    return [mask for _, mask in folds(table, n, seed)] if n > 1 else []


def _in_folds(
    rows: np.ndarray, labels: np.ndarray, folds: list[np.ndarray], task: str
) -> float:
    """Returns the cross-validated main metric of a tree on one column.

    Without folds, because there is one group only, it is the metric on the training clips.
    """
    from kapre_like.models.experiment.metrics import MAIN_METRIC, points

    predicted = labels.copy()
    for mask in folds or [np.zeros(len(labels), bool)]:
        held = mask if folds else ~mask
        model = _tree(task, len(set(labels))).fit(rows[~mask], labels[~mask])
        predicted[held] = model.predict(rows[held])
    value = points(task, labels, predicted)[MAIN_METRIC[task]]
    return value if np.isfinite(value) else -1.0


def _tree(task: str, n_labels: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    if task == "regress":
        return DecisionTreeRegressor(
            max_leaf_nodes=_LEAVES_FOR_SCORES, min_samples_leaf=5, random_state=0
        )
    return DecisionTreeClassifier(
        max_leaf_nodes=max(2, _LEAVES_PER_CLASS * n_labels), class_weight="balanced",
        min_samples_leaf=2, random_state=0,
    )  # fmt: skip
