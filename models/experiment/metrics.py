"""Metrics of predictions, vectorized over bootstrap resamples.

Every metric is a function of weighted clips. With weights of one, it is the metric of the
clips. With the counts of a bootstrap resample as weights, it is the metric of that resample.
Rows of `weights` are resamples, so a thousand resamples take a few array operations.
`intervals.py` computes confidence intervals from the resamples.

Classification: accuracy; balanced accuracy, the mean recall over the classes that occur among
the true labels; macro F1 over the classes that occur among the true or predicted labels.
Regression: MAE, RMSE, Pearson's r, Spearman's rho (Pearson's r of average ranks).
Text: word error rate (substituted, deleted and inserted words per true word, over all clips
together), word accuracy (one minus word error rate), character error rate. Texts are compared
in lower case and without punctuation.

Degenerate cases: Pearson and Spearman are NaN (null in JSON) if the truth or the prediction is
constant, and for fewer than two clips. No clips at all is an error.

Source of the resampling by groups: Davison and Hinkley, Bootstrap Methods and their
Application, 1997, section 3.8. References in the tests: sklearn.metrics, scipy.stats.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

METRICS = {
    "classify": ("accuracy", "balanced_accuracy", "macro_f1"),
    "regress": ("mae", "rmse", "pearson", "spearman"),
    "transcribe": ("word_accuracy", "wer", "cer"),
}

# The metric of the recommendation. A frequent class does not raise balanced accuracy, and
# Pearson's r does not depend on the unit of the labels. A greater value of each is better.
MAIN_METRIC = {
    "classify": "balanced_accuracy", "regress": "pearson", "transcribe": "word_accuracy",
}  # fmt: skip

# Number of weights in memory at once: 4e6 float64 are 32 MB.
_CHUNK = 4_000_000


def points(task: str, truth: Sequence, predicted: Sequence) -> dict[str, float]:
    """Returns each metric of the task for these clips.

    Args:
        task: `"classify"` (labels of any one type), `"regress"` (numbers) or `"transcribe"`
            (texts).
        truth: The true labels, scores or texts.
        predicted: The predicted ones, in the same order.

    Example:
        >>> points("classify", ["a", "a", "b"], ["a", "b", "b"])["balanced_accuracy"]
        0.75
    """
    clips = _prepare(task, truth, predicted)
    values = _weighted(task, np.ones((1, len(truth))), clips)
    return {name: float(value[0]) for name, value in values.items()}


def draws(
    task: str,
    truth: Sequence,
    predicted: Sequence,
    *,
    groups: Sequence | None = None,
    seed: int = 0,
    n_draws: int = 1000,
) -> dict[str, np.ndarray]:
    """Returns each metric on `n_draws` resamples of whole groups, with replacement.

    The resamples depend only on `seed` and the groups. So the draws of two models on the same
    clips are paired, and their difference is a draw of the difference.

    Args:
        task: As in `points`.
        truth: As in `points`.
        predicted: As in `points`.
        groups: The group of each clip. `None`: each clip is a group of its own.
        seed: Int >= 0.
        n_draws: Int > 0.
    """
    clips = _prepare(task, truth, predicted)
    codes = group_codes(truth, groups)
    parts = [_weighted(task, w[:, codes], clips) for w in _resamples(codes, seed, n_draws)]
    return {name: np.concatenate([part[name] for part in parts]) for name in METRICS[task]}


def group_codes(truth: Sequence, groups: Sequence | None) -> np.ndarray:
    """Returns the group of each clip as an int from 0, in the order of the group names."""
    if groups is None:
        return np.arange(len(truth))
    return np.unique(np.asarray(groups, str), return_inverse=True)[1]


def confusion(truth: Sequence[str], predicted: Sequence[str], names: Sequence[str]) -> list:
    """Returns counts: rows are true labels, columns predicted ones, in the order of `names`."""
    index = {name: position for position, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, ([index[t] for t in truth], [index[p] for p in predicted]), 1)
    return counts.tolist()


def for_json(value: Any) -> Any:
    """Replaces NaN and infinity by None, and NumPy arrays and numbers by Python values."""
    if isinstance(value, dict):
        return {str(key): for_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [for_json(item) for item in value]
    if isinstance(value, np.ndarray):
        return for_json(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _prepare(task: str, truth: Sequence, predicted: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """Converts truth and predictions to arrays.

    Labels become class numbers. Scores become float64, minus the mean of the truth. Texts
    become counts of words and letters, and counts of errors in them, `(clips, 2)` each.
    """
    if task not in METRICS:
        raise ValueError(
            f"metrics: `task` must be one of {sorted(METRICS)}. Received: {task!r}."
        )
    if not len(truth):
        raise ValueError("metrics: there is no clip to evaluate.")
    if task == "classify":
        both = np.concatenate([np.asarray(truth, str), np.asarray(predicted, str)])
        codes = np.unique(both, return_inverse=True)[1]
        return codes[: len(truth)], codes[len(truth) :]
    if task == "transcribe":
        return _text_counts(truth, predicted)
    center = float(np.mean(np.asarray(truth, float)))
    return np.asarray(truth, float) - center, np.asarray(predicted, float) - center


def _resamples(codes: np.ndarray, seed: int, n_draws: int) -> Iterator[np.ndarray]:
    """Yields counts `(resamples, groups)` of how often each group was drawn."""
    n = int(codes.max()) + 1
    generator = np.random.default_rng([seed, n])
    step = max(1, _CHUNK // len(codes))
    for first in range(0, n_draws, step):
        rows = min(step, n_draws - first)
        drawn = generator.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(float)


def _weighted(task: str, weights: np.ndarray, clips: tuple) -> dict[str, np.ndarray]:
    compute = {
        "classify": _classification, "regress": _regression, "transcribe": _text,
    }  # fmt: skip
    return compute[task](weights, *clips)


def _text_counts(truth: Sequence, predicted: Sequence) -> tuple[np.ndarray, np.ndarray]:
    from kapre_like.models.text.measures import errors
    from kapre_like.models.text.normalization import TextRule

    rule = TextRule()
    pairs = zip(map(rule, truth), map(rule, predicted), strict=True)
    found = [errors(*pair) for pair in pairs]
    sizes = np.array([(one.words, one.letters) for one in found], float)
    return sizes, np.array([(one.word_errors, one.letter_errors) for one in found], float)


def _text(weights: np.ndarray, sizes: np.ndarray, wrong: np.ndarray) -> dict[str, np.ndarray]:
    """Returns the metrics of texts; NaN for resamples without a true word."""
    wer, cer = _ratio(weights @ wrong, weights @ sizes).T
    return {"word_accuracy": 1.0 - wer, "wer": wer, "cer": cer}


def _classification(
    weights: np.ndarray, truth: np.ndarray, predicted: np.ndarray
) -> dict[str, np.ndarray]:
    n_classes = int(max(truth.max(), predicted.max())) + 1
    hit = weights * (truth == predicted)
    hits = _by_class(hit, truth, n_classes)
    true, guessed = (
        _by_class(weights, truth, n_classes),
        _by_class(weights, predicted, n_classes),
    )
    recall = _ratio(hits, true)
    f1 = _ratio(2.0 * hits, true + guessed)
    return {
        "accuracy": hit.sum(axis=1) / weights.sum(axis=1),
        "balanced_accuracy": np.nanmean(recall, axis=1),
        "macro_f1": np.nanmean(f1, axis=1),
    }


def _by_class(weights: np.ndarray, codes: np.ndarray, n_classes: int) -> np.ndarray:
    """Sums weights `(resamples, clips)` by class, to `(resamples, classes)`."""
    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)
    sums = np.zeros((len(weights), n_classes))
    sums[:, present] = np.add.reduceat(weights[:, order], starts, axis=1)
    return sums


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Returns `part / whole`, NaN where a class does not occur in the resample."""
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0)


def _regression(
    weights: np.ndarray, truth: np.ndarray, predicted: np.ndarray
) -> dict[str, np.ndarray]:
    total, error = weights.sum(axis=1), predicted - truth
    return {
        "mae": weights @ np.abs(error) / total,
        "rmse": np.sqrt(weights @ error**2 / total),
        "pearson": _correlation(weights, truth[None], predicted[None]),
        "spearman": _correlation(weights, _ranks(weights, truth), _ranks(weights, predicted)),
    }


def _correlation(weights: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Returns the weighted Pearson's r along the last axis; NaN if x or y is constant."""
    total = weights.sum(axis=1, keepdims=True)
    x = x - (weights * x).sum(axis=1, keepdims=True) / total
    y = y - (weights * y).sum(axis=1, keepdims=True) / total
    spread_x, spread_y = (weights * x**2).sum(axis=1), (weights * y**2).sum(axis=1)
    # By rounding, the variance of a constant is not 0 but about (1e-16 * its size)**2.
    floor = 1e-24 * total[:, 0] * (1.0 + np.max(np.abs(x)) ** 2)
    varies = (spread_x > floor) & (spread_y > floor)
    scale = np.sqrt(np.where(varies, spread_x * spread_y, 1.0))
    return np.where(varies, (weights * x * y).sum(axis=1) / scale, np.nan)


def _ranks(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Returns average ranks `(resamples, clips)` in each resample, with ties and repeats."""
    levels, level = np.unique(values, return_inverse=True)
    at_level = _by_class(weights, level, len(levels))
    ranks = np.cumsum(at_level, axis=1) - at_level / 2.0 + 0.5
    return ranks[:, level]
