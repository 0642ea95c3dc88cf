"""Confidence intervals: how often they hold the truth, and the cases without any spread."""

import math

import numpy as np
import pytest
from scipy import stats

from kapre_like.models.experiment.intervals import Basis, exact, gap, judged

EXPERIMENTS = 200
# 95 % less two standard errors of 200 experiments.
LEAST = 0.92


def share(logit):
    return 1 / (1 + np.exp(-logit))


def experiments(n_groups, n_clips=20, spread=0.8, seed=0):
    """Yields the hits of a model, clips by group: groups differ in how hard they are."""
    generator = np.random.default_rng([seed, n_groups])
    for _ in range(EXPERIMENTS):
        hard = share(1.2 + spread * generator.normal(size=n_groups))
        yield (generator.random((n_groups, n_clips)) < hard[:, None]).astype(float)


def truth_of(spread=0.8):
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    return float(weights @ share(1.2 + spread * nodes) / weights.sum())


def by_group(hits):
    groups = np.repeat(np.arange(len(hits)), hits.shape[1])
    return judged("classify", np.ones(hits.size), hits.ravel(), groups, n_draws=100)


@pytest.mark.parametrize("n_groups", [3, 6, 12])
def test_the_interval_of_groups_has_its_nominal_coverage(n_groups):
    truth, held = truth_of(), 0
    for hits in experiments(n_groups):
        low, high = by_group(hits).intervals["accuracy"]
        held += low <= truth <= high
    assert held / EXPERIMENTS >= LEAST


def test_intervals_by_clip_do_not_hold_it_where_clips_come_in_groups():
    truth, held = truth_of(), 0
    for hits in experiments(10):
        found = judged("classify", np.ones(hits.size), hits.ravel(), n_draws=100)
        low, high = found.intervals["accuracy"]
        held += low <= truth <= high
    assert held / EXPERIMENTS < 0.85


@pytest.mark.parametrize("n_groups", [4, 12])
def test_the_interval_of_a_difference_has_its_nominal_coverage(n_groups):
    generator, held = np.random.default_rng(5), 0
    for hits in experiments(n_groups, seed=1):
        # The second model corrects half of the errors, and gets a tenth of the rest wrong.
        changed = generator.random(hits.shape) < np.where(hits == 1, 0.1, 0.5)
        second = np.where(changed, 1 - hits, hits)
        found = gap(by_group(second), by_group(hits), "accuracy")
        held += found.low <= 0.5 * (1 - truth_of()) - 0.1 * truth_of() <= found.high
    assert held / EXPERIMENTS >= LEAST


def test_a_correlation_holds_its_truth_by_groups():
    generator, held = np.random.default_rng(3), 0
    for _ in range(EXPERIMENTS):
        # Groups share a part of the score and of its error: r of the population is 0.8.
        shared = generator.normal(size=(2, 12, 1)) * np.sqrt(0.5)
        own = generator.normal(size=(2, 12, 10)) * np.sqrt(0.5)
        true, noise = shared + own
        groups = np.repeat(np.arange(12), 10)
        found = judged(
            "regress", true.ravel(), (0.8 * true + 0.6 * noise).ravel(), groups, n_draws=100
        )
        low, high = found.intervals["pearson"]
        held += low <= 0.8 <= high
    assert held / EXPERIMENTS >= LEAST


def test_all_right_has_the_exact_interval():
    found = judged("classify", list("ab") * 12, list("ab") * 12, list("xyz") * 8)
    # 24 of 24: the share whose 24th power is 2.5 %.
    assert found.intervals["accuracy"] == pytest.approx((0.025 ** (1 / 24), 1.0))
    assert found.intervals["balanced_accuracy"] == pytest.approx(found.intervals["accuracy"])


def test_none_right_has_the_exact_interval():
    found = judged("classify", ["a"] * 10, ["b"] * 10, list("xy") * 5)
    assert found.intervals["accuracy"] == pytest.approx((0.0, 1 - 0.025 ** (1 / 10)))


def test_rare_classes_make_the_exact_interval_of_a_balanced_accuracy_wider():
    labels = ["often"] * 95 + ["seldom"] * 5
    found = judged("classify", labels, labels)
    assert found.intervals["balanced_accuracy"][0] < found.intervals["accuracy"][0] - 0.1


@pytest.mark.parametrize(("right", "n"), [(0, 7), (3, 10), (24, 24), (199, 200)])
def test_the_exact_interval_is_that_of_scipy(right, n):
    expected = stats.binomtest(right, n).proportion_ci(0.95, "exact")
    assert exact(right, n) == pytest.approx((expected.low, expected.high))


def test_clips_are_resampled_if_there_is_one_group():
    found = judged("classify", list("aabb"), list("abbb"), ["s1"] * 4)
    assert found.basis == Basis("clips", 4)
    found = judged("classify", list("aabb"), list("abbb"), ["s1", "s1", "s2", "s2"])
    assert found.basis == Basis("groups", 2)


def test_groups_that_are_alike_by_chance_do_not_give_an_interval_of_no_width():
    found = judged("classify", list("abab"), list("aaaa"), ["s1", "s1", "s2", "s2"])
    low, high = found.intervals["accuracy"]
    assert found.values["accuracy"] == 0.5
    assert high - low > 0.3


def test_intervals_stay_in_the_range_of_their_metric():
    found = judged("classify", ["a"] * 20, ["a"] * 19 + ["b"], list("uvwxyzrstk") * 2)
    low, high = found.intervals["accuracy"]
    assert 0 < low < 0.95 < high < 1
    scores = np.arange(12.0)
    found = judged("regress", scores, scores + [0.1, -0.1] * 6, list("uvw") * 4)
    assert found.intervals["pearson"][1] <= 1
    assert found.intervals["mae"][0] >= 0


def test_one_clip_has_no_interval():
    found = judged("regress", [1.0], [2.0])
    assert all(math.isnan(end) for end in found.intervals["pearson"])
