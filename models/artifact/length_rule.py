"""The length rule of a model: which part of a clip the model processes. NumPy only.

The model processes the whole clip, its middle, or all of it in windows. The rule is saved in
the recipe and in the card. `models/blocks/clip_windows.py` implements it as a Keras graph.
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
        kind: `"whole"`: the clip is not cut. `"center"`: the `seconds` in its middle are used.
            `"tiles"`: windows of `seconds` begin at 0, `seconds`, 2 * `seconds`, ...; the last
            window is moved back to end where the clip ends. The outputs (probabilities or
            scores) of the windows are averaged. A clip no longer than `seconds` is a single
            window.
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
        """Returns the rule from a recipe, or from the result of `kapre_like.metadata`.

        If `length_rule` is missing, the rule is `"center"` if there are `seconds`, and
        `"whole"` if there are none.
        """
        seconds = facts.get("seconds")
        default = "whole" if seconds is None else "center"
        return cls(facts.get("length_rule") or default, seconds)

    def samples(self, sample_rate: int) -> int | None:
        """Returns the length of a window in samples; `None` for the whole clip."""
        if self.seconds is None:
            return None
        return max(1, round(self.seconds * sample_rate))

    def spans(self, samples: int, sample_rate: int) -> list[tuple[int, int]]:
        """Returns the first sample of each window of a clip, and the sample after its last."""
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
    """Predicts the windows of each clip, and returns the mean over the windows of a clip.

    Args:
        predict: Function that takes a list of windows, and returns `(windows, classes)`
            probabilities or `(windows,)` scores.
        waveforms: 1-D arrays, at least one.
        rule: The length rule of the model.
        sample_rate: Int > 0, Hz.

    Returns:
        Array `(clips, classes)` or `(clips,)`.
    """
    windows = [rule.cut(waveform, sample_rate) for waveform in waveforms]
    answers = np.asarray(predict([window for clip in windows for window in clip]))
    counts = [len(clip) for clip in windows]
    if max(counts) == 1:
        return answers
    parts = np.split(answers, np.cumsum(counts)[:-1])
    return np.stack([part.mean(axis=0) for part in parts])
