"""`metrics`: held to scikit-learn and SciPy, on the clips and on every resample of them."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from kapre_like.models.experiment import metrics

RNG = np.random.default_rng(7)
TRUTH = RNG.choice(list("abcd"), 60, p=[0.5, 0.3, 0.15, 0.05])
GUESS = np.where(RNG.random(60) < 0.6, TRUTH, RNG.choice(list("abcde"), 60))
# Scores with ties, far from zero, so that centring and average ranks both matter.
SCORE = np.round(RNG.normal(1000.0, 2.0, 50), 1)
ANSWER = np.round(SCORE + RNG.normal(0.0, 1.5, 50), 1)


def sklearn_classify(truth, guess):
    return {
        "accuracy": sk.accuracy_score(truth, guess),
        "balanced_accuracy": np.mean([np.mean(guess[truth == c] == c) for c in set(truth)]),
        "macro_f1": sk.f1_score(truth, guess, average="macro", zero_division=0),
    }


def scipy_regress(truth, guess):
    return {
        "mae": sk.mean_absolute_error(truth, guess),
        "rmse": sk.root_mean_squared_error(truth, guess),
        "pearson": stats.pearsonr(truth, guess).statistic,
        "spearman": stats.spearmanr(truth, guess).statistic,
    }


def test_classification_matches_scikit_learn():
    expected = sklearn_classify(TRUTH, GUESS)
    assert metrics.points("classify", TRUTH, GUESS) == pytest.approx(expected)
    present = [c for c in np.unique(TRUTH)]
    recalls = sk.recall_score(TRUTH, GUESS, labels=present, average="macro")
    assert expected["balanced_accuracy"] == pytest.approx(recalls)


def test_regression_matches_scipy():
    assert metrics.points("regress", SCORE, ANSWER) == pytest.approx(
        scipy_regress(SCORE, ANSWER), rel=1e-9
    )


@pytest.mark.parametrize(
    ("task", "truth", "guess", "reference"),
    [("classify", TRUTH, GUESS, sklearn_classify), ("regress", SCORE, ANSWER, scipy_regress)],
)
def test_each_draw_is_the_metric_of_that_resample(task, truth, guess, reference):
    drawn = metrics.draws(task, truth, guess, seed=3, n_draws=20)
    (counts,) = metrics._resamples(np.arange(len(truth)), 3, 20)
    for index, row in enumerate(counts.astype(int)):
        chosen = np.repeat(np.arange(len(truth)), row)
        expected = reference(truth[chosen], guess[chosen])
        got = {name: values[index] for name, values in drawn.items()}
        assert got == pytest.approx(expected, rel=1e-8)


def test_draws_do_not_depend_on_the_chunks_they_are_made_in(monkeypatch):
    whole = metrics.draws("regress", SCORE, ANSWER, n_draws=30)
    monkeypatch.setattr(metrics, "_CHUNK", 4 * len(SCORE))
    for name, values in metrics.draws("regress", SCORE, ANSWER, n_draws=30).items():
        np.testing.assert_allclose(values, whole[name])


def test_a_draw_of_groups_takes_each_group_whole():
    groups = np.repeat(["x", "y", "z"], 20)
    drawn = metrics.draws("classify", TRUTH, GUESS, groups=groups, seed=3, n_draws=20)
    (counts,) = metrics._resamples(np.repeat([0, 1, 2], 20), 3, 20)
    for index, row in enumerate(counts.astype(int)):
        times = np.repeat(row, 20)
        chosen = np.repeat(np.arange(60), times)
        expected = sklearn_classify(TRUTH[chosen], GUESS[chosen])
        got = {name: values[index] for name, values in drawn.items()}
        assert got == pytest.approx(expected)


def test_the_same_seed_pairs_the_draws_of_two_models():
    worse = np.where(np.arange(60) < 5, "e", GUESS)
    gap = (
        metrics.draws("classify", TRUTH, GUESS)["accuracy"]
        - metrics.draws("classify", TRUTH, worse)["accuracy"]
    )
    assert gap.min() >= 0.0  # on unpaired resamples the difference has both signs


@pytest.mark.parametrize("constant", [3.0, 1e6 + 0.1, 0.0])
def test_a_constant_prediction_has_no_correlation(constant):
    got = metrics.points("regress", [1.0, 2.0, 4.0], [constant] * 3)
    assert math.isnan(got["pearson"])
    assert math.isnan(got["spearman"])
    assert got["mae"] > 0


def test_a_constant_truth_has_no_correlation():
    got = metrics.points("regress", [0.1 + 0.2] * 7, list(range(7)))
    assert math.isnan(got["pearson"])


def test_one_clip_has_no_correlation():
    assert math.isnan(metrics.points("regress", [1.0], [2.0])["pearson"])
    assert metrics.points("classify", ["a"], ["a"])["macro_f1"] == 1.0


def test_no_clip_is_an_error():
    with pytest.raises(ValueError, match="no clip to evaluate"):
        metrics.points("classify", [], [])


def test_json_has_null_where_a_number_is_not_finite():
    got = metrics.for_json(
        {"a": [np.float64("nan"), np.int64(3)], 1: (np.array([1.5, np.inf]),)}
    )
    assert got == {"a": [None, 3], "1": [[1.5, None]]}


def test_confusion_has_rows_of_true_labels():
    assert metrics.confusion(["a", "a", "b"], ["a", "b", "b"], ["a", "b"]) == [[1, 1], [0, 1]]
