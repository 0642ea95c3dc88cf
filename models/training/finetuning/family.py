"""Base class of the families that fine-tune a network."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from kapre_like.models.training.finetuning.settings import FineTuning, StageSettings, plan
from kapre_like.models.training.keras_family import KerasFamily

if TYPE_CHECKING:
    import keras
    import pandas as pd

    from kapre_like.models.blocks.layer_places import LayerPlaces


class Built(NamedTuple):
    """A network with a new head.

    Attributes:
        model: Maps `[waveform, length]` to probabilities or scores.
        places: Positions of its layers under the head.
    """

    model: "keras.Model"
    places: "LayerPlaces"


class Start(NamedTuple):
    """The network before training, and how to build it.

    Attributes:
        facts: Facts on the network for the recipe's settings, including `notes`.
        build: Function of a recipe whose settings contain these facts, and of a `FineTuning`
            or `None`. It returns a `Built` with the precision of the `FineTuning`; `None`
            means float32.
        fitted: Whether the head is already fitted. Then the network is also evaluated before
            the first epoch.
    """

    facts: dict[str, Any]
    build: Callable[[dict[str, Any], FineTuning | None], Built]
    fitted: bool = False


class FineTunedFamily(KerasFamily):
    """A network with a new head, trained in two stages; see `FineTuning`.

    A subclass defines the network by `is_pretrained` and `start`.

    Args:
        model: A `keras.Model` as `start` builds it, with the recipe's length rule.
        recipe: As in `recipe.json`. Its `settings` also contain all fields of `FineTuning`,
            `best_epoch` of the stages (0 is the network before the first epoch),
            `refit_epochs`, the epochs on all clips, `collapsed`, the facts of `start`, and in
            `notes` sentences for the users of the model.
        history: Learning curves: `train_loss` and `valid_loss` with their accuracies, and
            `valid_top_class` and `valid_spread` of `blocks/collapse.py`.
    """

    trains_on_valid = True
    # How a user selects pretrained weights, for the message about a collapsed model.
    hint: ClassVar[str] = ""
    # Defaults for pretrained weights that differ from those of `plan`.
    usual: ClassVar[dict[str, Any]] = {}

    @classmethod
    def is_pretrained(cls, settings: Any) -> bool:
        """Returns whether the network has pretrained weights."""
        raise NotImplementedError

    @classmethod
    def start(
        cls,
        train: "pd.DataFrame",
        recipe: dict[str, Any],
        settings: Any,
        unit: dict[str, float] | None,
        log: Callable[[str], None],
    ) -> Start:
        """Returns the network before training.

        Args:
            train: Table of the training clips.
            recipe: As in `train`.
            settings: An instance of `Settings`.
            unit: `score_scale` and `score_offset` for regression; `None` for classification.
            log: Called with lines that describe the weights.
        """
        raise NotImplementedError

    @classmethod
    def train(
        cls,
        train: "pd.DataFrame",
        valid: "pd.DataFrame | None",
        *,
        recipe: dict[str, Any],
        settings: StageSettings,
        folder: Path,
        log: Callable[[str], None],
    ) -> Self:
        """Trains on `train` with early stopping by `valid`, and then on both.

        Args:
            train: Table as from `kapre_like.audio.scan`.
            valid: Table of clips of other groups; `None` trains all epochs.
            recipe: See `Family.train`.
            settings: An instance of `Settings`.
            folder: Checkpoint folder. An interrupted training resumes from it.
            log: Called with one line per epoch.
        """
        from kapre_like.models.training.finetuning.training import StagedTraining

        training = StagedTraining(
            cls, train, valid, recipe=recipe, settings=settings, folder=folder, log=log
        )
        network = training.run()
        history = training.progress.history
        trained = cls.trained(network, recipe=training.recipe, history=history)
        trained.held_out = training.held_out
        trained._report_collapse(train if valid is None else valid, log)
        return trained

    @classmethod
    def plan(cls, settings: StageSettings, epochs: int | None) -> FineTuning:
        """Returns the settings of fine-tuning with all defaults; see `settings.plan`."""
        pretrained = cls.is_pretrained(settings)
        return plan(settings, epochs, pretrained=pretrained, usual=cls.usual)

    def _report_collapse(self, table: "pd.DataFrame", log: Callable[[str], None]) -> None:
        """Logs, warns and adds to the recipe if all clips have the same prediction."""
        from kapre_like.models.blocks.collapse import is_constant

        settings = self.recipe["settings"]
        settings["collapsed"] = False
        varied = table["label"].nunique() > 1
        # Before the first epoch the head is a fitted model, and there is no curve to check.
        curves, epoch, clips = self.history, settings["best_epoch"], "validation"
        if settings["refit_epochs"]:
            # The weights are those of the last epoch, which has no validation clips.
            curves = {name: one for name, one in curves.items() if name.startswith("train_")}
            epoch, clips = len(curves["train_loss"]), "training"
        if not varied or not epoch or not is_constant(curves, epoch):
            return
        settings["collapsed"] = True
        text = (
            f"the {self.name} model has collapsed: its prediction is the same for all {clips} "
            "clips. Its metrics are those of a constant. Train longer, at a lower rate, on "
            f"more clips, or start from pretrained weights: {self.hint}."
        )
        if self.recipe["task"] == "classify":
            share = table["label"].value_counts(normalize=True)
            text += (
                f" The most frequent label, {share.index[0]}, is {share.iloc[0]:.1%} of them."
            )
        settings["notes"].append(text)
        log(text)
        warnings.warn(text, stacklevel=3)
