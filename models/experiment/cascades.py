"""Evaluates a cascade of every two models of a comparison.

In a cascade the light model predicts all clips, and the heavy model predicts again those of
which the light one is unsure. The threshold is chosen on held-out clips, which neither model
was trained on, by the rule of `artifact/cascade_curve.py`. With folds, each fold has its own
threshold. Metrics are those of the test clips of all folds together. The cost of a clip is the
cost of the light model, plus the cost of the heavy model times the share of clips that it
predicts.

The interval is that of the difference to the heavy model alone. It resamples whole groups; see
`intervals.py`.
"""

import statistics
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from kapre_like.models.artifact.cascade_curve import (
    Curve,
    asks_heavy,
    cascade_curve,
    choose,
    thinned,
)
from kapre_like.models.experiment.calibrating import by_clip
from kapre_like.models.experiment.intervals import LEVEL, Gap, Judged, gap, judged
from kapre_like.models.experiment.splitting import Stage


class Answers(NamedTuple):
    """The predictions of two models for the same clips.

    Attributes:
        truth: `(clips,)` true class numbers.
        groups: `(clips,)` names of groups.
        light: `(clips, classes)` calibrated probabilities of the light model.
        heavy: `(clips, classes)` calibrated probabilities of the heavy model.
    """

    truth: np.ndarray
    groups: np.ndarray
    light: np.ndarray
    heavy: np.ndarray


def cascades(
    found: dict[str, list[dict[str, Any]]], stages: Sequence[Stage], *, task: str, seed: int = 0
) -> list[dict[str, Any]]:
    """Returns the cascade of every two models, cheapest pair first.

    Args:
        found: Results of `worker.run` by model name, one per stage: `output`, `held_out`,
            `calibration`, `class_names`, `latency_ms`.
        stages: The stages of the comparison.
        task: For other tasks than `"classify"` the list is empty, because scores and texts
            have no calibrated confidence to choose by.
        seed: Int >= 0, seed of the resamples.
    """
    if task != "classify":
        return []
    costs = {
        name: _cost_ms(results)
        for name, results in found.items()
        if all("latency_ms" in result for result in results)
    }
    made = []
    for light, heavy in combinations(sorted(costs, key=costs.__getitem__), 2):
        pairs = list(zip(found[light], found[heavy], stages, strict=True))
        held_out_folds = [held_out(*pair) for pair in pairs]
        if all(held_out_folds):
            test_folds = [tested(*pair) for pair in pairs]
            costs_ms = (costs[light], costs[heavy])
            made.append(
                cascade((light, heavy), costs_ms, held_out_folds, test_folds, seed=seed)
            )
    return made


def cascade(
    names: tuple[str, str],
    costs_ms: tuple[float, float],
    held_out_folds: Sequence[Answers],
    test_folds: Sequence[Answers],
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Returns one cascade as JSON values.

    Args:
        names: Names of the light and the heavy model.
        costs_ms: Floats > 0, mean computing time per clip of both models.
        held_out_folds: Predictions for held-out clips, to choose the threshold, per fold.
        test_folds: Predictions for test clips, per fold.
        seed: Int >= 0, seed of the resamples.

    Returns:
        `light`, `heavy`; `threshold` (median over folds) and `thresholds`; `chosen_on`
        (`clips`, `groups`); `share_heavy`, `metrics` (`accuracy`, `balanced_accuracy`),
        `heavy_metrics`, `light_metrics`; `difference` to the heavy model in balanced accuracy
        and its `interval`; `cost_ms`, `cost_ratio` (to the heavy model); `curve` on the test
        clips; `text`, one sentence.
    """
    thresholds = [_threshold(fold) for fold in held_out_folds]
    unsure = np.concatenate(
        [asks_heavy(fold.light, t) for fold, t in zip(test_folds, thresholds, strict=True)]
    )
    test = _pooled(test_folds)
    answers = np.where(unsure[:, None], test.heavy, test.light)
    own, heavy, light = (_judged(test, a, seed) for a in (answers, test.heavy, test.light))
    difference = gap(own, heavy, "balanced_accuracy")
    share, (light_ms, heavy_ms) = float(unsure.mean()), costs_ms
    cost_ms = light_ms + share * heavy_ms
    found = {
        "light": names[0],
        "heavy": names[1],
        "threshold": statistics.median(thresholds),
        "thresholds": thresholds,
        "chosen_on": {
            "clips": sum(len(fold.truth) for fold in held_out_folds),
            "groups": len({group for fold in held_out_folds for group in fold.groups}),
        },
        "share_heavy": share,
        "metrics": _shares(own),
        "heavy_metrics": _shares(heavy),
        "light_metrics": _shares(light),
        "difference": difference.value,
        "interval": _interval(difference, test, answers),
        "cost_ms": cost_ms,
        "cost_ratio": cost_ms / heavy_ms,
        "curve": _points(cascade_curve(test.truth, test.light, test.heavy), *costs_ms),
    }
    return {**found, "text": sentence(found)}


def held_out(light: dict[str, Any], heavy: dict[str, Any], stage: Stage) -> Answers | None:
    """Returns the predictions of two models for clips that neither was trained on.

    Args:
        light: Result of `worker.run` for the light model. `held_out` contains `digests` (of
            clips or of their windows) and raw `output`.
        heavy: Result of `worker.run` for the heavy model.
        stage: The tables with label and group of each digest.

    Returns:
        `None` if there are no such clips.
    """
    import pandas as pd

    both_held_out = [result.get("held_out") for result in (light, heavy)]
    if not all(both_held_out):
        return None
    rows = pd.concat([stage.train, stage.valid], ignore_index=True).drop_duplicates("digest")
    answers = [
        by_clip(list(rows["digest"]), list(one["digests"]), np.asarray(one["output"], float))
        for one in both_held_out
    ]
    both = [i for i, pair in enumerate(zip(*answers, strict=True)) if not _lacks(pair)]
    if not both:
        return None
    outputs = [
        _calibrated(result, np.stack([answer[i] for i in both]))
        for result, answer in zip((light, heavy), answers, strict=True)
    ]
    rows = rows.iloc[both]
    truth = _numbers(rows["label"], light["class_names"])
    return Answers(truth, rows["group"].to_numpy(str), *outputs)


def tested(light: dict[str, Any], heavy: dict[str, Any], stage: Stage) -> Answers:
    """Returns the predictions of two models for the test clips of a stage."""
    outputs = [np.asarray(result["output"], float) for result in (light, heavy)]
    truth = _numbers(stage.test["label"], light["class_names"])
    return Answers(truth, stage.test["group"].to_numpy(str), *outputs)


def sentence(found: dict[str, Any]) -> str:
    """Returns gain and cost of a cascade as one sentence."""
    light, heavy, share = found["light"], found["heavy"], found["share_heavy"]
    own, alone = (
        _percent(found[key]["balanced_accuracy"]) for key in ("metrics", "heavy_metrics")
    )
    beside = f"({heavy} alone: {alone}, in balanced accuracy)"
    if found["cost_ratio"] >= 1.0:
        return (
            f"no saving, because {light} first and {heavy} for {_percent(share, 0)} of clips "
            f"costs {found['cost_ratio']:.2g} times {heavy} alone, for {own} {beside}"
        )
    if share == 0.0:
        return (
            f"send no clip to {heavy}: it does not improve on {light}, which alone reaches "
            f"{own} at {found['cost_ratio']:.2g} of its cost {beside}"
        )
    if found["light_metrics"]["balanced_accuracy"] >= found["metrics"]["balanced_accuracy"]:
        first = _percent(found["light_metrics"]["balanced_accuracy"])
        return f"none: {light} alone takes less computing and reaches {first} {beside}"
    return (
        f"send {_percent(share, 0)} of clips to {heavy}: {own} at "
        f"{found['cost_ratio']:.2g} of its cost ({heavy} alone: {alone})"
    )


def _lacks(pair: tuple[Any, Any]) -> bool:
    return any(answer is None for answer in pair)


def _cost_ms(results: list[dict[str, Any]]) -> float:
    """Returns the mean computing time of single clips, over clips and stages."""
    return statistics.fmean(r["latency_ms"]["batch_1"]["compute_ms"] for r in results)


def _calibrated(result: dict[str, Any], output: np.ndarray) -> np.ndarray:
    if not result.get("calibration"):
        return output
    from kapre_like.models.artifact.calibration import Calibration

    return Calibration.from_json(result["calibration"]).apply(output)


def _numbers(labels: Any, class_names: list[str]) -> np.ndarray:
    """Returns class numbers. Labels that the models do not know get the next numbers."""
    known = {name: number for number, name in enumerate(class_names)}
    return np.array([known.setdefault(label, len(known)) for label in labels], int)


def _threshold(fold: Answers) -> float:
    curve = cascade_curve(fold.truth, fold.light, fold.heavy)
    return float(curve.threshold[choose(curve)])


def _pooled(folds: Sequence[Answers]) -> Answers:
    return Answers(*(np.concatenate(parts) for parts in zip(*folds, strict=True)))


def _judged(test: Answers, answers: np.ndarray, seed: int) -> Judged:
    return judged("classify", test.truth, answers.argmax(axis=1), test.groups, seed=seed)


def _interval(difference: Gap, test: Answers, answers: np.ndarray) -> list[float]:
    """Returns the ends of the interval of the difference.

    If cascade and heavy model are right on the same clips, all resamples have the difference 0.
    The interval is then the exact bound for 0 of n differing clips (Clopper and Pearson 1934).
    """
    right = [a.argmax(axis=1) == test.truth for a in (answers, test.heavy)]
    if not np.array_equal(*right):
        return [difference.low, difference.high]
    bound = 1.0 - (0.5 * (1.0 - LEVEL)) ** (1.0 / len(test.truth))
    return [-bound, bound]


def _shares(found: Judged) -> dict[str, float]:
    return {name: found.values[name] for name in ("accuracy", "balanced_accuracy")}


def _points(curve: Curve, light_ms: float, heavy_ms: float) -> list[dict[str, float]]:
    curve = thinned(curve)
    return [
        {
            "threshold": float(curve.threshold[i]),
            "share_heavy": float(curve.share_heavy[i]),
            "accuracy": float(curve.accuracy[i]),
            "balanced_accuracy": float(curve.balanced_accuracy[i]),
            "cost_ms": float(light_ms + curve.share_heavy[i] * heavy_ms),
        }
        for i in range(len(curve.threshold))
    ]


def _percent(value: float, digits: int = 1) -> str:
    return f"{100.0 * value:.{digits}f} %"
