"""The learning curve over data size: subsets of whole groups, extrapolation, text."""

import itertools
import sys

import numpy as np
import pandas as pd
import pytest
from small_corpus import write_corpus

from kapre_like.models import compare
from kapre_like.models.experiment import learning_curve
from kapre_like.models.experiment.extrapolation import doubling
from kapre_like.models.experiment.splitting import Stage
from kapre_like.models.experiment.subsets import sizes, subsets

TABLES = ("train", "valid", "test")


def table(groups, labels, clips=2):
    rows = [
        {"path": f"{group}-{label}-{take}", "group": group, "label": label}
        for group in groups
        for label in labels
        for take in range(clips)
    ]
    return pd.DataFrame(rows)


def stage(n, labels=("a", "b"), name="test"):
    names = [f"s{i:02}" for i in range(n)]
    parts = (names[: n // 2], names[n // 2 : -2], names[-2:])
    return Stage(name, *(table(part, labels) for part in parts))


def groups_of(part):
    return [set(getattr(part.stage, name)["group"]) for name in TABLES]


def test_four_sizes_by_groups_and_fewer_where_there_are_few():
    assert sizes(40) == [5, 10, 20, 40]
    assert sizes(5) == [1, 2, 3, 5]
    assert sizes(3) == [1, 2, 3]
    assert sizes(1) == [1]


def test_the_sets_of_a_draw_are_nested_and_whole_groups_with_the_same_test():
    whole = stage(34)
    planned = subsets([whole], seed=0)
    assert [part.size for part in planned] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    for draw in range(3):
        parts = [groups_of(part) for part in planned[draw::3]]
        assert [len(train) for train, _, _ in parts] == [3, 5, 9]
        # The validation groups become fewer, too: 15 in all, for 17 training groups.
        assert [len(valid) for _, valid, _ in parts] == [3, 5, 8]
        for (smaller, *_), (larger, *_) in itertools.pairwise(parts):
            assert smaller < larger
    assert len({frozenset(groups_of(part)[0]) for part in planned[:3]}) > 1
    for part in planned:
        pd.testing.assert_frame_equal(part.stage.test, whole.test)
        assert len(part.stage.train) == 4 * len(groups_of(part)[0])  # no group in part
        clips = len(part.stage.train) + len(part.stage.valid)
        assert part.share == clips / (len(whole.train) + len(whole.valid))


def test_every_class_is_in_the_smallest_set():
    labels = [f"c{i}" for i in range(6)]
    # Each group is of one class, as files that are groups of their own.
    counts = [20, 20, 20, 20, 20, 2]
    parts = zip(labels, counts, strict=True)
    train = pd.concat([table([f"{label}{i}" for i in range(n)], [label]) for label, n in parts])
    whole = Stage("test", train.reset_index(drop=True), train.iloc[:0], train.iloc[:4])
    for part in subsets([whole], seed=3):
        assert set(part.stage.train["label"]) == set(labels)
    # One group of each class comes first: an eighth of 102 groups is enough.
    for seed in range(3):
        assert min(len(groups_of(part)[0]) for part in subsets([whole], seed=seed)) == 13


def test_folds_take_turns():
    folds = [stage(34, name=f"fold {i}") for i in range(2)]
    planned = subsets(folds, seed=0)
    assert [part.index for part in planned[:3]] == [0, 1, 0]


def test_scores_are_drawn_from_low_to_high():
    names = [f"s{i:02}" for i in range(32)]
    train = pd.DataFrame({"group": names, "path": names, "label": np.arange(32.0)})
    whole = Stage("test", train, train.iloc[:0], train.iloc[:4])
    for part in subsets([whole], seed=0):
        assert np.ptp(part.stage.train["label"]) > 16


def test_a_power_law_is_found_and_extrapolated():
    n = np.array([60, 120, 240, 480])

    def error(clips):
        return 0.05 + 2.0 * clips**-0.5

    found = doubling(n, [[1 - error(clips)] for clips in n])
    # The grid of exponents is fine enough for a tenth of a point.
    assert found.gain == pytest.approx(error(480) - error(960), abs=1e-3)
    assert found.interval[0] <= found.gain <= found.interval[1]


def test_a_flat_curve_gains_nothing_and_a_falling_one_no_less():
    n = [60, 120, 240, 480]
    assert doubling(n, [[0.9]] * 4).gain == pytest.approx(0.0, abs=1e-6)
    assert doubling(n, [[0.93], [0.92], [0.91], [0.9]]).gain == 0.0


def test_no_amount_of_data_makes_the_error_negative():
    n = [60, 120, 240, 480]
    errors = [0.4, 0.25, 0.1, 0.01]  # falls faster than any power of the grid
    found = doubling(n, [[1 - error] for error in errors])
    # The line through these points would cross 0 and gain eight times the error that is left.
    assert found.gain < 0.05


def test_two_sizes_are_too_few():
    assert doubling([60, 120], [[0.5], [0.6]]) is None


@pytest.mark.parametrize(("a", "b", "c"), [(0.05, 2.0, 0.5), (0.0, 1.0, 0.25), (0.2, 5.0, 0.9)])
def test_the_interval_contains_the_gain_that_comes(a, b, c):
    """Known curves with the noise of training sets and of test clips: 95 % wanted."""
    n = np.array([60.0, 120.0, 240.0, 480.0])
    gain = b * (480.0**-c - 960.0**-c)
    generator, hits, times = np.random.default_rng(0), 0, 60
    for seed in range(times):
        tested = generator.normal(0, 0.01)  # the test clips are the same at each size
        values = [
            1 - a - b * clips**-c + tested + generator.normal(0, 0.015, size=draws)
            for clips, draws in zip(n, (3, 3, 3, 1), strict=True)
        ]
        resampled = [np.mean(v) + generator.normal(0, 0.01, 1000) for v in values]
        low, high = doubling(n, values, resampled, seed=seed).interval
        hits += low <= gain <= high
    # Of 60 experiments with 95 % each, 51 or more in 99.9 of 100 cases.
    assert hits >= 51


def curve(gain, interval):
    return {"doubling": {"gain": gain, "interval": list(interval)}}


def test_the_sentence_names_each_model_with_its_uncertainty():
    curves = {"vgg": curve(0.031, (0.004, 0.052)), "boosted": curve(0.006, (0.0, 0.012))}
    assert learning_curve.sentence(curves, "classify") == (
        "Doubling the recordings would improve vgg by about 3 points of balanced accuracy (0.5 "
        "to 5), boosted by about 0.5 (0 to 1, perhaps nothing)."
    )
    scores = {"vgg": curve(0.031, (0.004, 0.052))}
    assert "about 0.03 of Pearson's r (0.00 to 0.05" in learning_curve.sentence(
        scores, "regress"
    )
    assert learning_curve.sentence({"vgg": {"doubling": None}}, "classify") == ""


def test_the_number_of_trainings_is_announced():
    line = learning_curve.announcement(subsets([stage(34)], seed=0), ["a", "b"])
    assert line.startswith("learning curve: 18 more trainings on smaller sets, 9 for each of 2")
    assert "too few training groups" in learning_curve.announcement([], ["a"])


def answers(part, right, **budget):
    """What a worker returns whose first `right` test clips of 8 are right."""
    truth = (part.test["label"] == "b").to_numpy().astype(float)
    guess = np.where(np.arange(len(truth)) < right, truth, 1 - truth)
    output = np.stack([1 - guess, guess], axis=1).tolist()
    return {"class_names": ["a", "b"], "output": output, "settings": {"budget": budget}}


def test_points_are_means_of_the_draws_and_the_last_is_the_comparison_itself():
    whole = stage(34)
    planned = subsets([whole], seed=0)
    right = [4, 5, 6, 6, 6, 6, 6, 7, 7]
    smaller = {"x": [answers(p.stage, n) for p, n in zip(planned, right, strict=True)]}
    found = learning_curve.learning_curves(
        {"x": [answers(whole, 8)]}, smaller, planned, [whole], task="classify", seed=0
    )["x"]
    assert [point["clips"] for point in found["points"]] == [24, 40, 68, 128]
    assert [point["groups"] for point in found["points"]] == [6, 10, 17, 32]
    means = [point["mean"] for point in found["points"]]
    assert means == pytest.approx([5 / 8, 6 / 8, 20 / 24, 1.0])
    assert found["points"][0]["values"] == pytest.approx([4 / 8, 5 / 8, 6 / 8])
    low, high = found["doubling"]["interval"]
    assert 0 <= low <= found["doubling"]["gain"] <= high
    assert found["text"].startswith(
        "doubling the recordings (128 clips of 32 groups) would improve x by"
    )


def test_a_curve_of_texts_counts_words():
    whole = stage(34, labels=("one two", "three"))
    planned = subsets([whole], seed=0)

    def texts(part):
        """The result of a worker that does not recognize the second word."""
        return {"class_names": None, "output": [t.split()[0] for t in part.test["label"]],
                "settings": {}}  # fmt: skip

    smaller = {"x": [texts(each.stage) for each in planned]}
    found = learning_curve.learning_curves(
        {"x": [texts(whole)]}, smaller, planned, [whole], task="transcribe", seed=0
    )["x"]
    assert [point["mean"] for point in found["points"]] == pytest.approx([2 / 3] * 4)


def test_a_curve_of_trainings_cut_by_the_budget_has_a_note():
    whole = stage(34)
    planned = subsets([whole], seed=0)
    right = [4, 5, 6, 6, 6, 6, 6, 7, 7]
    parts = list(zip(planned, right, strict=True))
    smaller = {"x": [answers(p.stage, n) for p, n in parts]}
    smaller["y"] = [answers(p.stage, n, note="1 of 12 epochs fit") for p, n in parts]
    found = learning_curve.learning_curves(
        {name: [answers(whole, 8)] for name in "xy"}, smaller, planned, [whole],
        task="classify", seed=0,
    )  # fmt: skip
    assert [found[name]["cut"] for name in "xy"] == [False, True]
    assert "minutes" not in found["x"]["text"]
    assert found["y"]["text"].endswith(
        "; --minutes shortened its trainings, so this is unreliable"
    )
    text = learning_curve.sentence(found, "classify")
    assert text.endswith("--minutes shortened trainings of y, so this is unreliable for them.")


def test_too_few_sizes_are_reported_with_their_number():
    whole = stage(6)
    planned = subsets([whole], seed=0)[:3]
    smaller = {"x": [answers(p.stage, 4) for p in planned]}
    found = learning_curve.learning_curves(
        {"x": [answers(whole, 8)]}, smaller, planned, [whole], task="classify", seed=0
    )["x"]
    assert found["doubling"] is None
    assert "2 sizes of training set are too few" in found["text"]


@pytest.fixture
def family_in_workers(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ":".join(sys.path))


@pytest.mark.slow
def test_a_comparison_draws_it_beside_its_models(tmp_path, family_in_workers):
    manifest = write_corpus(
        tmp_path / "d", speakers=6, splits=["train"] * 3 + ["valid", "test", "test"]
    )
    lines = []
    result = compare(
        manifest, models=["fake_family:Guess"], out=tmp_path / "c", learning_curve=True,
        log=lines.append,
    )  # fmt: skip
    # 1, 2 and 3 training groups; the last is the comparison itself.
    found = result["learning_curve"]["Guess"]
    assert [point["clips"] for point in found["points"]] == [8, 12, 16]
    assert [len(point["values"]) for point in found["points"]] == [3, 3, 1]
    assert [point["mean"] for point in found["points"]] == [0.5] * 3
    assert found["doubling"]["gain"] == pytest.approx(0.0, abs=1e-6)
    assert "16 clips of 4 groups" in found["text"]
    assert any("6 more trainings" in line for line in lines)
    assert not (tmp_path / "c" / ".comparing").exists()
