"""The VGG family: trains, predicts, saves and loads by the words every family shares."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import keras
import pandas as pd

from kapre_like.models.artifact.clip_batches import BATCH
from kapre_like.models.training.keras_family import KerasFamily, clips_per_batch
from kapre_like.models.training.labels import brief, class_weight, fingerprint, score_unit
from kapre_like.models.training.loop import Schedule, fit
from kapre_like.models.vgg.network import vgg

DEFAULT_EPOCHS = {"classify": 16, "regress": 10}


class VGGModel(KerasFamily):
    """A VGG on log-mel spectrograms, with the recipe that made it.

    Args:
        model: A `keras.Model` as `vgg` builds it.
        recipe: As in `recipe.json`; `settings` says row, front end and schedule.
        history: Learning curves: `train_loss`, `valid_loss`, and the accuracy of each.
    """

    family: ClassVar[str] = "vgg"

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
        batch_size = clips_per_batch(train, recipe["seconds"])
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
            None if valid is None else Pipeline(valid, batch_size=4 * BATCH, **shared),
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
