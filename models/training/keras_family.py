"""What every family of one Keras model in one file does alike: predict, save, load."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import keras
import numpy as np
import pandas as pd

from kapre_like.models.artifact.clip_batches import BATCH, BATCH_SECONDS, predict_clips
from kapre_like.models.artifact.load import load_model
from kapre_like.models.artifact.predicting import compiled
from kapre_like.models.artifact.recipe import read_recipe

_FILE = "model.keras"


class KerasFamily:
    """A Keras model from waveforms to probabilities or scores, with its recipe.

    Args:
        model: Inputs `waveform (batch, samples)` and `length (batch,)`.
        recipe: As in `recipe.json`.
        history: Learning curves.
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        recipe: dict[str, Any],
        history: dict[str, list[float]] | None = None,
    ) -> None:
        self.model, self.recipe, self.history = model, recipe, history or {}
        self.importances: list[tuple[str, float]] = []
        self._predict = compiled(model)

    def predict(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Probabilities `(clips, classes)` or scores `(clips,)` of float32 mono waveforms."""
        rate, seconds = self.recipe["sample_rate"], self.recipe["seconds"]
        return predict_clips(self._predict, waveforms, sample_rate=rate, seconds=seconds)

    @property
    def n_parameters(self) -> int:
        """Number of weights, moving averages included."""
        return int(self.model.count_params())

    def model_files(self) -> list[str]:
        """Names of the files that `save` writes."""
        return [_FILE]

    def save(self, folder: Path) -> None:
        """Writes `model.keras`, complete or not at all."""
        temporary = Path(folder) / f".{_FILE.replace('.', f'-{os.getpid()}.')}"
        self.model.save(temporary)
        temporary.replace(Path(folder) / _FILE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads what `save` wrote, with the recipe beside it."""
        return cls(load_model(Path(folder) / _FILE, compile=False), recipe=read_recipe(folder))


def clips_per_batch(train: pd.DataFrame, seconds: float | None) -> int:
    """32, or less where that leaves under 16 steps per epoch or clips are long.

    Args:
        train: Table with `duration_s`.
        seconds: Length of every clip, or `None` for their own.
    """
    length = float(train["duration_s"].mean()) if seconds is None else seconds
    most = min(len(train) // 16, BATCH_SECONDS / max(length, 0.1))
    return int(np.clip(most, 4, BATCH))
