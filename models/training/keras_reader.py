"""Reader of `.keras` files that end in a `ModelCard`."""

import zipfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kapre_like import running
from kapre_like.models.artifact.exported import recipe_of
from kapre_like.models.artifact.stages import Stage
from kapre_like.models.text.answering import Transcriber
from kapre_like.saving import find_card_in_file, metadata

if TYPE_CHECKING:
    import keras
    import numpy as np


class KerasNetwork:
    """A Keras model with the facts of its card.

    Args:
        model: Maps `waveform (batch, samples)` and `length (batch,)` to probabilities or
            scores. It contains the length rule.
        recipe: `task`, `class_names`, `sample_rate`, `seconds`, `length_rule`.
    """

    cuts_itself = True
    calibrated = True

    def __init__(self, model: "keras.Model", recipe: dict[str, Any]) -> None:
        self.model, self.recipe = model, recipe

    @cached_property
    def _run(self) -> Any:
        from kapre_like.models.artifact.predicting import compiled

        return compiled(self.model)

    def predict(self, waveforms: Sequence["np.ndarray"]) -> "np.ndarray":
        """Returns `(clips, classes)` probabilities or `(clips,)` scores of mono waveforms."""
        from kapre_like.models.artifact.clip_batches import predict_clips

        return predict_clips(self._run, waveforms, sample_rate=self.recipe["sample_rate"])

    def explain(self, waveform: "np.ndarray") -> list[Stage]:
        """Returns intermediate results of the network; see `explain_network`."""
        from kapre_like.models.training.explaining import explain_network

        return explain_network(self.model, waveform)


class KerasFile:
    """Reads `.keras` files of classifiers and regressors."""

    kind = "a .keras file with a ModelCard"

    def recognizes(self, path: Path) -> bool:
        """Returns whether it is a `.keras` file, other than a checkpoint without a recipe."""
        if path.suffix != ".keras" or not path.is_file():
            return False
        card = find_card_in_file(path) if zipfile.is_zipfile(path) else None
        return card is None or card["checkpoint"] is None or bool(card["recipe"])

    def open(self, path: Path) -> "KerasNetwork | Transcriber":
        """Opens the file with the classes of every installed family.

        Raises:
            ValueError: If it has no card, or its output is not probabilities, scores or text.
            ImportError: If Keras is missing. The message names the extra to install.
        """
        running.package("keras", "tensorflow", f"{path}: a Keras model")
        from kapre_like.models.artifact.load import load_model

        recipe = recipe_of(path)
        card = metadata(path)
        output = card.get("output")
        if output == "log_probabilities" and card["text"]:
            from kapre_like.models.artifact.predicting import compiled

            model = load_model(path, compile=False)
            return Transcriber(compiled(model), {**recipe, "text": card["text"]})
        if output not in ("probabilities", "score"):
            raise ValueError(
                f"{path}: a network for {recipe['task']!r} whose output is {output}, not the "
                "probabilities or score of a clip. Use kapre_like.load_model for the bare "
                "network."
            )
        return KerasNetwork(load_model(path, compile=False), recipe)
