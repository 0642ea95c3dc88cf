"""The length rule of a model: which part of a clip it processes. NumPy only.

Every model has one, saved in its recipe and its card: the whole clip, its middle, or the whole
clip in windows. `models/blocks/clip_windows.py` has the same rule as a Keras graph.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from kapre_like import _check

KINDS = ("whole", "center", "tiles")


@dataclass(frozen=True)
class LengthRule:
    """How a clip is cut before a model processes it.

    Attributes:
        kind: `"whole"`: the clip as it is. `"center"`: the `seconds` in its middle.
            `"tiles"`: windows of `seconds` that begin at 0, `seconds`, 2 * `seconds`, ...; the
            last is moved back so that it ends where the clip does. The answers
            (probabilities or scores) of the windows are averaged. A clip no longer than
            `seconds` is one window, itself.
        seconds: Float > 0; `None` with `"whole"`.

    Raises:
        ValueError: If `kind` is unknown, or `seconds` does not fit it.

    Example:
        >>> from kapre_like.models.artifact.length_rule import LengthRule
        >>> LengthRule("tiles", 2.0).spans(5, sample_rate=1)
        [(0, 2), (2, 4), (3, 5)]
    """

    kind: str = "whole"
    seconds: float | None = None

    def __post_init__(self) -> None:
        _check.one_of("LengthRule", KINDS, kind=self.kind)
        if self.kind != "whole":
            _check.positive("LengthRule", seconds=self.seconds)
        elif self.seconds is not None:
            _check.fail("LengthRule", "seconds", "None for the whole clip", self.seconds)

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Self:
        """Returns the rule of a recipe, or of what `kapre_like.metadata` returns.

        If no rule is named, it is `"center"` with `seconds`, and `"whole"` without.
        """
        seconds = facts.get("seconds")
        default = "whole" if seconds is None else "center"
        return cls(facts.get("length_rule") or default, seconds)

    def samples(self, sample_rate: int) -> int | None:
        """Returns the samples of a window; `None` for the whole clip."""
        if self.seconds is None:
            return None
        return max(1, round(self.seconds * sample_rate))

    def spans(self, samples: int, sample_rate: int) -> list[tuple[int, int]]:
        """Returns where the windows of a clip begin and end, in samples."""
        width = self.samples(sample_rate)
        if width is None or samples <= width:
            return [(0, samples)]
        last = samples - width
        if self.kind == "center":
            starts = [last // 2]
        else:
            starts = [min(start, last) for start in range(0, samples, width)]
        return [(start, start + width) for start in starts]

    def cut(self, waveform: np.ndarray, sample_rate: int) -> list[np.ndarray]:
        """Returns the windows of a 1-D waveform; at least one."""
        spans = self.spans(len(waveform), sample_rate)
        return [waveform[start:end] for start, end in spans]

    def __str__(self) -> str:
        return self.kind if self.seconds is None else f"{self.kind} {self.seconds:g} s"


def predict_by_rule(
    predict: Callable[[list[np.ndarray]], Any],
    waveforms: Sequence[np.ndarray],
    rule: LengthRule,
    sample_rate: int,
) -> np.ndarray:
    """Predicts the windows of each clip, and returns the mean over a clip's windows.

    Args:
        predict: Takes a list of windows; returns `(windows, classes)` probabilities or
            `(windows,)` scores.
        waveforms: 1-D arrays, one at least.
        rule: The model's rule.
        sample_rate: Int > 0, Hz.

    Returns:
        `(clips, classes)` or `(clips,)`: of each clip the mean over its windows.
    """
    windows = [rule.cut(waveform, sample_rate) for waveform in waveforms]
    answers = np.asarray(predict([window for clip in windows for window in clip]))
    counts = [len(clip) for clip in windows]
    if max(counts) == 1:
        return answers
    parts = np.split(answers, np.cumsum(counts)[:-1])
    return np.stack([part.mean(axis=0) for part in parts])
