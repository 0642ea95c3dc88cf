"""The family `probe`: a light model on the embeddings of a frozen network.

The embeddings of all layers are computed once and cached on disk (`embeddings/cache.py`). Inner
folds of the clips choose the layer, the pooling over time and the head: a linear model, boosted
trees, or trees on embeddings and statistics together. The saved folder is complete: it contains
the network up to that layer, or a copy of the file of another program.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from kapre_like.models.artifact.families import Family, Job
from kapre_like.models.artifact.length_rule import LengthRule, predict_by_rule
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.artifact.stages import Stage
from kapre_like.models.probe.settings import UNTRAINED, ProbeSettings
from kapre_like.models.probe.views import layers_of
from kapre_like.models.training.keras_family import KerasFamily

if TYPE_CHECKING:
    import keras
    import numpy as np
    import pandas as pd

_OWNER = "probe"


class ProbeModel(Family):
    """A light model on the hidden states of a frozen network.

    Args:
        network: A Keras model that maps waveforms to probabilities or scores (linear head) or
            to columns (trees). For a file of another program it is a `FileColumns`, which maps
            waveforms to columns.
        recipe: As in `recipe.json`. Its `settings` also contain the chosen `layer`, `pooling`
            and `head` with its settings, `valid_losses` of the layers, `weights_digest`, and
            `notes` for users of the model.
        booster: The trees, or `None`.
        linear: The linear model on a `FileColumns`, or `None`.
        importances: `(column, importance)` in descending order. The importances sum to 100.

    Attributes:
        recipe: As given.
        held_out: Out-of-fold predictions of the inner folds for all rows; see `HeldOut`.
        history: For a linear probe, `train_loss`, `valid_loss` (and `valid_accuracy`), with one
            value per entry of `linear.STRENGTHS`. For trees, as in `BoostedModel`.
        importances: As given.
        n_parameters: Number of parameters, including the frozen network.
    """

    name: ClassVar[str] = "probe"
    summary: ClassVar[str] = "a light model on the hidden states of a frozen network"
    needs: ClassVar[tuple[str, ...]] = KerasFamily.needs
    install: ClassVar[str] = "kapre-like[tensorflow,catboost]"
    trains_on_valid = True
    Settings: ClassVar[type] = ProbeSettings
    keras_modules: ClassVar[tuple[str, ...]] = KerasFamily.keras_modules

    def __init__(
        self,
        network: Any,
        *,
        recipe: dict[str, Any],
        booster: Any = None,
        linear: Any = None,
        importances: list[tuple[str, float]] | None = None,
    ) -> None:
        self.model, self.recipe = network, recipe
        self.booster, self.linear = booster, linear
        self.history: dict[str, list[float]] = {}
        self.importances = importances or []

    @cached_property
    def run(self) -> Any:
        """The network as a function of the NumPy arrays `waveform` and `length`."""
        from kapre_like.models.embeddings.frozen import predict_of

        return predict_of(self.model)

    @classmethod
    def check(cls, settings: ProbeSettings, job: Job) -> None:
        """Rejects a network that does not exist, and a layer that it does not have."""
        asked = (settings.backbone, settings.layer, settings.takes, settings.output)
        if job.train is None and any(one is not None for one in asked):
            from kapre_like.models.probe.opening import network_of

            layers_of(_OWNER, settings.layer, network_of(settings))

    @classmethod
    def train(
        cls,
        train: "pd.DataFrame",
        valid: "pd.DataFrame | None",
        *,
        recipe: dict[str, Any],
        settings: ProbeSettings,
        folder: Path | None = None,
        log: Callable[[str], None] = str,
    ) -> Self:
        """Chooses layer, pooling and head by inner folds, then fits on all rows.

        If the rows cannot be split into folds, the middle layer and a linear head are used.

        Args:
            train: Table as from `kapre_like.audio.scan`.
            valid: Further rows, used in the same way; `None` or empty for none.
            recipe: See `Family.train`.
            settings: See `ProbeSettings`.
            folder: Not used. Only embeddings take long, and they are in the cache.
            log: Called with lines on progress.

        Raises:
            ValueError: If a file, the network or a setting is invalid.
        """
        del folder
        import pandas as pd

        from kapre_like.models.embeddings.cache import digest
        from kapre_like.models.probe.opening import open_network
        from kapre_like.models.probe.preparing import choose, count_classes
        from kapre_like.models.training.held_out import held_out

        if settings.backbone is None:
            log(UNTRAINED)
        frozen, notes = open_network(settings, recipe, log)
        if settings.backbone is None:
            notes = [UNTRAINED, *notes]
        table = pd.concat([t for t in (train, valid) if t is not None], ignore_index=True)
        view, losses, probe = choose(table, frozen, recipe, settings, log)
        log(f"{probe.head} head on layer {view.layer}, {view.pooling}")
        chosen = {
            **asdict(settings),
            "layer": view.layer,
            "pooling": view.pooling,
            "head": probe.head,
            **probe.settings,
            "valid_losses": losses,
            "weights_digest": None if frozen.is_random else digest(frozen.identity),
            "notes": [*notes, *probe.notes],
        }
        recipe = {**recipe, "settings": chosen}
        columns = frozen.columns(list(view.depths), view.statistics)
        model = cls._of(probe, columns, recipe)
        model.held_out = held_out(table, probe.held_out, count_classes(recipe))
        return model

    @classmethod
    def _of(cls, probe: Any, columns: Any, recipe: dict[str, Any]) -> Self:
        """Returns the model of a trained probe."""
        from kapre_like.models.probe.folder import is_file

        if probe.head == "linear":
            ranked, own = probe.model.importances(probe.columns), {"linear": probe.model}
            if not is_file(columns):
                from kapre_like.models.probe.network import with_head

                columns, own = with_head(columns, probe.model, recipe=recipe), {}
            model = cls(columns, recipe=recipe, importances=ranked, **own)
        else:
            from kapre_like.models.training import trees

            ranked = trees.importances(probe.model)
            model = cls(columns, recipe=recipe, booster=probe.model, importances=ranked)
        model.history = probe.history
        return model

    @property
    def n_parameters(self) -> int:
        n = int(self.model.count_params())
        if self.linear is not None:
            n += self.linear.kernel.size + self.linear.bias.size
        if self.booster is None:
            return n
        from kapre_like.models.training import trees

        return n + trees.n_learned(self.booster, self.recipe["settings"])

    def network(self) -> "keras.Model":
        """Returns the network of a linear probe to export, with its calibration.

        Raises:
            ValueError: If the head is trees, or the network is a file of another program.
        """
        from kapre_like.models.probe.folder import is_file

        if is_file(self.model):
            raise ValueError(
                f"a probe on {self.model.backbone.path.name}, which runs in "
                f"{self.model.backbone.program.runtime}, cannot be exported to this format. "
                "Load its folder with kapre_like.load_predictor instead."
            )
        if self.booster is not None:
            raise ValueError(
                "a probe whose head is trees cannot be exported to this format. Train it with "
                "--set head=linear, or load its folder with kapre_like.load_predictor."
            )
        from kapre_like.models.artifact.calibration import Calibration
        from kapre_like.models.blocks.calibrated import with_calibration

        found = Calibration.from_json(self.recipe.get("calibration"))
        return with_calibration(self.model, found)

    def predict(self, waveforms: Sequence["np.ndarray"]) -> "np.ndarray":
        """Predicts from waveforms at `recipe["sample_rate"]`. Does not use the cache.

        Args:
            waveforms: 1-D floats in [-1, 1], whole clips.

        Returns:
            `(clips, classes)` probabilities in the order of `class_names`, or `(clips,)`
            scores.
        """
        from kapre_like.features.waveforms import as_waveforms

        rule = LengthRule.of(self.recipe)
        clips = as_waveforms(waveforms, _OWNER)
        return predict_by_rule(self._answers, clips, rule, self.recipe["sample_rate"])

    def _answers(self, windows: Sequence["np.ndarray"]) -> "np.ndarray":
        """Returns the predictions of the head for each window."""
        from kapre_like.models.probe import answering

        return answering.answers(self, windows)

    def explain(self, waveform: "np.ndarray") -> list[Stage]:
        """Returns intermediate results of the network, or inputs and outputs of the head."""
        from kapre_like.models.probe import answering

        return answering.explain(self, waveform)

    def model_files(self) -> list[str]:
        """Returns the names of the files that `save` writes."""
        from kapre_like.models.probe import folder as files

        return files.model_files(self)

    def save(self, folder: str | Path) -> None:
        """Writes `model_files()` to an existing folder. The caller writes the recipe."""
        from kapre_like.models.probe import folder as files

        files.save(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Loads what `save` wrote, and the `recipe.json` of the folder.

        Raises:
            ValueError: If the folder is not a saved probe.
            ImportError: If a package that the network or the trees need is missing.
        """
        from kapre_like.models.probe import folder as files

        recipe = read_recipe(folder)
        return cls(recipe=recipe, **files.load(Path(folder), recipe))
