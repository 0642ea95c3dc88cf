"""Measures on test clips how reliable the confidence of a model is."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kapre_like.models.artifact.calibration import LEVEL, Calibration, normalized
from kapre_like.models.experiment import selective
from kapre_like.models.experiment.probability_metrics import (
    answers,
    brier,
    codes_of,
    ece,
    ece_interval,
    log_loss,
    reliability,
)
from kapre_like.models.experiment.resampling import share_interval

Calibrations = Mapping[str, Any] | Sequence[Mapping[str, Any] | None] | None


def confidence_of(
    truth: Sequence,
    output: Any,
    raw_output: Any,
    class_names: Sequence[str] | None,
    groups: Sequence,
    calibration: Calibrations,
    *,
    stages: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Returns the entries of `compare.json` on the confidence of a model, as JSON values.

    Args:
        truth: The true labels, scores or texts of test clips.
        output: Calibrated probabilities `(clips, classes)`, or scores or texts `(clips,)`.
        raw_output: The same before calibration; `None` if it is unknown.
        class_names: Class names in the order of the columns; `None` for scores and texts.
        groups: The group of each clip.
        calibration: The entry `calibration` of a recipe; with `stages`, a list with one entry
            per fold.
        stages: The number of the fold of each clip. `None`: all clips are of one fold.

    Returns:
        For classes `calibration` (`method`, `n`, `groups`, `before`, `after`, `reliability`;
        `None` for a model without calibration), `selective` (`risk_coverage`, `auroc`,
        `thresholds`), `pr_curves` and `per_class`. For scores `conformal` (`level`,
        `half_width`, `coverage`, `coverage_interval`), or `None`. Entries of other tasks are
        `None`.
    """
    stages = np.zeros(len(truth), int) if stages is None else np.asarray(stages, int)
    single = calibration is None or isinstance(calibration, Mapping)
    fitted = [Calibration.from_json(c) for c in ([calibration] if single else calibration)]
    found: dict[str, Any] = dict.fromkeys(
        ("calibration", "selective", "pr_curves", "per_class", "conformal")
    )
    if class_names is None:
        found["conformal"] = _conformal(truth, output, groups, fitted, stages)
        return found
    codes = codes_of(truth, class_names)
    after = normalized(np.asarray(output, float))
    confidence, right = answers(codes, after)
    if None not in fitted:
        raw = None if raw_output is None else normalized(np.asarray(raw_output, float))
        found["calibration"] = _calibration(codes, raw, after, groups, fitted)
    found["selective"] = {
        "risk_coverage": selective.risk_coverage(confidence, right),
        "auroc": selective.auroc(confidence, right),
        "thresholds": _thresholds(codes, after, class_names, fitted, stages),
    }
    found["pr_curves"] = selective.pr_curves(codes, after, class_names)
    found["per_class"] = selective.per_class(codes, after.argmax(axis=1), class_names, groups)
    return found


def quality(codes: np.ndarray, probabilities: np.ndarray, groups: Sequence) -> dict[str, Any]:
    """Returns `ece`, `ece_interval`, `brier` and `log_loss` of probabilities."""
    confidence, right = answers(codes, probabilities)
    return {
        "ece": ece(confidence, right),
        "ece_interval": ece_interval(confidence, right, groups),
        "brier": brier(codes, probabilities),
        "log_loss": log_loss(codes, probabilities),
    }


def _calibration(
    codes: np.ndarray,
    before: np.ndarray | None,
    after: np.ndarray,
    groups: Sequence,
    fitted: list[Calibration],
) -> dict[str, Any]:
    by_name = {"before": before, "after": after}
    methods = list(dict.fromkeys(one.method for one in fitted))
    return {
        "method": ", ".join(methods),
        "n": round(float(np.mean([one.n for one in fitted]))),
        "groups": round(float(np.mean([one.groups for one in fitted]))),
        **{name: p if p is None else quality(codes, p, groups) for name, p in by_name.items()},
        "reliability": {
            name: p if p is None else reliability(*answers(codes, p))
            for name, p in by_name.items()
        },
    }


def _thresholds(
    codes: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    fitted: list[Calibration | None],
    stages: np.ndarray,
) -> dict[str, Any] | None:
    if any(one is None or one.thresholds is None for one in fitted):
        return None
    # A limit above 1 is never reached: a fold may lack a class, or a class its threshold.
    limits = np.array(
        [
            [
                2.0 if (limit := one.thresholds.get(name)) is None else limit
                for name in class_names
            ]
            for one in fitted
        ]
    )
    return selective.at_thresholds(codes, probabilities, class_names, limits[stages])


def _conformal(
    truth: Sequence,
    output: Any,
    groups: Sequence,
    fitted: list[Calibration | None],
    stages: np.ndarray,
) -> dict[str, Any] | None:
    if None in fitted:
        return None  # also for texts, which have no calibration
    widths = np.array([one.half_width for one in fitted])[stages]
    error = np.abs(np.asarray(truth, float) - np.asarray(output, float))
    inside = (error <= widths).astype(float)
    return {
        "level": LEVEL,
        "half_width": float(np.mean(widths)),
        "coverage": float(inside.mean()),
        "coverage_interval": share_interval(inside, np.ones(len(inside)), groups),
    }
