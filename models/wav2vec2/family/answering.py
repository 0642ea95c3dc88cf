"""Prediction for clips with a Wav2Vec2 network in Keras."""

import keras
import numpy as np

from kapre_like.models.artifact.card import card_of
from kapre_like.models.artifact.predicting import Predict, compiled
from kapre_like.models.artifact.stages import Stage
from kapre_like.models.training.explaining import explain_network
from kapre_like.models.wav2vec2.backbone.frame_times import FrameClock
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.family.answers import AnsweringNetwork
from kapre_like.models.wav2vec2.family.long_clips import WINDOW_SECONDS, windows_of


def in_windows(model: keras.Model) -> Predict:
    """Returns `compiled(model)` for batches of at most one long clip's window of sound.

    On 2 cores larger batches save at most 5 % of the time, and need memory in proportion to
    their size.
    """
    rate = card_of(model).facts()["sample_rate"]
    return compiled(model, max_samples=round(WINDOW_SECONDS * rate))


class CheckpointModel(AnsweringNetwork):
    """A Keras network with the interface of an opened model; see `AnsweringNetwork`.

    Args:
        model: Model with the inputs `[waveform, length]` and a card.
        name: Name of the model for error messages.
    """

    def __init__(self, model: keras.Model, name: str) -> None:
        self.model = model
        super().__init__(
            in_windows(model),
            card_of(model).facts(),
            FrameClock.of_model(model),
            name,
            # With Hugging Face's padding the output depends on the other clips of the batch.
            padded=CheckpointFacts.of(model).padding == "exact",
        )

    def explain(self, waveform: np.ndarray) -> list[Stage]:
        """Returns the stages of computation, of the first window for a long clip."""
        windows = windows_of(len(waveform), self._clock)
        stages = explain_network(self.model, waveform[: windows[0].end])
        if len(windows) == 1:
            return stages
        rate = self.recipe["sample_rate"]
        spans = [[round(w.start / rate, 4), round(w.end / rate, 4)] for w in windows]
        facts = {"windows": len(windows), "seconds": spans}
        return [("long clip: windows; the first follows", facts), *stages]
