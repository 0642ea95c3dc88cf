"""The probe family: a light model on the embeddings of a frozen network.

The embeddings of all layers are computed once and cached on disk (`embeddings/cache.py`). Inner
folds of the clips choose the layer, the pooling over time and the head: a linear model, boosted
trees, or trees on embeddings and statistics together. The saved folder needs no file of
weights, because it contains the network up to that layer.
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
from kapre_like.models.probe.settings import UNTRAINED, UNTRAINED_NETWORK, ProbeSettings
from kapre_like.models.probe.views import layers_of
from kapre_like.models.training.keras_family import KerasFamily

if TYPE_CHECKING:
    import keras
    import numpy as np
    import pandas as pd

# A linear probe is one network. Trees have a network that computes their columns, and a file.
NETWORK, COLUMNS, TREES = "model.keras", "backbone.keras", "model.cbm"
_OWNER = "ProbeModel"


class ProbeModel(Family):
    """A light model on the hidden states of a frozen network.

    Args:
        network: From waveform to probabilities or scores (linear), or to columns (trees).
        recipe: As in `recipe.json`. Its `settings` also have the chosen `layer`, `pooling` and
            `head` with its settings, `valid_losses` of the layers, `weights_digest`, and
            `notes` for users of the model.
        booster: The trees, or `None`.
        importances: `(column, importance)` in descending order. The importances sum to 100.

    Attributes:
        recipe: As given.
        held_out: Answers of the models of the inner folds, for all rows; see `HeldOut`.
        history: For a linear probe `train_loss`, `valid_loss` (and `valid_accuracy`), one value
            per entry of `linear.STRENGTHS`; for trees as in `BoostedModel`.
        importances: As given.
        n_parameters: Number of parameters, including the frozen network.
    """

    name: ClassVar[str] = "probe"
    summary: ClassVar[str] = "a light model on the hidden states of a frozen network"
    needs: ClassVar[tuple[str, ...]] = KerasFamily.needs
    install: ClassVar[str] = "kapre-like[tensorflow,catboost]"
    trains_on_valid: ClassVar[bool] = True
    Settings: ClassVar[type] = ProbeSettings
    keras_modules: ClassVar[tuple[str, ...]] = KerasFamily.keras_modules

    def __init__(
        self,
        network: "keras.Model",
        *,
        recipe: dict[str, Any],
        booster: Any = None,
        importances: list[tuple[str, float]] | None = None,
    ) -> None:
        self.model, self.recipe, self.booster = network, recipe, booster
        self.history: dict[str, list[float]] = {}
        self.importances = importances or []

    @cached_property
    def _run(self) -> Any:
        from kapre_like.models.artifact.predicting import compiled

        return compiled(self.model)

    @classmethod
    def check(cls, settings: ProbeSettings, job: Job) -> None:
        """Refuses a network that is not there, and a layer that it does not have."""
        if job.train is None and (settings.backbone or settings.layer) is not None:
            from kapre_like.models.embeddings.networks import open_network

            backbone = settings.backbone or UNTRAINED_NETWORK
            network = open_network(_OWNER, backbone, weights=settings.weights)
            layers_of(_OWNER, settings.layer, network)

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
        """Chooses layer, pooling and head by inner folds of all rows, then fits on all of them.

        Where the rows cannot be split into folds, the layer is that in the middle and the head
        is linear.

        Args:
            train: Rows as from `kapre_like.audio.scan`.
            valid: More rows; `None` or empty for none.
            recipe: See `Family.train`.
            settings: See `ProbeSettings`.
            folder: Not used: what takes long, the embeddings, is kept by the cache.
            log: Called with one line at a time on progress.

        Raises:
            ValueError: A bad file, network or setting.
        """
        del folder
        import pandas as pd

        from kapre_like.models.embeddings.cache import digest
        from kapre_like.models.embeddings.frozen import pooled_states
        from kapre_like.models.probe.preparing import choose, count_classes, open_network
        from kapre_like.models.training.held_out import held_out

        if settings.backbone is None:
            log(UNTRAINED)
        backbone = settings.backbone or UNTRAINED_NETWORK
        frozen, notes = open_network(backbone, settings.weights, recipe, log)
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
        columns = pooled_states(frozen, list(view.depths), view.statistics)
        model = cls._of(probe, columns, recipe)
        model.held_out = held_out(table, probe.held_out, count_classes(recipe))
        return model

    @classmethod
    def _of(cls, probe: Any, columns: "keras.Model", recipe: dict[str, Any]) -> Self:
        """Returns the model of a trained probe."""
        if probe.head == "linear":
            from kapre_like.models.probe.network import with_head

            network = with_head(columns, probe.model, recipe=recipe)
            ranked = probe.model.importances(probe.columns)
            model = cls(network, recipe=recipe, importances=ranked)
        else:
            from kapre_like.models.training import trees

            ranked = trees.importances(probe.model)
            model = cls(columns, recipe=recipe, booster=probe.model, importances=ranked)
        model.history = probe.history
        return model

    @property
    def n_parameters(self) -> int:
        n = int(self.model.count_params())
        if self.booster is None:
            return n
        from kapre_like.models.training import trees

        return n + trees.n_learned(self.booster, self.recipe["settings"])

    def network(self) -> "keras.Model":
        """Returns a linear probe's network to export, its calibration inside."""
        if self.booster is not None:
            raise ValueError(
                "a probe whose head is trees has no form in this format. Train it with --set "
                "head=linear, or serve its folder with kapre_like.load_predictor."
            )
        from kapre_like.models.artifact.calibration import Calibration
        from kapre_like.models.blocks.calibrated import with_calibration

        found = Calibration.from_json(self.recipe.get("calibration"))
        return with_calibration(self.model, found)

    def predict(self, waveforms: Sequence["np.ndarray"]) -> "np.ndarray":
        """Predicts from waveforms at `recipe["sample_rate"]`; the cache has no part in it.

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
        """Returns the answers of the head for each window."""
        if self.booster is None:
            return self._columns(windows)
        from kapre_like.models.training import trees

        names = self.recipe["class_names"]
        return trees.answers(self.booster, self._columns(windows), names and len(names))

    def _columns(self, windows: Sequence["np.ndarray"]) -> "np.ndarray":
        """Returns the network's output, and for `"fusion"` the statistics beside it."""
        from kapre_like.models.artifact.clip_batches import predict_clips

        rate = self.recipe["sample_rate"]
        output = predict_clips(self._run, windows, sample_rate=rate)
        if self.recipe["settings"]["head"] != "fusion":
            return output
        import numpy as np

        from kapre_like.features.settings import resolve
        from kapre_like.features.vector import clip_vector

        analysis = resolve(sample_rate=rate)
        rows = np.stack([clip_vector(window, analysis) for window in windows])
        return np.concatenate([output, rows], axis=1)

    def explain(self, waveform: "np.ndarray") -> list[Stage]:
        """Returns what the network computed inside, or what the trees made of its output."""
        if self.booster is None:
            from kapre_like.models.training.explaining import explain_network

            return explain_network(self.model, waveform)
        from kapre_like.models.training import trees

        windows = LengthRule.of(self.recipe).cut(waveform, self.recipe["sample_rate"])
        return trees.explain(self.booster, self._columns(windows), self.recipe["class_names"])

    def model_files(self) -> list[str]:
        """Returns the names of the files that `save` writes."""
        return [NETWORK] if self.booster is None else [COLUMNS, TREES]

    def save(self, folder: str | Path) -> None:
        """Writes `model_files()` into an existing folder; the recipe is the caller's."""
        from kapre_like._replacing import replacing

        name, *others = self.model_files()
        with replacing(Path(folder) / name) as new:
            (self.network() if self.booster is None else self.model).save(new)
        for other in others:
            with replacing(Path(folder) / other) as new:
                self.booster.save_model(str(new), format="cbm")

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Reads back what `save` wrote, with `recipe.json` beside it.

        Raises:
            ValueError: If it is no such folder.
            ImportError: If its trees need CatBoost, and it is not installed.
        """
        from kapre_like.models.artifact.load import load_model
        from kapre_like.models.blocks.calibrated import without_calibration

        folder, recipe = Path(folder), read_recipe(folder)
        if recipe["settings"]["head"] == "linear":
            network = without_calibration(load_model(folder / NETWORK, compile=False))
            return cls(network, recipe=recipe)
        from kapre_like.models.training import trees

        booster = trees.load_booster(recipe["task"], folder / TREES)
        network = load_model(folder / COLUMNS, compile=False)
        ranked = trees.importances(booster)
        return cls(network, recipe=recipe, booster=booster, importances=ranked)
