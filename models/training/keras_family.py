"""Base class of the families that are one Keras model in one file: predict, save, load."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from kapre_like.models.artifact.families import Family
from kapre_like.models.artifact.length_rule import LengthRule
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.artifact.stages import Stage

if TYPE_CHECKING:
    import keras
    import numpy as np

_FILE = "model.keras"


class KerasFamily(Family):
    """A Keras model that maps waveforms to probabilities or scores, with its recipe.

    Args:
        model: Inputs `waveform (batch, samples)` and `length (batch,)`. It contains the
            recipe's length rule, but not its calibration.
        recipe: As in `recipe.json`.
        history: Learning curves.
    """

    needs: ClassVar[tuple[str, ...]] = ("tensorflow", "keras")
    install: ClassVar[str] = "kapre-like[tensorflow]"
    keras_modules: ClassVar[tuple[str, ...]] = (
        "kapre_like.layers",
        "kapre_like.models.artifact.card",
        "kapre_like.models.blocks.registered",
    )

    def __init__(
        self,
        model: "keras.Model",
        *,
        recipe: dict[str, Any],
        history: dict[str, list[float]] | None = None,
    ) -> None:
        self.model, self.recipe, self.history = model, recipe, history or {}
        self.importances = []
        if self.trains_on_valid:
            # A setting, a time limit or a single epoch may leave no second cycle.
            self.trains_on_valid = recipe.get("settings", {}).get("refit_epochs", 0) > 0

    @classmethod
    def trained(
        cls, network: "keras.Model", *, recipe: dict[str, Any], history: dict[str, list[float]]
    ) -> Self:
        """Returns an instance for a network that was trained on windows of clips.

        Args:
            network: The trained network.
            recipe: As in `recipe.json`; its length rule becomes part of the model.
            history: Learning curves.
        """
        from kapre_like.models.blocks.clip_windows import with_length_rule

        whole = with_length_rule(network, LengthRule.of(recipe), recipe["sample_rate"])
        return cls(whole, recipe=recipe, history=history)

    @cached_property
    def _predict(self) -> Any:
        from kapre_like.models.artifact.predicting import compiled

        return compiled(self.model)

    def predict(self, waveforms: Sequence["np.ndarray"]) -> "np.ndarray":
        """Returns probabilities `(clips, classes)` or scores `(clips,)`.

        Args:
            waveforms: 1-D float32 arrays, whole clips at `recipe["sample_rate"]`.
        """
        from kapre_like.models.artifact.clip_batches import predict_clips

        rate, rule = self.recipe["sample_rate"], LengthRule.of(self.recipe)
        if rule.kind == "center":
            # The model does the same. Cutting first keeps unused samples out of the batches.
            waveforms = [rule.cut(waveform, rate)[0] for waveform in waveforms]
        return predict_clips(self._predict, waveforms, sample_rate=rate)

    def explain(self, waveform: "np.ndarray") -> list[Stage]:
        """Returns intermediate results of the network; see `explain_network`."""
        from kapre_like.models.training.explaining import explain_network

        return explain_network(self.model, waveform)

    @property
    def n_parameters(self) -> int:
        """Number of weights, moving averages included."""
        return int(self.model.count_params())

    def network(self) -> "keras.Model":
        """Returns the model to export, with its calibration."""
        from kapre_like.models.artifact.calibration import Calibration
        from kapre_like.models.blocks.calibrated import with_calibration

        found = Calibration.from_json(self.recipe.get("calibration"))
        return with_calibration(self.model, found)

    def model_files(self) -> list[str]:
        """Returns the names of the files that `save` writes."""
        return [_FILE]

    def save(self, folder: Path) -> None:
        """Writes `model.keras` atomically. The file contains the calibration."""
        from kapre_like._replacing import replacing

        with replacing(Path(folder) / _FILE) as temporary:
            self.network().save(temporary)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Loads what `save` wrote, and the recipe of the folder. Outputs are not calibrated."""
        from kapre_like.models.artifact.load import load_model
        from kapre_like.models.blocks.calibrated import without_calibration

        model = load_model(Path(folder) / _FILE, compile=False)
        return cls(without_calibration(model), recipe=read_recipe(folder))
