"""Calibrates probabilities and scores, and marks confident answers. NumPy only.

`fit_calibration` fits a `Calibration` on clips that the model was not trained on. For classes
it is a temperature and, if there is enough data, an increasing map that all classes share.
Neither changes the order of the classes of a clip. For scores it is the half-width of an
interval. `models/blocks/calibrated.py` implements the calibration as a Keras layer.

Sources: C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017 (temperature);
J. Zhang et al., "Mix-n-Match", ICML 2020 (a shared map that keeps the order of the classes).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from kapre_like import _check

METHODS = ("temperature", "isotonic", "conformal")
LEVEL = 0.9


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Maps the raw output of a model to its answer.

    Attributes:
        method: `"temperature"` or `"isotonic"` (classes; the map follows the temperature), or
            `"conformal"` (scores).
        n: Number of held-out clips that it was fitted on.
        groups: Number of groups of these clips.
        temperature: Float > 0; probabilities are raised to the power of 1 / temperature.
        knots: Pairs `(x, y)` of the increasing map, which is linear between them. The first is
            `(0, 0)`. `None` without a map.
        thresholds: The lowest confident probability by class name; `None` for a class that is
            never confident. `None` if no target was given.
        wanted: The target of the thresholds, such as `{"precision": 0.95}`.
        level: Share of the true scores that the intervals should contain.
        half_width: Half the width of an interval.

    Example:
        >>> from kapre_like.models.artifact.calibration import Calibration
        >>> Calibration(method="temperature", temperature=0.5).apply([[0.25, 0.75]]).round(2)
        array([[0.1, 0.9]])
    """

    method: str
    n: int = 0
    groups: int = 0
    temperature: float | None = None
    knots: tuple[tuple[float, float], ...] | None = None
    thresholds: dict[str, float | None] | None = None
    wanted: dict[str, float] | None = None
    level: float | None = None
    half_width: float | None = None

    def __post_init__(self) -> None:
        _check.one_of("Calibration", METHODS, method=self.method)
        if self.method == "conformal":
            _check.non_negative("Calibration", half_width=self.half_width)
        else:
            _check.positive("Calibration", temperature=self.temperature)

    def apply(self, probabilities: Any) -> np.ndarray:
        """Returns calibrated probabilities `(clips, classes)`; returns scores unchanged.

        A probability of 0 stays 0.
        """
        p = np.asarray(probabilities)
        if self.method == "conformal":
            return p
        q = tempered(p.astype(np.float64), self.temperature)
        if self.knots is not None:
            q = normalized(np.interp(q, *zip(*self.knots, strict=True)))
        return q.astype(p.dtype) if p.dtype.kind == "f" else q

    def interval(self, scores: Any) -> tuple[np.ndarray, np.ndarray]:
        """Returns the lower and upper ends of the intervals of scores `(clips,)`."""
        if self.method != "conformal":
            raise ValueError(
                "Calibration.interval: `method` must be 'conformal'. Received: "
                f"method={self.method!r}. Only scores have intervals."
            )
        scores = np.asarray(scores, np.float64)
        return scores - self.half_width, scores + self.half_width

    def limits(self) -> list[float] | None:
        """Returns the lowest confident probability of each class; `None` if unknown.

        A class that is never confident has the limit 2.
        """
        if self.thresholds is None:
            return None
        return [2.0 if limit is None else limit for limit in self.thresholds.values()]

    def to_json(self) -> dict[str, Any]:
        """Returns the attributes that are not `None` as JSON values, for a recipe."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        if self.knots is not None:
            values["knots"] = [list(knot) for knot in self.knots]
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Self | None:
        """Returns the calibration that `to_json` described; `None` for `None`."""
        if value is None:
            return None
        values = dict(value)
        if "knots" in values:
            values["knots"] = tuple((float(x), float(y)) for x, y in values["knots"])
        return cls(**values)


def fit_calibration(
    task: str,
    class_names: Sequence[str] | None,
    truth: Sequence,
    output: Any,
    groups: Sequence,
    *,
    precision: float | None = None,
    recall: float | None = None,
) -> Calibration | None:
    """Fits a calibration on clips that a model was not trained on.

    Args:
        task: `"classify"` or `"regress"`.
        class_names: Names in the order of the output's columns, or `None`.
        truth: The true labels or scores.
        output: Raw probabilities `(clips, classes)` or scores `(clips,)`.
        groups: The group of each clip, such as its speaker.
        precision: Share of the confident answers of each class that should be right. If
            neither `precision` nor `recall` is given, it is 0.95.
        recall: Share of the clips of each class that should have a confident and right answer.

    Returns:
        The calibration; `None` if there are no clips with a finite output.
    """
    from kapre_like.models.artifact.calibration_fits import (
        class_thresholds,
        half_width,
        isotonic_knots,
        temperature_of,
    )

    output, groups = np.asarray(output, np.float64), np.asarray(groups, str)
    kept = np.isfinite(output if output.ndim == 1 else output.sum(axis=1))
    if not kept.any():
        return None
    output, groups = output[kept], groups[kept]
    about = {"n": len(output), "groups": len(np.unique(groups))}
    truth = [label for label, good in zip(truth, kept, strict=True) if good]
    if task == "regress":
        width = half_width(np.abs(np.asarray(truth, float) - output), groups, LEVEL)
        return Calibration(method="conformal", level=LEVEL, half_width=width, **about)
    number = {name: i for i, name in enumerate(class_names)}
    codes = np.array([number[label] for label in truth])
    output = normalized(output)
    temperature = temperature_of(codes, output)
    knots = isotonic_knots(codes, output, groups)
    fitted = Calibration(
        method="temperature" if knots is None else "isotonic",
        temperature=temperature,
        knots=knots,
    )
    wanted = {"recall": recall} if recall is not None else {"precision": precision or 0.95}
    limits = class_thresholds(codes, fitted.apply(output), **wanted)
    thresholds = dict(zip(class_names, limits, strict=True))
    return replace(fitted, thresholds=thresholds, wanted=wanted, **about)


def normalized(values: np.ndarray) -> np.ndarray:
    """Scales rows to sum to 1. A row of zeros becomes equal probabilities."""
    values = np.maximum(values, 0.0)
    total = values.sum(axis=1, keepdims=True)
    equal = np.full_like(values, 1.0 / values.shape[1])
    return np.divide(values, total, out=equal, where=total > 0)


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Returns `softmax(log(p) / temperature)` of rows of probabilities; 0 stays 0."""
    top = probabilities.max(axis=1, keepdims=True)
    share = np.divide(probabilities, top, out=np.ones_like(probabilities), where=top > 0)
    return normalized(np.maximum(share, 0.0) ** (1.0 / temperature))
