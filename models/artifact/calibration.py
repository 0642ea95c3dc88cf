"""Makes probabilities mean what they say, and says which answers are confident. NumPy only.

`fit_calibration` fits a `Calibration` on clips that the model has not learned from. For
classes it is a temperature, and where the data allow one increasing map that all classes
share; neither changes the order of the classes of a clip. For scores it is the half-width of
an interval. `models/blocks/calibrated.py` has the same as a Keras layer.

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
    """What turns the raw output of a model into its answer.

    Attributes:
        method: `"temperature"` or `"isotonic"` (classes: the map comes after the temperature),
            or `"conformal"` (scores).
        n: Number of held-out clips that it was fitted on.
        groups: Number of groups of these clips.
        temperature: Float > 0; probabilities are raised to the power of 1 / temperature.
        knots: Pairs `(x, y)` of the increasing map, straight lines between them; the first is
            `(0, 0)`. `None` without a map.
        thresholds: By class name: from which probability on an answer is confident; `None` for
            a class that never is. `None` if nothing is asked for.
        wanted: What the thresholds were chosen for, such as `{"precision": 0.95}`.
        level: Share of the true scores that intervals are to contain.
        half_width: Half the width of such an interval.

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
        """Returns calibrated probabilities `(clips, classes)`; scores are returned as they are.

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
        """Returns from which probability on each class is confident; `None` if unknown.

        A class that is never confident has the limit 2.
        """
        if self.thresholds is None:
            return None
        return [2.0 if limit is None else limit for limit in self.thresholds.values()]

    def to_json(self) -> dict[str, Any]:
        """Returns what a recipe keeps: all that is not `None`."""
        told = {f.name: getattr(self, f.name) for f in fields(self)}
        if self.knots is not None:
            told["knots"] = [list(knot) for knot in self.knots]
        return {name: value for name, value in told.items() if value is not None}

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Self | None:
        """Returns what `to_json` wrote; `None` for `None`."""
        if value is None:
            return None
        told = dict(value)
        if "knots" in told:
            told["knots"] = tuple((float(x), float(y)) for x, y in told["knots"])
        return cls(**told)


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
    """Fits a calibration on clips that a model has not learned from.

    Args:
        task: `"classify"` or `"regress"`.
        class_names: Names in the order of the output's columns, or `None`.
        truth: The true labels or scores.
        output: Raw probabilities `(clips, classes)` or scores `(clips,)`.
        groups: The group of each clip, such as its speaker.
        precision: Of the answers that are to be confident, the share that is to be right. With
            neither it is 0.95.
        recall: Of each class's clips, the share that is to be recognized with confidence.

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
    """Returns rows that sum to 1; a row of zeros becomes equal shares."""
    values = np.maximum(values, 0.0)
    total = values.sum(axis=1, keepdims=True)
    equal = np.full_like(values, 1.0 / values.shape[1])
    return np.divide(values, total, out=equal, where=total > 0)


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Returns `softmax(log(p) / temperature)` of rows of probabilities; 0 stays 0."""
    top = probabilities.max(axis=1, keepdims=True)
    share = np.divide(probabilities, top, out=np.ones_like(probabilities), where=top > 0)
    return normalized(np.maximum(share, 0.0) ** (1.0 / temperature))
