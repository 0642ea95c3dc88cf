"""Curves of cascades against a loop over thresholds, the choice, and the sentence on a pair."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from tolerances import FLOAT64

from kapre_like.models.artifact.calibration import fit_calibration
from kapre_like.models.artifact.cascade_curve import (
    SHARE_LOST,
    TRIFLE,
    WITHIN,
    asks_heavy,
    cascade_curve,
    choose,
    thinned,
)
from kapre_like.models.experiment.cascades import (
    Answers,
    _cost_ms,
    cascade,
    cascades,
    sentence,
)
from kapre_like.models.experiment.splitting import Stage
from kapre_like.models.experiment.summary import _latency

CLASSES = 4


def answers(n, seed, *, light=0.8, heavy=0.97, groups=8, spread=0.15, decimals=None):
    """Clips of some groups. The light model is unsure where it is wrong, the heavy one rarely.

    With `decimals` confidences are rounded, so that many are equal.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, CLASSES, n)
    group = rng.integers(0, groups, n)
    hard = rng.random(n) < 1.5 * (1 - light) + spread * (group % 2 - 0.5)
    made = []
    for wrong, sureness in (
        (hard & (rng.random(n) < 0.67), np.where(hard, 0.45, 0.95)),
        (rng.random(n) < 1 - heavy, np.full(n, 0.9)),
    ):
        top = np.clip(sureness + rng.normal(0, 0.02, n), 0.3, 1.0 - 1e-9 * np.arange(n))
        if decimals is not None:
            top = np.round(top, decimals)
        output = np.where(wrong, (truth + 1) % CLASSES, truth)
        rows = np.repeat((1 - top)[:, None] / (CLASSES - 1), CLASSES, axis=1)
        rows[np.arange(n), output] = top
        made.append(rows)
    return Answers(truth, group.astype(str), *made)


def at(clips, threshold):
    """The cascade's class numbers at one threshold."""
    rows = np.where(asks_heavy(clips.light, threshold)[:, None], clips.heavy, clips.light)
    return rows.argmax(axis=1)


@pytest.mark.parametrize("seed", range(5))
def test_every_point_of_a_curve_is_what_its_threshold_gives(seed):
    clips = answers(120, seed)
    curve = cascade_curve(clips.truth, clips.light, clips.heavy)
    assert len(curve.threshold) == 121
    assert np.all(np.diff(curve.threshold) > 0)
    for i, threshold in enumerate(curve.threshold):
        output = at(clips, threshold)
        # Sums of 120 numbers in another order.
        assert curve.accuracy[i] == pytest.approx(
            accuracy_score(clips.truth, output), abs=1e-12
        )
        balanced = balanced_accuracy_score(clips.truth, output)
        assert curve.balanced_accuracy[i] == pytest.approx(balanced, abs=1e-12)
        assert curve.share_heavy[i] == asks_heavy(clips.light, threshold).mean()


def test_clips_of_equal_confidence_go_together_whatever_their_order():
    clips = answers(200, 1, decimals=2)
    curve = cascade_curve(clips.truth, clips.light, clips.heavy)
    assert len(curve.threshold) < 60
    for i, threshold in enumerate(curve.threshold):
        output = at(clips, threshold)
        assert curve.accuracy[i] == pytest.approx(
            accuracy_score(clips.truth, output), abs=1e-12
        )
    mixed = np.random.default_rng(0).permutation(200)
    again = cascade_curve(*(part[mixed] for part in (clips.truth, clips.light, clips.heavy)))
    for one, other in zip(curve, again, strict=True):
        np.testing.assert_allclose(one, other, atol=FLOAT64)


def test_the_ends_are_the_two_models_alone_even_where_the_light_one_is_certain():
    truth = np.array([0, 1, 0])
    light = np.array([[1.0, 0.0], [1.0 + 1e-7, 0.0], [0.5, 0.5]])
    heavy = np.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7]])
    assert not asks_heavy(light, 0.0).any()
    assert asks_heavy(light, 1.0).all()
    curve = cascade_curve(truth, light, heavy)
    assert curve.accuracy[[0, -1]] == pytest.approx([2 / 3, 1 / 3])


def test_the_choice_is_the_cheapest_near_the_best():
    clips = answers(4000, 2)
    curve = cascade_curve(clips.truth, clips.light, clips.heavy)
    chosen, best = choose(curve), curve.smooth.max()
    loss = min(WITHIN, max(TRIFLE, SHARE_LOST * (best - curve.smooth[0])))
    good = curve.smooth >= best - loss
    assert good[chosen]
    assert not good[:chosen].any()
    # 22.5 to 37.5 % of the clips are hard, by group: those are worth the heavy model.
    assert 0.2 < curve.share_heavy[chosen] < 0.4
    assert 0.5 < curve.threshold[chosen] < 0.95


def test_a_light_model_answers_alone_if_it_is_as_good_and_never_if_it_guesses():
    clips = answers(500, 3)
    curve = cascade_curve(clips.truth, clips.heavy, clips.heavy)
    assert curve.threshold[choose(curve)] == 0.0
    guess = np.full((500, CLASSES), 1 / CLASSES)
    curve = cascade_curve(clips.truth, guess, clips.heavy)
    assert curve.threshold[choose(curve)] == 1.0


def drawn(n, seed, shift=0.0):
    """Answers to clips of varying difficulty: the light model errs on the hard ones."""
    rng = np.random.default_rng(seed)
    truth, hard = rng.integers(0, 10, n), rng.normal(shift, 1.0, n)
    made = []
    for height, slope in ((6.0, 1.8), (8.0, 1.3)):
        scores = rng.normal(0.0, 1.0, (n, 10))
        scores[np.arange(n), truth] += height - slope * hard
        made.append(softmax(2.0 * scores, axis=1))
    return Answers(truth, np.arange(n) % 6, *made)


@pytest.mark.parametrize("n", [60, 120, pytest.param(300, marks=pytest.mark.slow)])
def test_a_threshold_of_few_clips_holds_on_harder_ones(n):
    """The light model is 3 points worse. By right and wrong of so few clips, half fail."""
    names = [str(number) for number in range(10)]
    losses, shares, right_alone = [], [], []
    for seed in range(30):
        few, many = drawn(n, seed), drawn(4000, 1000 + seed, shift=0.3)
        truth = [names[number] for number in few.truth]
        fitted = [fit_calibration("classify", names, truth, p, few.groups) for p in few[2:]]
        few, many = (
            clips._replace(
                light=fitted[0].apply(clips.light), heavy=fitted[1].apply(clips.heavy)
            )
            for clips in (few, many)
        )
        curve = cascade_curve(few.truth, few.light, few.heavy)
        alone = accuracy_score(many.truth, many.heavy.argmax(axis=1))
        plain = np.argmax(curve.balanced_accuracy >= curve.balanced_accuracy.max() - WITHIN)
        for point, found in ((choose(curve), losses), (plain, right_alone)):
            threshold = curve.threshold[point]
            found.append(alone - accuracy_score(many.truth, at(many, threshold)))
        shares.append(asks_heavy(many.light, curve.threshold[choose(curve)]).mean())
    assert np.mean(np.array(losses) <= 0.005) >= 0.8
    assert np.mean(np.array(right_alone) <= 0.005) <= 0.7
    assert np.mean(shares) < 0.3


def test_a_thinned_curve_keeps_its_ends():
    clips = answers(3000, 4)
    curve = cascade_curve(clips.truth, clips.light, clips.heavy)
    few = thinned(curve)
    assert 90 < len(few.threshold) <= 101
    assert few.share_heavy[[0, -1]].tolist() == [0.0, 1.0]
    assert thinned(few) is few


def test_a_curve_of_no_clips_or_of_different_ones_is_refused():
    with pytest.raises(ValueError, match="the same clips, one at least"):
        cascade_curve([], np.zeros((0, 2)), np.zeros((0, 2)))
    with pytest.raises(ValueError, match="Received: 2 labels, 2 and 3 answers"):
        cascade_curve([0, 1], np.ones((2, 2)), np.ones((3, 2)))


def test_a_pair_is_evaluated_on_other_clips_than_those_of_its_threshold():
    valid, test = answers(600, 5), answers(900, 6)
    found = cascade(("a", "b"), (2.0, 20.0), [valid], [test])
    output = at(test, found["threshold"])
    assert found["metrics"]["accuracy"] == accuracy_score(test.truth, output)
    assert found["metrics"]["balanced_accuracy"] == pytest.approx(
        balanced_accuracy_score(test.truth, output)
    )
    assert found["heavy_metrics"]["accuracy"] == accuracy_score(
        test.truth, test.heavy.argmax(axis=1)
    )
    assert found["chosen_on"] == {"clips": 600, "groups": 8}
    assert found["cost_ms"] == pytest.approx(2.0 + 20.0 * found["share_heavy"])
    assert found["cost_ratio"] == pytest.approx(found["cost_ms"] / 20.0)
    assert found["text"].startswith(f"send {100 * found['share_heavy']:.0f} % of clips to b: ")
    assert found["interval"][0] <= found["difference"] <= found["interval"][1]
    assert {"threshold", "share_heavy", "accuracy", "balanced_accuracy", "cost_ms"} == set(
        found["curve"][0]
    )


def test_each_fold_has_its_own_threshold_and_the_clips_are_pooled():
    folds = [(answers(300, seed, light=0.7 + 0.1 * seed), answers(200, seed + 10))
             for seed in range(3)]  # fmt: skip
    valid, test = zip(*folds, strict=True)
    found = cascade(("a", "b"), (1.0, 10.0), valid, test)
    assert found["threshold"] == np.median(found["thresholds"])
    right = [at(t, s) == t.truth for t, s in zip(test, found["thresholds"], strict=True)]
    assert found["metrics"]["accuracy"] == pytest.approx(np.mean(right))


def test_the_interval_resamples_whole_groups():
    """The difference is all in one of eight groups: by clips it would look certain."""
    test = answers(800, 7, heavy=1.0)
    light = test.heavy.copy()
    bad = test.groups == "3"
    light[bad] = np.roll(light[bad], 1, axis=1)
    test = test._replace(light=light)
    always = test._replace(light=test.heavy)  # a threshold of 0
    found = cascade(("a", "b"), (1.0, 10.0), [always], [test])
    assert found["threshold"] == 0.0
    share = bad.mean()
    assert found["difference"] == pytest.approx(-share, abs=0.02)
    # Of 800 independent clips it would be 1.96 * sqrt(p * (1 - p) / 800) to each side, that is
    # about 0.02. One group of eight has all: the deviation of its share is about the share.
    low, high = found["interval"]
    assert (high - low) / 2 > 1.5 * share > 0.15


def test_without_any_difference_the_interval_is_not_a_point():
    test = answers(50, 8, heavy=1.0)
    test = test._replace(light=test.heavy)
    found = cascade(("a", "b"), (1.0, 10.0), [test], [test])
    assert found["difference"] == 0.0
    # 0 of 50: 1 - 0.025 ** (1 / 50), as in scipy.stats.binomtest(0, 50).proportion_ci.
    assert found["interval"] == pytest.approx([-0.0711, 0.0711], abs=1e-4)
    assert found["text"].startswith("send no clip to b: it does not improve on a, which")
    assert "alone reaches 100.0 % at 0.1 of its cost" in found["text"]


def test_a_cascade_that_saves_nothing_is_reported():
    test = answers(300, 9)
    guess = test._replace(light=np.full((300, CLASSES), 1 / CLASSES))
    found = cascade(("a", "b"), (5.0, 10.0), [guess], [guess])
    assert found["share_heavy"] == 1.0
    assert sentence(found).startswith(
        "no saving, because a first and b for 100 % of clips costs 1.5"
    )


def stage_of(n_valid, n_test):
    def table(n, word, clips):
        names = [f"c{number}" for number in clips.truth]
        digests = [f"{word}{i}" for i in range(n)]
        return pd.DataFrame({"digest": digests, "label": names, "group": clips.groups})

    valid, test = answers(n_valid, 11), answers(n_test, 12)
    tables = (table(n_valid, "v", valid), table(n_test, "t", test))
    return Stage("test", tables[0].iloc[:0], *tables), valid, test


def result_of(which, valid, test, ms):
    order = np.random.default_rng(len(which)).permutation(len(valid.truth))
    return {
        "output": getattr(test, which).tolist(),
        "held_out": {
            "digests": [*(f"v{i}" for i in order), "unknown"],
            "output": [*getattr(valid, which)[order].tolist(), [1.0, 0.0, 0.0, 0.0]],
        },
        "calibration": None,
        "class_names": [f"c{number}" for number in range(CLASSES)],
        "latency_ms": {"batch_1": {"compute_ms": ms}},
    }


def test_a_comparison_has_a_cascade_of_every_two_models_the_lighter_first():
    stage, valid, test = stage_of(200, 300)
    found = {
        "slow": [result_of("heavy", valid, test, 30.0)],
        "fast": [result_of("light", valid, test, 3.0)],
        "middling": [result_of("light", valid, test, 9.0)],
    }
    made = cascades(found, [stage], task="classify")
    pairs = [(one["light"], one["heavy"]) for one in made]
    assert pairs == [("fast", "middling"), ("fast", "slow"), ("middling", "slow")]
    # Rows are joined by digest, in any order.
    assert made[1] == cascade(("fast", "slow"), (3.0, 30.0), [valid], [test])
    assert cascades(found, [stage], task="regress") == []
    del found["middling"][0]["latency_ms"]
    assert len(cascades(found, [stage], task="classify")) == 1
    found["slow"][0]["held_out"] = None
    assert cascades(found, [stage], task="classify") == []


def test_the_cost_of_a_model_is_its_mean_over_folds():
    # Of three folds one sends most clips to a heavy part, which a median would not count.
    results = [{"latency_ms": {"batch_1": {"compute_ms": ms}}} for ms in (1.0, 1.0, 10.0)]
    assert _cost_ms(results) == 4.0
    for one, median in zip(results, (1.0, 2.0, 9.0), strict=True):
        one["latency_ms"]["batch_1"]["compute_p50_ms"] = median
    assert _latency(results)["batch_1"] == {"compute_ms": 4.0, "compute_p50_ms": 2.0}


def test_there_is_no_cascade_if_the_light_model_is_better():
    found = {
        "light": "a", "heavy": "b", "share_heavy": 0.2, "cost_ratio": 0.8,
        "light_metrics": {"balanced_accuracy": 0.98}, "metrics": {"balanced_accuracy": 0.95},
        "heavy_metrics": {"balanced_accuracy": 0.92},
    }  # fmt: skip
    text = sentence(found)
    assert text.startswith("none: a alone takes less computing and reaches 98.0 %")
