"""Measures of a model's confidence, against scikit-learn and formulas written out."""

import json

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn import metrics as reference
from sklearn.calibration import calibration_curve

from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.experiment import probability_metrics, resampling, selective
from kapre_like.models.experiment.confidence import confidence_of
from kapre_like.models.experiment.intervals import exact

NAMES = ["a", "b", "c"]


def clips(n=600, seed=0, sharp=1.0):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, 3))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    codes = np.array([rng.choice(3, p=row) for row in shares])
    output = np.exp(sharp * logits)
    return codes, output / output.sum(axis=1, keepdims=True), np.arange(n) // 20


def test_scores_of_probabilities_are_those_of_scikit_learn():
    codes, output, _ = clips()
    one_hot = np.eye(3)[codes]
    assert probability_metrics.log_loss(codes, output) == pytest.approx(
        reference.log_loss(codes, output), abs=1e-12
    )
    expected = np.mean(np.sum((output - one_hot) ** 2, axis=1))
    assert probability_metrics.brier(codes, output) == pytest.approx(expected, abs=1e-12)
    two = output[:, :2] / output[:, :2].sum(axis=1, keepdims=True)
    binary = codes % 2
    # scikit-learn's of two classes counts one of them.
    assert probability_metrics.brier(binary, two) == pytest.approx(
        2 * reference.brier_score_loss(binary, two[:, 1]), abs=1e-12
    )


def test_the_calibration_error_is_that_of_bins_of_equal_mass():
    codes, output, _ = clips(n=900)
    confidence, right = probability_metrics.answers(codes, output)
    # 900 clips make 15 bins of 60, whose edges fall between clips: no convention matters.
    share, mean = calibration_curve(right, confidence, n_bins=15, strategy="quantile")
    expected = np.mean(np.abs(share - mean))
    assert probability_metrics.ece(confidence, right) == pytest.approx(expected, abs=2e-3)
    bins = probability_metrics.reliability(confidence, right)
    assert [one["n"] for one in bins] == [60] * 15
    by_hand = sum(one["n"] * abs(one["confidence"] - one["accuracy"]) for one in bins) / 900
    assert probability_metrics.ece(confidence, right) == pytest.approx(by_hand, abs=1e-12)


def test_the_calibration_error_shows_overconfidence():
    codes, output, groups = clips(2000, sharp=3.0)
    figures = probability_metrics.answers(codes, output)
    error = probability_metrics.ece(*figures)
    assert error == pytest.approx(np.mean(figures[0]) - np.mean(figures[1]), abs=0.01)
    low, high = probability_metrics.ece_interval(*figures, groups)
    assert low < error < high
    assert high - low < 0.1
    # A clip of each of 100 groups, and the same clips ten times: no more is known.
    sure, right = np.repeat(figures[0][:100], 10), np.repeat(figures[1][:100], 10)
    wide = probability_metrics.ece_interval(sure, right, np.repeat(np.arange(100), 10))
    naive = probability_metrics.ece_interval(sure, right, np.arange(1000))
    assert wide[1] - wide[0] > 2 * (naive[1] - naive[0])


def sure_clips(n_groups, n_clips, sharp, spread, seed):
    """Confidences, right answers and groups; a group is easier or harder than the others."""
    rng = np.random.default_rng([seed, n_groups])
    confidence = expit(rng.normal(1.5, 1.2, (n_groups, n_clips)))
    easy = spread * rng.normal(size=(n_groups, 1))
    right = rng.random((n_groups, n_clips)) < expit(logit(confidence) / sharp + easy)
    groups = np.repeat(np.arange(n_groups), n_clips)
    return confidence.ravel(), right.ravel().astype(float), groups


def true_error(sharp, spread):
    """The calibration error of endless clips of endless groups, in the same bins."""
    confidence = np.sort(expit(np.random.default_rng(0).normal(1.5, 1.2, 60_000)))
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    shares = expit(logit(confidence)[:, None] / sharp + spread * nodes) @ weights
    gaps = confidence - shares / weights.sum()
    return np.abs(gaps.reshape(probability_metrics.BINS, -1).mean(axis=1)).mean()


@pytest.mark.parametrize(("n_groups", "n_clips"), [(4, 60), (12, 30)])
@pytest.mark.parametrize(("sharp", "spread"), [(1.0, 0.0), (1.6, 0.5), (2.5, 0.5)])
def test_the_interval_of_the_calibration_error_holds_the_true_one(
    n_groups, n_clips, sharp, spread
):
    truth, held = true_error(sharp, spread), 0
    for seed in range(100):
        figures = sure_clips(n_groups, n_clips, sharp, spread, seed)
        low, high = probability_metrics.ece_interval(*figures, n_draws=60)
        held += low <= truth <= high
    assert held >= 90


def test_a_calibration_error_of_few_clips_may_be_noise():
    confidence, right, groups = sure_clips(12, 30, 1.0, 0.0, seed=0)
    assert probability_metrics.ece(confidence, right) > 0.03
    low, high = probability_metrics.ece_interval(confidence, right, groups)
    assert low == 0 < high
    always = np.ones(50)
    bound = exact(0, 50)[1]
    assert probability_metrics.ece_interval(always, always, np.arange(50)) == [0.0, bound]


def test_risk_and_coverage_end_at_the_error_of_all():
    codes, output, _ = clips()
    confidence, right = probability_metrics.answers(codes, output)
    curve = selective.risk_coverage(confidence, right)
    assert curve["coverage"][-1] == 1.0
    assert curve["risk"][-1] == pytest.approx(1 - right.mean())
    assert np.all(np.diff(curve["coverage"]) > 0)
    for coverage, risk in list(zip(*curve.values(), strict=True))[::20]:
        surest = np.argsort(-confidence)[: round(coverage * len(right))]
        assert risk == pytest.approx(1 - right[surest].mean())


def test_auroc_is_scikit_learns():
    codes, output, _ = clips()
    confidence, right = probability_metrics.answers(codes, output)
    confidence = confidence.round(1)  # with ties
    expected = reference.roc_auc_score(right, confidence)
    assert selective.auroc(confidence, right) == pytest.approx(expected, abs=1e-12)
    assert selective.auroc(confidence, np.ones(len(right))) is None


def test_curves_of_precision_and_recall_are_scikit_learns():
    codes, output, _ = clips(n=80)
    curves = selective.pr_curves(codes, output, [*NAMES[:2], "never"])
    for code, name in enumerate(NAMES[:2]):
        precision, recall, _ = reference.precision_recall_curve(codes == code, output[:, code])
        # scikit-learn adds the point of no answer, and goes the other way.
        np.testing.assert_allclose(curves[name]["precision"], precision[:-1][::-1])
        np.testing.assert_allclose(curves[name]["recall"], recall[:-1][::-1])
    assert len(curves["never"]["recall"]) == 80
    assert "never" not in selective.pr_curves(codes % 2, output, [*NAMES[:2], "never"])
    assert (
        max(len(c["recall"]) for c in selective.pr_curves(*clips(999)[:2], NAMES).values())
        == 100
    )


def test_figures_of_each_class_are_scikit_learns():
    codes, output, groups = clips()
    best = output.argmax(axis=1)
    found = selective.per_class(codes, best, NAMES, groups)
    expected = reference.precision_recall_fscore_support(codes, best)
    for key, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert [one[key] for one in found.values()] == pytest.approx(list(values))
    for one in found.values():
        low, high = one["recall_interval"]
        assert low < one["recall"] < high
        assert one["f1_interval"][0] < one["f1"] < one["f1_interval"][1]
    never = selective.per_class(codes, 0 * best, NAMES, groups)
    assert never["b"]["precision"] is None
    assert never["b"]["recall_interval"] == list(exact(0, int(np.sum(codes == 1))))
    assert never["a"]["recall_interval"][1] == 1.0


def test_intervals_of_shares_resample_groups():
    hits = np.repeat([1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0], 20)
    counted, groups = np.ones(160), np.repeat(np.arange(8), 20)
    low, high = resampling.share_interval(hits, counted, groups)
    assert high - low > 0.4  # eight draws of one share, not 160
    low, high = resampling.share_interval(hits, counted, np.arange(160))
    assert high - low < 0.2


def fitted(**about):
    figures = {"method": "temperature", "temperature": 2.0, "n": 50, "groups": 5}
    return Calibration(**{**figures, **about}).to_json()


def test_a_comparison_gets_all_of_it_as_json():
    codes, raw, groups = clips(sharp=2.0)
    truth = [NAMES[code] for code in codes]
    limits = {"a": 0.8, "b": None, "c": 0.5}
    calibration = fitted(thresholds=limits, wanted={"precision": 0.9})
    output = Calibration.from_json(calibration).apply(raw)
    found = confidence_of(truth, output, raw, NAMES, groups, calibration)
    assert json.loads(json.dumps(found)) == found
    assert found["conformal"] is None
    about = found["calibration"]
    assert (about["method"], about["n"], about["groups"]) == ("temperature", 50, 5)
    assert about["after"]["ece"] < about["before"]["ece"]
    assert sum(one["n"] for one in about["reliability"]["after"]) == len(codes)
    thresholds = found["selective"]["thresholds"]
    best = output.argmax(axis=1)
    sure = (best == 0) & (output[:, 0] >= 0.8)
    assert thresholds["a"] == {
        "threshold": 0.8,
        "precision": np.mean(codes[sure] == 0),
        "recall": np.sum(sure & (codes == 0)) / np.sum(codes == 0),
    }
    assert thresholds["b"] == {"threshold": None, "precision": None, "recall": 0.0}


def test_folds_have_calibrations_of_their_own():
    codes, raw, groups = clips()
    truth, stages = [NAMES[code] for code in codes], np.arange(600) // 300
    figures = [
        fitted(thresholds={"a": 0.5, "b": 0.5, "c": 0.5}),
        fitted(temperature=1.0, thresholds={"a": 0.9, "b": None}, method="temperature"),
    ]
    output = np.concatenate(
        [Calibration.from_json(c).apply(raw[stages == i]) for i, c in enumerate(figures)]
    )
    found = confidence_of(truth, output, raw, NAMES, groups, figures, stages=stages)
    assert found["selective"]["thresholds"]["a"]["threshold"] == pytest.approx(0.7)
    limits = np.where(stages == 0, 0.5, 0.9)
    sure = (output.argmax(axis=1) == 0) & (output[:, 0] >= limits)
    assert found["selective"]["thresholds"]["a"]["precision"] == np.mean(codes[sure] == 0)
    nothing = confidence_of(
        truth, output, raw, NAMES, groups, [None, figures[0]], stages=stages
    )
    assert nothing["calibration"] is None
    assert nothing["selective"]["thresholds"] is None
    assert nothing["per_class"] is not None


def test_scores_have_the_coverage_of_their_intervals():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=200)
    output = truth + rng.uniform(-1, 1, 200)
    figures = Calibration(method="conformal", level=0.9, half_width=0.8).to_json()
    found = confidence_of(truth, output, output, None, np.arange(200) // 10, figures)
    about = found["conformal"]
    assert about["coverage"] == np.mean(np.abs(truth - output) <= 0.8)
    low, high = about["coverage_interval"]
    assert low < about["coverage"] < high
    assert (about["level"], about["half_width"]) == (0.9, pytest.approx(0.8))
    assert found["calibration"] is found["per_class"] is None


def test_an_unknown_label_is_an_error():
    codes, output, groups = clips(60)
    truth = ["new", *(NAMES[code] for code in codes[1:])]
    found = confidence_of(truth, output, output, NAMES, groups, fitted())
    assert np.isfinite(found["calibration"]["before"]["log_loss"])
    assert sum(one["support"] for one in found["per_class"].values()) == 59


def test_a_class_that_is_always_right_has_an_exact_interval_of_each_figure():
    codes = np.repeat([0, 1], 12)
    found = selective.per_class(codes, codes, NAMES[:2], np.tile(["x", "y", "z"], 8))
    for key in ("precision_interval", "recall_interval", "f1_interval"):
        assert found["a"][key] == pytest.approx([0.025 ** (1 / 12), 1.0])


@pytest.mark.parametrize("right", [[0.0], [1.0]])
@pytest.mark.parametrize("confidence", [0.3, 0.7, 1.0])
def test_one_clip_gives_no_calibration(confidence, right):
    given = np.array([confidence]), np.array(right)
    assert probability_metrics.ece_interval(*given, ["a"]) == [0.0, 1.0]
