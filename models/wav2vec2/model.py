"""The Wav2Vec2 family: trains, predicts, saves and loads by the words every family shares."""

import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from kapre_like.models.keras_family import KerasFamily, clips_per_batch
from kapre_like.models.labels import class_weight, fingerprint, score_unit
from kapre_like.models.wav2vec2.checkpoint_card import read_card
from kapre_like.models.wav2vec2.collapse import is_constant
from kapre_like.models.wav2vec2.finetuning import FineTuning, fine_tune
from kapre_like.models.wav2vec2.start import UNTRAINED, build, checkpoint_facts

# Without pretrained weights a network learns from nothing: all of it, at one rate, for longer.
_SCRATCH = {
    "head_epochs": 0, "head_rate": 1e-3, "rate": 1e-3, "rate_decay": 1.0,
    "freeze_feature_encoder": False,
}  # fmt: skip
_EPOCHS = {True: 10, False: 40}


class Wav2Vec2Model(KerasFamily):
    """A Wav2Vec2 network with a head for clips, with the recipe that made it.

    Args:
        model: A `keras.Model` as `start.build` makes it.
        recipe: As in `recipe.json`; `settings` says what `FineTuning` names, `batch_size`,
            `best_epoch`, `checkpoint` (name and digest, or null), `collapsed` and `notes`
            (what a user of the model must know, in sentences).
        history: Learning curves: `train_loss`, `valid_loss`, and the accuracy of each;
            `valid_top_class` and `valid_spread` of `collapse.py`.
    """

    family: ClassVar[str] = "wav2vec2"

    @classmethod
    def train(
        cls,
        train: pd.DataFrame,
        valid: pd.DataFrame | None,
        *,
        recipe: dict[str, Any],
        folder: Path,
        log: Callable[[str], None],
        feature_encoder: str | None = None,
        batch_size: int | None = None,
        **settings: Any,
    ) -> "Wav2Vec2Model":
        """Trains on the clips of a table, and stops early by those of another.

        Args:
            train: Table as from `kapre_like.audio.scan`.
            valid: Likewise, of other groups; `None` trains all epochs.
            recipe: With `task`, `class_names`, `sample_rate`, `seconds`, `seed`, `epochs`,
                `checkpoint`.
            folder: For checkpoints: a killed training goes on from there.
            log: Called with one line per epoch.
            feature_encoder: As in `wav2vec2`, without a checkpoint.
            batch_size: Int > 0, or `None` for at most 32 clips and 64 seconds.
            **settings: Of `FineTuning`, where its defaults will not do.
        """
        # TensorFlow is imported here and not above: `load` and `predict` need Keras alone.
        from kapre_like.audio.pipeline import Pipeline

        plan = _plan(recipe).changed(**settings)
        batch_size = batch_size or clips_per_batch(train, recipe["seconds"])
        recipe = {**recipe, "settings": _settings(recipe, plan, batch_size, feature_encoder)}
        unit = score_unit(train) if recipe["task"] == "regress" else None
        network = {"unit": unit, "feature_encoder": feature_encoder}
        model = build(
            recipe,
            precision=plan.precision,
            gradient_checkpointing=plan.gradient_checkpointing,
            log=log,
            **network,
        )
        shared = {
            "sample_rate": recipe["sample_rate"],
            "seconds": recipe["seconds"],
            "class_names": recipe["class_names"],
            "seed": recipe["seed"],
        }
        tuned, progress = fine_tune(
            model,
            Pipeline(train, shuffle=True, bucket=True, batch_size=batch_size, **shared),
            None if valid is None else Pipeline(valid, batch_size=batch_size, **shared),
            settings=plan,
            config=read_card(model).network(),
            unit=unit,
            class_weight=class_weight(train, recipe),
            seed=recipe["seed"],
            folder=folder,
            fingerprint=fingerprint(train, valid, recipe),
            log=log,
        )
        # Built anew: float32 throughout, nothing frozen, and no state of an optimizer in it.
        final = build(recipe, **network)
        final.set_weights(tuned.get_weights())
        recipe["settings"]["best_epoch"] = progress.best_epoch
        trained = cls(final, recipe=recipe, history=progress.history)
        trained._tell_of_collapse(train if valid is None else valid, log)
        return trained

    def _tell_of_collapse(self, table: pd.DataFrame, log: Callable[[str], None]) -> None:
        """Says in log, warning and recipe if the model has one answer for all clips."""
        settings = self.recipe["settings"]
        settings["collapsed"] = False
        varied = table["label"].nunique() > 1
        if not varied or not is_constant(self.history, settings["best_epoch"]):
            return
        settings["collapsed"] = True
        text = (
            f"the wav2vec2 model has collapsed: it gives all {len(table)} validation clips "
            "the same answer. Its figures are those of a constant. Train longer, at a lower "
            "rate, on more clips, or begin with a pretrained --checkpoint."
        )
        if self.recipe["task"] == "classify":
            share = table["label"].value_counts(normalize=True)
            text += (
                f" The most frequent label, {share.index[0]}, is {share.iloc[0]:.1%} of them."
            )
        settings["notes"].append(text)
        log(text)
        warnings.warn(text, stacklevel=3)


def _plan(recipe: dict[str, Any]) -> FineTuning:
    """The defaults: by stages from a checkpoint, all at once from random weights."""
    pretrained = recipe.get("checkpoint") is not None
    epochs = recipe["epochs"] or _EPOCHS[pretrained]
    if pretrained:
        return FineTuning(epochs=epochs, head_epochs=epochs // 3)
    return FineTuning(epochs=epochs, **_SCRATCH)


def _settings(
    recipe: dict[str, Any], plan: FineTuning, batch_size: int, feature_encoder: str | None
) -> dict[str, Any]:
    facts = checkpoint_facts(recipe.get("checkpoint"))
    return {
        **asdict(plan),
        "batch_size": batch_size,
        "feature_encoder": feature_encoder,
        "checkpoint": facts,
        "notes": [] if facts else [UNTRAINED],
    }
