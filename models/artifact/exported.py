"""Keras models that left their folder, a `.keras` file or a SavedModel, opened to predict."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

import kapre_like
from kapre_like.models.artifact.clip_batches import predict_clips
from kapre_like.models.artifact.predicting import compiled


class Exported:
    """A network with the facts it carries, under the two names that every model answers to.

    Args:
        recipe: `task`, `class_names`, `sample_rate`, `seconds`; not what it was trained on.
        call: Takes `waveform (batch, samples)`, `length (batch,)`; returns probabilities or
            scores.
    """

    def __init__(self, recipe: dict[str, Any], call: Callable[..., Any]):
        self.recipe = recipe
        self._call = call

    def predict(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Probabilities `(clips, classes)` or scores `(clips,)` of float32 mono waveforms."""
        rate = self.recipe["sample_rate"]
        return predict_clips(self._call, waveforms, sample_rate=rate, seconds=None)


def open_exported(path: Path) -> Exported:
    """Opens a `.keras` file or a SavedModel folder that carries this library's metadata."""
    facts = kapre_like.metadata(path)
    told = {key: facts[key] for key in ("task", "class_names", "sample_rate")}
    recipe = {"family": path.name, "seconds": None, **(facts["recipe"] or {}), **told}
    if path.is_file():
        model = kapre_like.load_model(path, compile=False)
        return Exported(recipe, compiled(model))
    endpoint = keras.layers.TFSMLayer(str(path), call_endpoint="serve")
    key = "score" if recipe["task"] == "regress" else "probabilities"
    return Exported(recipe, lambda waveform, length: endpoint(waveform, length=length)[key])
