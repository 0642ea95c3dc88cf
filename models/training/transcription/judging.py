"""Evaluates a network on the validation clips after each epoch: loss, WER, CER, examples."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from kapre_like.models.artifact.predicting import compiled
from kapre_like.models.blocks.frame_losses import CTCLoss
from kapre_like.models.text.greedy import greedy
from kapre_like.models.text.measures import Errors, errors
from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.training.loop import Progress

# Number of examples that are logged after each epoch.
EXAMPLES = 3


def text_loss(blank: int) -> CTCLoss:
    """Returns the training loss: CTC per token, averaged over the clips of a batch.

    If augmentation changed the speed of a clip so that it is too short for its text, its loss
    is 0.
    """
    return CTCLoss(
        blank=blank, zero_infinity=True, per_label=True, reduction="sum_over_batch_size"
    )


class Judge:
    """Transcribes the validation clips and computes the loss and the error rates.

    Args:
        pipeline: A `kapre_like.audio.Pipeline` without shuffling, with token numbers as labels.
        texts: The reference transcripts, in the same order.
        vocabulary: See `Vocabulary`.

    Attributes:
        texts: The network's transcripts after the last epoch.
    """

    def __init__(self, pipeline: Any, texts: Sequence[str], vocabulary: Vocabulary) -> None:
        self._pipeline, self._vocabulary = pipeline, vocabulary
        self._truth = [vocabulary.rule(text) for text in texts]
        self._loss = text_loss(vocabulary.blank)
        self._graph: tuple[Any, Callable[..., Any]] | None = None
        self.texts: list[str] = []

    def __call__(self, model: keras.Model) -> dict[str, float]:
        """Returns `valid_loss`, `valid_wer` and `valid_cer`."""
        self.texts, losses = [], []
        run = self._run(model)
        for (waveform, length), targets in self._pipeline.epoch(0).as_numpy_iterator():
            rows = run(waveform, length)
            losses.append(len(rows) * float(self._loss(targets, rows)))
            # Any `frame_seconds` will do, because only the text is used.
            self.texts += [
                greedy(row, self._vocabulary, frame_seconds=1.0).text for row in rows
            ]
        pairs = zip(self._truth, self.texts, strict=True)
        found = sum((errors(*pair) for pair in pairs), Errors())
        loss = sum(losses) / len(self.texts)
        return {"valid_loss": loss, "valid_wer": found.wer, "valid_cer": found.cer}

    def _run(self, model: keras.Model) -> Callable[..., np.ndarray]:
        """Returns a graph of the model. A resumed training has another model, so check it."""
        if self._graph is None or self._graph[0] is not model:
            self._graph = (model, compiled(model))
        return self._graph[1]

    def remark(self, progress: Progress) -> str:
        """Returns lines with example transcripts, which follow the log line of an epoch."""
        del progress
        clips = np.linspace(0, len(self._truth) - 1, min(EXAMPLES, len(self._truth)))
        return "".join(
            f"\n    {self._truth[n]!r} transcribed as {self.texts[n]!r}"
            for n in clips.astype(int)
        )
