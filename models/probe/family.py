"""The probe family: a frozen Wav2Vec2 network listens, a light model on top learns.

The embeddings of all depths are computed once and kept on disk (`models/wav2vec2/
embedding_cache.py`); the depth, and whether the light model is linear or boosted trees, is
chosen by the validation clips. The saved folder needs no checkpoint: the network is in it, up
to the depth that is used.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import keras
import numpy as np

from kapre_like import _check
from kapre_like.features.waveforms import as_waveforms
from kapre_like.models.artifact.clip_batches import predict_clips
from kapre_like.models.artifact.load import load_model
from kapre_like.models.artifact.predicting import compiled
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.artifact.replacing import replacing
from kapre_like.models.embeddings.cache import cache_folder
from kapre_like.models.embeddings.depths import STATISTICS, column_names, depths
from kapre_like.models.embeddings.listener import Listener
from kapre_like.models.embeddings.pooled_states import pooled_states
from kapre_like.models.experiment.family_settings import KINDS
from kapre_like.models.probe.choosing import Probe, best_depth, best_probe
from kapre_like.models.probe.network import with_head
from kapre_like.models.probe.preparing import count_classes, examples_of, open_network
from kapre_like.models.training.labels import brief
from kapre_like.models.wav2vec2.family.start import UNTRAINED_PROBE, checkpoint_facts

if TYPE_CHECKING:
    import pandas as pd

# A linear probe whole; with trees the network that computes their columns, and the trees.
NETWORK, COLUMNS, TREES = "model.keras", "backbone.keras", "model.cbm"
_OWNER = "ProbeModel"


class ProbeModel:
    """A light model on the hidden states of a frozen Wav2Vec2 network.

    Args:
        network: From waveform to probabilities or scores (linear), or to columns (trees).
        recipe: What describes the model; its `settings` hold `layer` (the depth), `probe`
            (`"linear"` or `"trees"`), what that was made with, `valid_losses` (what the depth
            was chosen by), `checkpoint` (name and digest, or null) and `notes` (what a user
            of the model must know, in sentences).
        booster: The trees, or `None`.
        importances: `(column, importance)`, greatest first; they sum to 100.

    Attributes:
        family: `"probe"`.
        recipe: As given.
        history: Of a linear probe `train_loss`, `valid_loss` (and `valid_accuracy`), one
            number for each of `linear.STRENGTHS`, from stiff to free; of trees as in
            `BoostedModel`.
        importances: As given.
        n_parameters: All that is carried: the frozen network's weights too.
    """

    family: ClassVar[str] = "probe"

    def __init__(
        self,
        network: keras.Model,
        *,
        recipe: dict[str, Any],
        booster: Any = None,
        importances: list[tuple[str, float]] | None = None,
    ) -> None:
        self.network, self.recipe, self.booster = network, recipe, booster
        self.history: dict[str, list[float]] = {}
        self.importances = importances or []
        self._run = compiled(network)

    @classmethod
    def train(
        cls,
        train: "pd.DataFrame",
        valid: "pd.DataFrame | None",
        *,
        recipe: dict[str, Any],
        folder: Path | None = None,
        log: Callable[[str], None] = str,
    ) -> Self:
        """Chooses depth and probe by `valid`, then fits that on both tables.

        Args:
            train: Rows as from `kapre_like.audio.scan`.
            valid: Rows of other groups; `None` or empty chooses the depth in the middle and
                a linear probe.
            recipe: See `kapre_like.models.artifact.recipe`. `checkpoint` is the network,
                `epochs` the most trees. `settings` may hold `layer`, as in
                `embedding_table` (default `"all"`, to choose from), and `probe`: `"auto"`,
                `"linear"` or `"trees"`.
            folder: Not used: what takes long, the embeddings, is kept by the cache.
            log: Called with one line at a time on progress.

        Raises:
            ValueError: A bad file, checkpoint or setting, or a sample rate that is not the
                network's.
        """
        del folder
        asked = {"layer": "all", "probe": "auto", **(recipe.get("settings") or {})}
        _check.one_of(_OWNER, KINDS, probe=asked["probe"])
        frozen = open_network(recipe, log)
        found = depths(_OWNER, asked["layer"], frozen.config)
        listener = Listener(frozen, found, cache_folder(_OWNER, True))
        tables = [t for t in (train, valid) if t is not None and len(t)]
        examples = examples_of(tables, listener, recipe, log)
        n_classes = count_classes(recipe)
        depth, losses = best_depth(examples, n_classes, log)
        probe = best_probe(
            examples[depth],
            column_names(depth, STATISTICS, frozen.channels(depth)),
            n_classes,
            kind=asked["probe"],
            seed=recipe["seed"],
            n_trees=recipe["epochs"],
            log=log,
        )
        log(f"{probe.kind} probe on depth {depth}")
        checkpoint = recipe.get("checkpoint")
        settings = {
            "layer": depth,
            "probe": probe.kind,
            **probe.settings,
            "valid_losses": losses,
            "checkpoint": checkpoint_facts(checkpoint),
            "notes": [] if checkpoint else [UNTRAINED_PROBE],
        }
        told = {**recipe, "settings": settings}
        return cls._of(probe, pooled_states(frozen.model(), [depth]), depth, told)

    @classmethod
    def _of(
        cls, probe: Probe, columns: keras.Model, depth: str, recipe: dict[str, Any]
    ) -> Self:
        """The model of a trained probe."""
        if probe.kind == "trees":
            from kapre_like.models.boosted import trees

            ranked = trees.importances(probe.model)
            model = cls(columns, recipe=recipe, booster=probe.model, importances=ranked)
        else:
            names = column_names(depth, STATISTICS, columns.output_shape[-1] // 2)
            facts = {name: recipe.get(name) for name in ("checkpoint", "settings")}
            network = with_head(
                columns,
                probe.model,
                class_names=recipe["class_names"],
                sample_rate=recipe["sample_rate"],
                recipe={**brief(recipe), **facts},
            )
            model = cls(network, recipe=recipe, importances=probe.model.importances(names))
        model.history = probe.history
        return model

    @property
    def n_parameters(self) -> int:
        n = int(self.network.count_params())
        if self.booster is None:
            return n
        from kapre_like.models.boosted import trees

        return n + trees.n_learned(self.booster, self.recipe["settings"])

    def predict(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Predicts from waveforms at `recipe["sample_rate"]`; the cache has no part in it.

        Args:
            waveforms: 1-D floats in [-1, 1]; cropped to the middle `recipe["seconds"]`.

        Returns:
            `(clips, classes)` probabilities in the order of `class_names`, or `(clips,)`
            scores.
        """
        rate, seconds = self.recipe["sample_rate"], self.recipe["seconds"]
        clips = as_waveforms(waveforms, _OWNER)
        output = predict_clips(self._run, clips, sample_rate=rate, seconds=seconds)
        if self.booster is None:
            return output
        from kapre_like.models.boosted import trees

        return trees.answers(self.booster, output, count_classes(self.recipe))

    def model_files(self) -> list[str]:
        """Returns the names of the files that `save` writes."""
        return [NETWORK] if self.booster is None else [COLUMNS, TREES]

    def save(self, folder: str | Path) -> None:
        """Writes `model_files()` into an existing folder; the recipe is the caller's."""
        name, *others = self.model_files()
        temporary = Path(folder) / f".new-{name}"
        self.network.save(temporary)
        temporary.replace(Path(folder) / name)
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
        folder, recipe = Path(folder), read_recipe(folder)
        if recipe["settings"]["probe"] == "linear":
            return cls(load_model(folder / NETWORK, compile=False), recipe=recipe)
        from kapre_like.models.boosted import trees

        booster = trees.load_booster(recipe["task"], folder / TREES)
        network = load_model(folder / COLUMNS, compile=False)
        ranked = trees.importances(booster)
        return cls(network, recipe=recipe, booster=booster, importances=ranked)
