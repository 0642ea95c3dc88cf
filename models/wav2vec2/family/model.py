"""The Wav2Vec2 family: trains, predicts, saves and loads by the words every family shares."""

import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from kapre_like import _check
from kapre_like.models.training.keras_family import KerasFamily, clips_per_batch
from kapre_like.models.training.labels import class_weight, fingerprint, score_unit
from kapre_like.models.wav2vec2.backbone.front_ends import NAMES
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.family.collapse import is_constant
from kapre_like.models.wav2vec2.family.finetuning import FineTuning, fine_tune
from kapre_like.models.wav2vec2.family.start import UNTRAINED, build, checkpoint_facts

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
        **settings: Any,
    ) -> "Wav2Vec2Model":
        """Trains on the clips of a table, and stops early by those of another.

        Args:
            train: Table as from `kapre_like.audio.scan`.
            valid: Likewise, of other groups; `None` trains all epochs.
            recipe: With `task`, `class_names`, `sample_rate`, `seconds`, `seed`, `epochs`,
                `checkpoint`; in `settings` what `plan` takes, where its defaults will not do.
            folder: For checkpoints: a killed training goes on from there.
            log: Called with one line per epoch.
            **settings: As those of the recipe, which they outdo.
        """
        # TensorFlow is imported here and not above: `load` and `predict` need Keras alone.
        from kapre_like.audio.pipeline import Pipeline

        tuning, rest = plan(recipe, {**(recipe.get("settings") or {}), **settings})
        batch_size = rest["batch_size"] or clips_per_batch(train, recipe["seconds"])
        rest["batch_size"] = batch_size
        recipe = {**recipe, "settings": _settings(recipe, tuning, rest)}
        unit = score_unit(train) if recipe["task"] == "regress" else None
        network = {"unit": unit, "feature_encoder": rest["feature_encoder"]}
        model = build(
            recipe,
            precision=tuning.precision,
            gradient_checkpointing=tuning.gradient_checkpointing,
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
            settings=tuning,
            config=CheckpointFacts.of(model).network(),
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


def plan(recipe: dict[str, Any], asked: dict[str, Any]) -> tuple[FineTuning, dict[str, Any]]:
    """Returns how a network is to be trained.

    Args:
        recipe: With `epochs` and `checkpoint`: from a checkpoint it is trained by stages, from
            random weights all at once.
        asked: What `FineTuning` names but `epochs`, where these defaults will not do;
            `batch_size`, int > 0 or `None` for at most 32 clips and 64 seconds;
            `feature_encoder`, `"logmel"` or `None`, without a checkpoint.

    Returns:
        `(tuning, rest)`: the settings of `fine_tune`, and `batch_size` and `feature_encoder`.

    Raises:
        ValueError: If something else is asked, or it is out of its domain.
    """
    pretrained = recipe.get("checkpoint") is not None
    rest = {name: asked.get(name) for name in ("batch_size", "feature_encoder")}
    if rest["batch_size"] is not None:
        _check.positive_int("FineTuning", batch_size=rest["batch_size"])
    _check.one_of("FineTuning", (None, *NAMES), feature_encoder=rest["feature_encoder"])
    if pretrained and rest["feature_encoder"] is not None:
        rule = "None with a checkpoint, which has its own"
        _check.fail("FineTuning", "feature_encoder", rule, rest["feature_encoder"])
    if "epochs" in asked:
        fix = "Say how many by the argument `epochs`."
        _check.fail("FineTuning", "setting", "another than epochs", "epochs", fix)
    epochs = recipe["epochs"] or _EPOCHS[pretrained]
    kind = {"head_epochs": epochs // 3} if pretrained else _SCRATCH
    own = {name: value for name, value in asked.items() if name not in rest}
    return FineTuning(epochs=epochs, **kind).changed(**own), rest


def _settings(
    recipe: dict[str, Any], tuning: FineTuning, rest: dict[str, Any]
) -> dict[str, Any]:
    facts = checkpoint_facts(recipe.get("checkpoint"))
    return {
        **asdict(tuning),
        **rest,
        "checkpoint": facts,
        "notes": [] if facts else [UNTRAINED],
    }
