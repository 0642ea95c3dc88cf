"""Calibration: temperature, shared map, thresholds, intervals, against references."""

import json

import numpy as np
import pytest
from sklearn.metrics import log_loss, precision_recall_curve
from tolerances import FLOAT64

from kapre_like.models.artifact.calibration import Calibration, fit_calibration
from kapre_like.models.artifact.calibration_fits import class_thresholds, half_width

NAMES = ["a", "b", "c", "d"]


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def clips(n, sharpness, seed=0, groups=10):
    """Probabilities that are right `sharpness` times too often, or too seldom."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, len(NAMES)))
    shares = softmax(logits)
    codes = np.array([rng.choice(len(NAMES), p=row) for row in shares])
    truth = [NAMES[code] for code in codes]
    return truth, softmax(sharpness * logits), [f"g{i % groups}" for i in range(n)]


def fitted(truth, output, groups, **wanted):
    return fit_calibration("classify", NAMES, truth, output, groups, **wanted)


@pytest.mark.parametrize("sharpness", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_what_was_done_to_the_logits(sharpness):
    truth, output, groups = clips(4000, sharpness)
    found = fitted(truth, output, groups)
    # The standard error of a temperature from 4000 clips is about 2 %.
    assert found.temperature == pytest.approx(sharpness, rel=0.08)
    assert (found.n, found.groups) == (4000, 10)
    before, after = (log_loss(truth, p, labels=NAMES) for p in (output, found.apply(output)))
    assert after <= before + 1e-4


def test_apply_is_the_softmax_of_logarithms():
    _, output, _ = clips(50, 1.0)
    found = Calibration(method="temperature", temperature=2.3)
    expected = softmax(np.log(output) / 2.3)
    np.testing.assert_allclose(found.apply(output), expected, atol=FLOAT64)
    assert found.apply(output.astype("float32")).dtype == np.float32
    # A class without training rows keeps its 0.
    np.testing.assert_allclose(found.apply([[0.0, 0.5, 0.5, 0.0]])[0], [0, 0.5, 0.5, 0])


@pytest.mark.parametrize("n", [1, 3, 24])
def test_few_clips_that_are_all_right_do_not_make_it_certain(n):
    output = np.tile([0.6, 0.2, 0.1, 0.1], (n, 1))
    found = fitted(["a"] * n, output, range(n))
    assert 0.2 < found.temperature <= 1.0
    assert found.apply(output).max() <= (n + 1) / (n + 2)


def test_few_clips_that_are_all_wrong_do_not_make_it_uniform():
    found = fitted(["b"] * 3, np.tile([0.9, 0.1, 0, 0], (3, 1)), range(3))
    assert 1.0 < found.temperature < 10


def test_the_map_is_taken_where_a_temperature_cannot_help():
    # Half of the answers come with a certainty that means nothing, half with one that holds.
    rng = np.random.default_rng(2)
    n, sure = 3000, np.repeat([0.95, 0.55], 1500)
    right = rng.random(n) < np.where(sure > 0.9, 0.6, 0.55)
    rest = (1 - sure) / 3
    output = np.column_stack([sure, rest, rest, rest])
    truth = [NAMES[0] if ok else NAMES[rng.integers(1, 4)] for ok in right]
    groups = rng.integers(20, size=n)
    found = fitted(truth, output, groups)
    assert found.method == "isotonic"
    after = found.apply(output)
    for level, share in ((0.95, 0.6), (0.55, 0.55)):
        # Three standard errors of a share of 1500 clips.
        assert after[sure == level, 0].mean() == pytest.approx(share, abs=0.04)
    again = Calibration.from_json(json.loads(json.dumps(found.to_json())))
    assert again == found
    few = np.arange(n) % 100 == 0
    assert fitted(np.array(truth)[few], output[few], groups[few]).method == "temperature"


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_classes_never_changes(seed):
    truth, output, _groups = clips(800, 2.5, seed)
    from kapre_like.models.artifact import calibration_fits

    codes = np.array([NAMES.index(label) for label in truth])
    knots = calibration_fits._knots(codes, output)
    ends, levels = zip(*knots, strict=True)
    assert np.all(np.diff(ends) > 0)
    assert np.all(np.diff(levels) > 0)
    assert len(knots) <= calibration_fits.KNOTS + 2
    found = Calibration(method="isotonic", temperature=1.7, knots=knots)
    after = found.apply(output)
    np.testing.assert_array_equal(np.argsort(after, axis=1), np.argsort(output, axis=1))
    np.testing.assert_allclose(after.sum(axis=1), 1.0, atol=FLOAT64)


@pytest.mark.parametrize("wanted", [{"precision": 0.8}, {"recall": 0.5}, {"precision": 0.99}])
def test_thresholds_are_those_of_the_precision_recall_curve(wanted):
    truth, output, _ = clips(600, 1.0, seed=4)
    codes = np.array([NAMES.index(label) for label in truth])
    best = output.argmax(axis=1)
    for code, found in enumerate(class_thresholds(codes, output, **wanted)):
        scores = np.where(best == code, output[:, code], -1.0)
        precision, recall, limits = precision_recall_curve(codes == code, scores)
        answered = limits >= 0
        precision, recall, limits = (
            precision[:-1][answered],
            recall[:-1][answered],
            limits[answered],
        )
        seen = np.array([np.sum(scores >= limit) for limit in limits])
        if "precision" in wanted:
            good = limits[(precision >= wanted["precision"]) & (seen >= 5)]
            expected = good.min() if len(good) else None
        else:
            good = limits[recall >= wanted["recall"]]
            expected = good.max() if len(good) else None
        if expected is None:
            assert found is None
        else:
            np.testing.assert_array_equal(scores >= found, scores >= expected)
            # Rounding to float32 does not move a clip over the threshold.
            assert np.abs(scores - found).min() > 1e-7


def test_a_class_that_never_reaches_the_precision_is_never_confident():
    truth = ["a"] * 20 + ["a", "b"] * 10
    output = np.array([[0.8, 0.1, 0.1, 0.0]] * 20 + [[0.3, 0.5, 0.2, 0.0]] * 20)
    found = fitted(truth, output, range(40))
    assert found.wanted == {"precision": 0.95}
    assert found.thresholds["a"] is not None
    assert [found.thresholds[name] for name in "bcd"] == [None] * 3
    assert found.limits()[1] == 2.0


def test_intervals_cover_new_groups():
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        # Each group has an error of its own, and twelve clips.
        error = np.abs(np.repeat(rng.normal(0, 1, 21), 12) + rng.normal(0, 0.5, 21 * 12))
        groups = np.repeat(np.arange(21), 12)
        width = half_width(error[groups < 20], groups[groups < 20], 0.9)
        covered.append(np.mean(error[groups == 20] <= width))
    # The standard error of the mean is about 0.012; the promise is a floor of 0.9.
    assert 0.9 - 0.025 < np.mean(covered) < 0.96


def test_one_clip_per_group_is_split_conformal_prediction():
    error = np.arange(1.0, 20.0)
    # Of 19 the ceil(20 * 0.9) = 18th.
    assert half_width(error, np.arange(19).astype(str), 0.9) == 18.0
    # NumPy's quantile of the same level, as mapie's split method takes it.
    level = np.ceil(20 * 0.9) / 19 - 1e-12
    expected = np.quantile(error, level, method="inverted_cdf")
    assert half_width(error, np.arange(19).astype(str), 0.9) == expected


def test_few_groups_have_the_width_of_their_worst():
    error = np.array([0.1] * 30 + [0.5] * 30)
    assert half_width(error, np.array(["a"] * 30 + ["b"] * 30), 0.9) == 0.5


def test_scores_get_an_interval_and_nothing_else():
    rng = np.random.default_rng(1)
    truth = rng.normal(size=60)
    output = truth + rng.uniform(-1, 1, 60)
    found = fit_calibration("regress", None, truth, output, np.arange(60) // 3)
    assert found.method == "conformal"
    assert found.level == 0.9
    low, high = found.interval(output)
    np.testing.assert_allclose(high - low, 2 * found.half_width)
    assert found.apply(output) is not None
    assert 0.7 < found.half_width < 1.0
    assert Calibration.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_what_cannot_be_used_is_left_out():
    assert fitted([], np.empty((0, 4)), []) is None
    output = np.array([[np.nan] * 4, [0.7, 0.1, 0.1, 0.1]])
    assert fitted(["a", "a"], output, ["x", "y"]).n == 1
    with pytest.raises(ValueError, match="Only scores have intervals"):
        Calibration(method="temperature", temperature=1.0).interval([1.0])
    with pytest.raises(ValueError, match="temperature"):
        Calibration(method="temperature", temperature=0.0)
