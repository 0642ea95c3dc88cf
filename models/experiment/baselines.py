"""Baselines of a comparison: what a guess and a single feature reach on the same test clips.

A model is worth something if it beats a guess that has seen no sound, and more than a rule on
one number. So every comparison has these rows:

- classes: `majority class` gives every clip the most frequent class of training; `class prior`
  gives every clip the shares of the classes in training as probabilities;
- scores: `mean` and `median` give every clip that of the training scores;
- texts: `most frequent text` gives every clip that of the training clips;
- classes and scores: `best single feature` is a small decision tree on one statistic of the
  clip. The statistic is chosen by folds over whole groups of the training clips.

Labels of `class prior` are those of `majority class`. Its Brier score and log loss are what
probabilities must beat.
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
# Baselines that listen to nothing.
GUESSES = {
    "classify": ("majority class", "class prior"),
    "regress": ("mean", "median"),
    "transcribe": ("most frequent text",),
}

# The features that are tried in folds, after a ranking of all by an F test.
_TRIED = 12
_FOLDS = 3
_LEAVES_PER_CLASS = 2
_LEAVES_OF_SCORES = 6


class Baseline(NamedTuple):
    """The predictions of a baseline for the test clips of one stage.

    Attributes:
        predicted: Labels, scores or texts.
        output: Probabilities `(clips, classes)`, or scores or texts `(clips,)`.
        feature: Name of the one feature, or `""`.
    """

    predicted: list
    output: np.ndarray
    feature: str = ""


class Features(NamedTuple):
    """The statistics of all clips of a comparison.

    Attributes:
        rows: float32 `(clips, features)`.
        names: The columns.
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
        """Computes the statistics of every clip of a table; `log` is told how many are done."""
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
        stage: Baselines learn from its training and validation clips.
        features: The statistics of all clips; `None` for texts.
        task: `"classify"`, `"regress"` or `"transcribe"`.
        names: The classes in order; `None` for scores and texts.
        seed: Int >= 0, of the folds that choose the feature.
    """
    import pandas as pd

    seen = pd.concat([stage.train, stage.valid], ignore_index=True)
    n = len(stage.test)
    if features is None:
        [name] = GUESSES[task]
        usual = [str(seen["label"].mode().iloc[0])] * n
        return {name: Baseline(usual, np.array(usual, object))}
    if task == "classify":
        shares = seen["label"].value_counts(normalize=True)
        prior = np.array([float(shares.get(name, 0.0)) for name in names])
        top = int(prior.argmax())
        found = {
            "majority class": Baseline(
                [names[top]] * n, np.tile(np.eye(len(names))[top], (n, 1))
            ),
            "class prior": Baseline([names[top]] * n, np.tile(prior, (n, 1))),
        }
    else:
        mean, median = float(seen["label"].mean()), float(seen["label"].median())
        found = {
            "mean": Baseline([mean] * n, np.full(n, mean)),
            "median": Baseline([median] * n, np.full(n, median)),
        }
    return {**found, SINGLE: _single(seen, stage.test, features, task, names, seed)}


def _single(
    seen: "pd.DataFrame",
    test: "pd.DataFrame",
    features: Features,
    task: str,
    names: list[str] | None,
    seed: int,
) -> Baseline:
    """The tree on the one statistic that tells most in folds over the training clips."""
    rows, labels = features.of_table(seen), seen["label"].to_numpy()
    tried = _ranked(rows, labels, task)[:_TRIED]
    folds = _fold_masks(seen, seed)
    scores = [_in_folds(rows[:, [column]], labels, folds, task) for column in tried]
    column = tried[int(np.argmax(scores))]
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
    """Columns by an F test, the most telling first. Constant columns are left out."""
    from sklearn.feature_selection import f_classif, f_regression

    rows = rows.astype("float64")
    varies = np.flatnonzero(np.ptp(rows, axis=0) > 0)
    if not len(varies):
        return np.arange(1)
    test = f_classif if task == "classify" else f_regression
    # A column that does not vary within any class divides by zero, and tells the most.
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
    """The main metric of a tree on one column, over all folds; of one group, in training."""
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
            max_leaf_nodes=_LEAVES_OF_SCORES, min_samples_leaf=5, random_state=0
        )
    return DecisionTreeClassifier(
        max_leaf_nodes=max(2, _LEAVES_PER_CLASS * n_labels), class_weight="balanced",
        min_samples_leaf=2, random_state=0,
    )  # fmt: skip
