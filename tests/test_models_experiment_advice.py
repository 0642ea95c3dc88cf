"""The advice on two models with known predictions."""

import numpy as np
import pytest

from kapre_like.models.experiment.advice import advise, more_groups, weight
from kapre_like.models.experiment.intervals import Gap, judged

CLASSES = list("abcde")


def costs(train, compute):
    return {
        "peak_memory_mb": 10 * compute,
        "model_bytes": 1e6,
        "seconds_train": train,
        "latency_ms": {"batch_1": {"compute_ms": compute}},
    }


COSTS = {"boosted": costs(10.0, 2.0), "vgg": costs(120.0, 12.0)}


def world(n_groups=12, per_class=10, seed=0):
    """True classes and groups of some test clips."""
    truth = np.tile(np.repeat(CLASSES, per_class), n_groups)
    return truth, np.repeat(np.arange(n_groups), len(CLASSES) * per_class)


def guesses(truth, groups, share, *, spread=0.0, seed=0):
    """Predictions that are right in a share of the clips, which varies between groups."""
    generator = np.random.default_rng(seed)
    shares = share + spread * generator.normal(size=groups.max() + 1)
    right = generator.random(len(truth)) < shares[groups]
    wrong = generator.integers(1, len(CLASSES), len(truth))
    other = np.array(CLASSES)[(np.searchsorted(CLASSES, truth) + wrong) % len(CLASSES)]
    return np.where(right, truth, other)


def weigh(light, heavy, *, n_groups=12, per_class=10, spread=0.0, margin=0.02, single=None):
    truth, groups = world(n_groups, per_class)
    parts = {"boosted": (light, 1), "vgg": (heavy, 2)}
    models = {
        name: judged(
            "classify", truth, guesses(truth, groups, share, spread=spread, seed=seed), groups
        )
        for name, (share, seed) in parts.items()
        if share is not None
    }
    against = {"majority class": judged("classify", truth, ["a"] * len(truth), groups)}
    if single is not None:
        rule = guesses(truth, groups, single, seed=3)
        against["best single feature"] = judged("classify", truth, rule, groups)
    return advise("classify", {n: COSTS[n] for n in models}, models, against, margin)


def test_the_lighter_model_is_advised_if_the_difference_is_within_its_interval():
    advice = weigh(0.90, 0.90)
    assert (advice["recommended"], advice["verdict"]) == ("boosted", "recommended")
    assert advice["text"].startswith("Use boosted: it reaches balanced accuracy")
    assert "these clips do not show that vgg is better" in advice["text"]
    assert "On 1,000 clips with equally frequent classes vgg would get about" in advice["text"]
    assert "10.0 s more computing and 1 min 50 s more training" in advice["text"]


def test_the_heavier_model_is_advised_if_it_is_better_by_the_margin():
    advice = weigh(0.53, 0.72)
    assert (advice["recommended"], advice["verdict"]) == ("vgg", "recommended")
    assert "It is better than boosted, which is lighter, by +" in advice["text"]
    assert "do not" not in advice["text"]


def test_the_lighter_model_is_advised_where_the_heavier_is_better_by_less_than_the_margin():
    advice = weigh(0.60, 0.72, margin=0.3)
    assert advice["recommended"] == "boosted"
    assert "less than the margin of 30.0 points" in advice["text"]


def test_the_answer_is_open_where_the_heavier_may_be_better_by_the_margin():
    advice = weigh(0.70, 0.80, n_groups=5, per_class=2, spread=0.1)
    assert (advice["recommended"], advice["verdict"]) == (None, "undecided")
    assert advice["text"].startswith("Undecided between boosted and vgg")
    assert f"about {advice['groups_needed']} more test groups would decide" in advice["text"]
    assert "start with boosted, the lighter one" in advice["text"]
    assert any("Only 5 groups are in the test" in sentence for sentence in advice["basis"])


def test_a_reversal_of_the_order_inside_the_interval_does_not_flip_the_sentence():
    """Whichever of two equal models is ahead by luck, the lighter one is advised."""
    ahead = set()
    for seed in range(6):
        truth, groups = world()
        models = {
            name: judged("classify", truth, guesses(truth, groups, 0.9, seed=s), groups)
            for name, s in (("boosted", seed), ("vgg", 100 + seed))
        }
        against = {"majority class": judged("classify", truth, ["a"] * len(truth), groups)}
        advice = advise("classify", COSTS, models, against, 0.05)
        assert advice["recommended"] == "boosted"
        assert advice["text"].startswith("Use boosted")
        ahead.add(advice["best"])
    assert ahead == {"boosted", "vgg"}


def test_the_verdict_if_no_model_beats_guessing():
    advice = weigh(0.2, 0.2)
    assert (advice["recommended"], advice["verdict"]) == (None, "no_better_than_guessing")
    assert advice["text"].startswith("No model here beats guessing: the best, ")
    assert "the majority class reaches 20.0 %" in advice["text"]
    assert not any(beats["beaten"] for beats in advice["beats_guessing"].values())


def test_where_one_feature_beats_guessing_and_no_model_does_the_labels_are_not_blamed():
    advice = weigh(0.2, 0.2, single=0.6)
    assert (advice["recommended"], advice["verdict"]) == (None, "no_better_than_guessing")
    assert "One feature alone does, by +" in advice["text"]
    assert "First check the labels" not in advice["text"]
    assert "First check the labels" in weigh(0.2, 0.2, single=0.2)["text"]


def test_guessing_is_recognized_in_19_of_20_draws():
    """Two models that guess at random, on clips of six groups."""
    called = 0
    for seed in range(40):
        truth, groups = world(6, 6)
        models = {
            name: judged("classify", truth, guesses(truth, groups, 0.2, seed=s), groups)
            for name, s in (("boosted", seed), ("vgg", 100 + seed))
        }
        against = {"majority class": judged("classify", truth, ["a"] * len(truth), groups)}
        verdict = advise("classify", COSTS, models, against, 0.02)["verdict"]
        called += verdict == "no_better_than_guessing"
    assert called >= 38


def test_too_few_groups_to_say_it_of_others_leave_the_answer_open():
    truth, groups = world(3, 10)
    # One speaker is understood, the others are not.
    half = np.where(groups == 0, truth, guesses(truth, groups, 0.2))
    models = {"boosted": judged("classify", truth, half, groups)}
    against = {"majority class": judged("classify", truth, ["a"] * len(truth), groups)}
    advice = advise("classify", {"boosted": COSTS["boosted"]}, models, against, 0.02)
    assert (advice["recommended"], advice["verdict"]) == (None, "undecided")
    assert "the test has 3 groups" in advice["text"]
    assert advice["groups_needed"] > 0


def test_six_clips_that_look_good_are_not_called_guessing():
    truth = list("aabbcc")
    models = {"boosted": judged("classify", truth, list("aabacb"))}
    against = {"majority class": judged("classify", truth, ["a"] * 6)}
    advice = advise("classify", {"boosted": COSTS["boosted"]}, models, against, 0.02)
    assert advice["verdict"] == "undecided"
    assert "the test has 6 clips, too few to decide" in advice["text"]
    assert advice["groups_needed"] > 0


@pytest.mark.parametrize(("n", "words"), [(1, "1 test clip is"), (3, "3 test clips are")])
def test_too_few_test_clips_are_reported_with_their_number(n, words):
    truth = list("abc")[:n]
    models = {"boosted": judged("classify", truth, truth)}
    against = {"majority class": judged("classify", truth, ["b"] * n)}
    advice = advise("classify", {"boosted": COSTS["boosted"]}, models, against, 0.02)
    assert advice["verdict"] == "undecided"
    assert f"but {words} too few to show that even a perfect model" in advice["text"]
    assert advice["basis"][0].startswith(
        f"Compared by balanced accuracy on {words[:-4].strip()}"
    )


def test_a_rule_on_one_feature_that_is_better_is_never_passed_over():
    advice = weigh(0.5, 0.5, single=0.9)
    assert (advice["recommended"], advice["verdict"]) == (None, "undecided")
    assert advice["text"].startswith("No model is recommended: one feature alone is better")


def test_the_advice_compares_the_best_model_with_one_feature():
    sentences = weigh(0.9, 0.5, single=0.5)["basis"]
    assert any("boosted beats the best single feature: +" in one for one in sentences)
    sentences = weigh(0.5, 0.5, single=0.5)["basis"]
    assert any("is not shown to beat the best single feature" in one for one in sentences)


def test_a_single_model_is_weighed_against_guessing_alone():
    advice = weigh(0.9, None)
    assert advice["recommended"] == "boosted"
    assert "boosted beats guessing" in advice["text"]
    assert "Name a second model" in advice["text"]


def test_scores_are_weighed_by_their_correlation():
    generator = np.random.default_rng(0)
    truth, groups = generator.normal(size=300), np.repeat(np.arange(15), 20)
    near, far = (truth + noise * generator.normal(size=300) for noise in (0.3, 1.5))
    models = {
        "boosted": judged("regress", truth, near, groups),
        "vgg": judged("regress", truth, far, groups),
    }
    against = {"mean": judged("regress", truth, [0.0] * 300, groups)}
    advice = advise("regress", COSTS, models, against, 0.02)
    assert advice["recommended"] == "boosted"
    assert "It is lighter and better: vgg differs by -" in advice["text"]
    assert "On 1,000 clips vgg takes 10.0 s more computing" in advice["text"]


def test_scores_that_do_not_vary_are_never_advised():
    truth, groups = np.arange(40.0), np.repeat(np.arange(10), 4)
    models = {
        "boosted": judged("regress", truth, [1.0] * 40, groups),
        "vgg": judged("regress", truth, truth + np.tile([1.0, -1.0], 20), groups),
    }
    against = {"mean": judged("regress", truth, [0.0] * 40, groups)}
    assert advise("regress", COSTS, models, against, 0.02)["recommended"] == "vgg"
    constant = {"boosted": models["boosted"]}
    advice = advise("regress", {"boosted": COSTS["boosted"]}, constant, against, 0.02)
    assert (advice["best"], advice["verdict"]) == (None, "no_better_than_guessing")


def test_no_single_cost_makes_a_model_heavy():
    light, heavy = costs(10.0, 2.0), costs(120.0, 12.0)
    heavy["latency_ms"]["batch_1"]["compute_ms"] = 1.9
    assert weight(light) < weight(heavy)


@pytest.mark.parametrize(("half", "more"), [(0.04, 27), (0.021, 1), (0.2, 891)])
def test_the_number_of_groups_needed_grows_with_the_square_of_the_width(half, more):
    # 9 groups, a difference of 0.02: half widths fall with the square root of the groups.
    assert more_groups(Gap(0.02, 0.02 - half, 0.02 + half), 9) == more
    assert more_groups(Gap(-0.02, -0.02 - half, -0.02 + half), 9) is None
