"""Judges a network on the validation clips after each epoch: loss, wrong words, examples."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from kapre_like.models.artifact.predicting import compiled
from kapre_like.models.blocks.frame_losses import CTCLoss
from kapre_like.models.text.greedy import greedy
from kapre_like.models.text.measures import errors
from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.training.loop import Progress

# Examples that are shown after each epoch.
EXAMPLES = 3


def text_loss(blank: int) -> CTCLoss:
    """Returns the loss that networks for text are trained by: the mean per token and clip.

    A clip that became too short for its text by a change of its speed counts as 0.
    """
    return CTCLoss(
        blank=blank, zero_infinity=True, per_label=True, reduction="sum_over_batch_size"
    )


class Judge:
    """What a network writes for the validation clips.

    Args:
        pipeline: A `kapre_like.audio.Pipeline` in order, with numbers of tokens as labels.
        texts: The true texts, in the same order.
        vocabulary: See `Vocabulary`.

    Attributes:
        said: What the network wrote after the last epoch.
    """

    def __init__(self, pipeline: Any, texts: Sequence[str], vocabulary: Vocabulary) -> None:
        self._pipeline, self._vocabulary = pipeline, vocabulary
        self._truth = [vocabulary.rule(text) for text in texts]
        self._loss = text_loss(vocabulary.blank)
        self._graph: tuple[Any, Callable[..., Any]] | None = None
        self.said: list[str] = []

    def __call__(self, model: keras.Model) -> dict[str, float]:
        """Returns `valid_loss` and `valid_wer`."""
        self.said, losses = [], []
        run = self._run(model)
        for (waveform, length), targets in self._pipeline.epoch(0).as_numpy_iterator():
            rows = run(waveform, length)
            losses.append(len(rows) * float(self._loss(targets, rows)))
            # Times do not matter here.
            self.said += [greedy(row, self._vocabulary, frame_seconds=1.0).text for row in rows]
        return {"valid_loss": sum(losses) / len(self.said), "valid_wer": self._wer()}

    def _run(self, model: keras.Model) -> Callable[..., np.ndarray]:
        """One graph for each model: a training that resumes continues with another one."""
        if self._graph is None or self._graph[0] is not model:
            self._graph = (model, compiled(model))
        return self._graph[1]

    def _wer(self) -> float:
        found = [errors(*pair) for pair in zip(self._truth, self.said, strict=True)]
        wrong, words = sum(one.word_errors for one in found), sum(one.words for one in found)
        return wrong / max(words, 1)

    def remark(self, progress: Progress) -> str:
        """Returns the lines with examples that follow the line of an epoch."""
        del progress
        places = np.linspace(0, len(self._truth) - 1, min(EXAMPLES, len(self._truth)))
        return "".join(
            f"\n    {self._truth[n]!r} heard as {self.said[n]!r}" for n in places.astype(int)
        )


def went_wrong(progress: Progress) -> bool:
    """Returns whether the last epoch's training loss is no number."""
    losses = progress.history.get("train_loss") or [0.0]
    return not math.isfinite(losses[-1])
