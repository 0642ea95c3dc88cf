"""The VGG family: trains, predicts, saves and loads by the words every family shares."""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np
import pandas as pd

from kapre_like.models.labels import brief, class_weight, fingerprint, score_unit
from kapre_like.models.load import load_model
from kapre_like.models.predicting import compiled
from kapre_like.models.training import Schedule, fit
from kapre_like.models.vgg.network import vgg

_FILE = "model.keras"
_BATCH = 32
# Sound per batch, seconds: more falls out of the processor's cache (340 clips of 3.6 s: 8.0 s
# of processor time per epoch at 16 clips a batch, 10.5 s at 32).
_BATCH_SECONDS = 64.0
DEFAULT_EPOCHS = {"classify": 16, "regress": 10}


class VGGModel:
    """A VGG on log-mel spectrograms, with the recipe that made it.

    Args:
        model: A `keras.Model` as `vgg` builds it.
        recipe: As in `recipe.json`; `settings` says row, front end and schedule.
        history: Learning curves: `train_loss`, `valid_loss`, and the accuracy of each.
    """

    family: ClassVar[str] = "vgg"

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

    @classmethod
    def train(
        cls,
        train: pd.DataFrame,
        valid: pd.DataFrame | None,
        *,
        recipe: dict[str, Any],
        folder: Path,
        log: Callable[[str], None],
        row: str = "small",
    ) -> "VGGModel":
        """Trains on the clips of a table, and stops early by those of another.

        Args:
            train: Table as from `kapre_like.audio.scan`.
            valid: Likewise, of other groups; `None` trains all epochs.
            recipe: With `task`, `class_names`, `sample_rate`, `seconds`, `seed`, `epochs`.
            folder: For checkpoints: a killed training goes on from there.
            log: Called with one line per epoch.
            row: Row of `ROWS`.
        """
        # TensorFlow is imported here and not above: `load` and `predict` need Keras alone.
        from kapre_like.audio.pipeline import Pipeline

        schedule = Schedule(epochs=recipe["epochs"] or DEFAULT_EPOCHS[recipe["task"]])
        keras.utils.set_random_seed(recipe["seed"])
        model = cls._build(train, recipe=recipe, row=row)
        batch_size = _batch_size(train, recipe["seconds"])
        settings = {"row": row, **asdict(schedule), "batch_size": batch_size}
        recipe = {**recipe, "settings": settings}
        shared = {
            "sample_rate": recipe["sample_rate"],
            "seconds": recipe["seconds"],
            "class_names": recipe["class_names"],
            "seed": recipe["seed"],
        }
        best, progress = fit(
            model,
            Pipeline(train, shuffle=True, bucket=True, batch_size=batch_size, **shared),
            None if valid is None else Pipeline(valid, batch_size=4 * _BATCH, **shared),
            schedule=schedule,
            task=recipe["task"],
            class_weight=class_weight(train, recipe),
            seed=recipe["seed"],
            folder=folder,
            fingerprint=fingerprint(train, valid, recipe),
            log=log,
        )
        recipe["settings"]["best_epoch"] = progress.best_epoch
        return cls(best, recipe=recipe, history=progress.history)

    @staticmethod
    def _build(train: pd.DataFrame, *, recipe: dict[str, Any], row: str) -> keras.Model:
        """The untrained network for these labels."""
        facts = {name: recipe[name] for name in ("sample_rate", "class_names", "seed")}
        if recipe["task"] == "regress":
            facts |= score_unit(train)
        return vgg(row, **facts, recipe=brief(recipe))

    def predict(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Probabilities `(clips, classes)` or scores `(clips,)` of float32 mono waveforms."""
        outputs = [
            self._predict(*pad(waveforms[i : i + _BATCH], self._limit))
            for i in range(0, len(waveforms), _BATCH)
        ]
        return np.concatenate(outputs)

    @property
    def _limit(self) -> int | None:
        """Samples per clip if the model was trained on a fixed window."""
        seconds = self.recipe["seconds"]
        return None if seconds is None else max(1, round(seconds * self.recipe["sample_rate"]))

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
    def load(cls, folder: Path) -> "VGGModel":
        """Reads what `save` wrote; the recipe is read by `models/experiment/recipe.py`."""
        from kapre_like.models.experiment.recipe import read_recipe

        model = load_model(Path(folder) / _FILE, compile=False)
        return cls(model, recipe=read_recipe(folder))


def pad(waveforms: Sequence[np.ndarray], limit: int | None) -> tuple[np.ndarray, np.ndarray]:
    """`waveform (clips, samples)` and `length (clips,)`, centre-cropped to `limit` samples."""
    if limit is not None:
        starts = [max(0, (len(wave) - limit) // 2) for wave in waveforms]
        waveforms = [w[s : s + limit] for w, s in zip(waveforms, starts, strict=True)]
    length = np.array([len(wave) for wave in waveforms], dtype="int32")
    waveform = np.zeros((len(waveforms), limit or length.max(initial=0)), dtype="float32")
    for padded, wave in zip(waveform, waveforms, strict=True):
        padded[: len(wave)] = wave
    return waveform, length


def _batch_size(train: pd.DataFrame, seconds: float | None) -> int:
    """32, or less where that leaves under 16 steps per epoch or clips are long."""
    length = float(train["duration_s"].mean()) if seconds is None else seconds
    most = min(len(train) // 16, _BATCH_SECONDS / max(length, 0.1))
    return int(np.clip(most, 4, _BATCH))
