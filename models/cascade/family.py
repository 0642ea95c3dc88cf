"""The cascade family: a light model predicts every clip, a heavy one those that are unsure."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from kapre_like import _check
from kapre_like.models.artifact.cascade_curve import asks_heavy
from kapre_like.models.artifact.families import Family, Job
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.artifact.registry import family
from kapre_like.models.artifact.settings import nested, setting, to_json
from kapre_like.models.artifact.stages import Stage
from kapre_like.models.cascade.choosing import about_clips, calibrate, find_threshold
from kapre_like.models.cascade.parts import (
    NAMES,
    budget_of,
    calibrated,
    load_part,
    part_files,
    save_part,
    trained_part,
    whole_clips,
)
from kapre_like.models.training.deadline import minutes_left

if TYPE_CHECKING:
    import keras
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class CascadeSettings:
    """Settings of the family `cascade`; `kapre-like families cascade` prints them."""

    threshold: float | None = setting(
        None,
        min_value=0,
        max_value=1,
        help="the heavy model predicts clips whose top probability from the light one is at "
        "most this (default: chosen on held-out clips)",
    )
    light: Any = nested("boosted", help="the family that predicts every clip")
    heavy: Any = nested(
        "vgg", help="the family that predicts the clips that light is unsure of"
    )


class CascadeModel(Family):
    """A light model, a heavy model and the threshold that decides between them.

    Args:
        light: The trained light model. Its recipe contains its calibration.
        heavy: The trained heavy model. Its recipe contains its calibration.
        recipe: As in `recipe.json`. `settings` contains the threshold and the settings of both
            models; `cascade` contains `threshold` and its metrics on held-out clips.

    Attributes:
        light: As given.
        heavy: As given.
        recipe: As given.
        threshold: The heavy model predicts a clip if the light model's top probability is at
            most this value.
        history: Training curves of the heavy model, and those of the light model with the
            prefix `light_`, such as `light_train_loss`.
        importances: Feature importances of the light model, or of the heavy one if the light
            one has none.
        n_parameters: Number of parameters of both models.
    """

    name: ClassVar[str] = "cascade"
    summary: ClassVar[str] = "a light model for sure clips, a heavy one for the others"
    tasks: ClassVar[tuple[str, ...]] = ("classify",)
    trains_on_valid = True
    Settings: ClassVar[type] = CascadeSettings
    # The choice depends on the whole clip, so the family applies the length rule itself.
    cuts_itself: ClassVar[bool] = True

    def __init__(self, light: Any, heavy: Any, recipe: dict[str, Any]) -> None:
        self.light, self.heavy, self.recipe = light, heavy, recipe
        self.threshold: float = recipe["cascade"]["threshold"]
        own = {f"light_{name}": values for name, values in light.history.items()}
        self.history = {**heavy.history, **own}
        self.importances = light.importances or heavy.importances
        self.n_parameters = light.n_parameters + heavy.n_parameters

    @classmethod
    def check(cls, settings: CascadeSettings, job: Job) -> None:
        """Raises an error if both parts are equal, lack a package, or do not fit the job."""
        if settings.light == settings.heavy:
            fix = "Choose another with --set light=NAME --set heavy=NAME."
            name = settings.light.family
            _check.fail("cascade", "heavy", "another model than `light`", name, fix)
        for place in NAMES:
            chosen = getattr(settings, place)
            part = family(chosen.family)
            if job.task not in part.tasks:
                rule = f"a family that can {job.task}"
                _check.fail("cascade", place, rule, chosen.family)
            if part.only_sample_rate not in (None, job.sample_rate):
                rule = f"a family for {job.sample_rate} Hz"
                fix = f"{chosen.family} takes {part.only_sample_rate} Hz only."
                _check.fail("cascade", place, rule, chosen.family, fix)
            part.check(chosen.settings, job)

    @classmethod
    def train(
        cls,
        train: "pd.DataFrame",
        valid: "pd.DataFrame",
        *,
        recipe: dict[str, Any],
        settings: CascadeSettings,
        folder: Path,
        log: Callable[[str], None],
    ) -> Self:
        """Trains both parts, calibrates them, and chooses the threshold between them.

        Args:
            train: Rows as from `kapre_like.audio.read_dataset`.
            valid: Rows of other groups, for early stopping, calibration and the choice of the
                threshold. Calibration and threshold use predictions for clips that a part was
                not trained on.
            recipe: See `Family.train`.
            settings: See `CascadeSettings`.
            folder: Training folder. After an interruption it contains the finished part and
                the checkpoints of the other one.
            log: Called with one line at a time.

        Raises:
            ValueError: If training a part raises it, or if no clip is available to choose the
                threshold on.
        """
        parts, began = {}, time.perf_counter()
        for name in NAMES:
            # The light model gets at most half of `minutes`, the heavy one the rest.
            used = time.perf_counter() - began
            left = minutes_left(recipe, used)
            share = left / 2 if left and name != NAMES[-1] else left
            parts[name] = trained_part(
                name, getattr(settings, name), train, valid,
                recipe={**recipe, "minutes": share}, folder=folder, log=log,
            )  # fmt: skip
        rows, names = about_clips(train, valid, recipe=recipe), recipe["class_names"]
        for part in parts.values():
            calibrate(part, rows, names)
        light, heavy = parts.values()
        found = find_threshold(light, heavy, rows, names, settings.threshold)
        facts = {"threshold": found.threshold, **found.facts}
        note = _note(facts, settings.light.family, settings.heavy.family)
        log(note)
        inner = {
            f"{name}.{key}": value
            for name, part in parts.items()
            for key, value in part.recipe["settings"].items()
        }
        made = {**to_json(settings), **inner, "threshold": found.threshold, "notes": [note]}
        made |= budget_of(parts)
        model = cls(light, heavy, {**recipe, "settings": made, "cascade": facts})
        model.held_out = found.held_out
        return model

    def predict(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Returns `(clips, classes)` probabilities of the model that predicts each clip.

        Args:
            waveforms: 1-D float32 arrays, whole clips at `recipe["sample_rate"]`.
        """
        return self.predict_noted(waveforms)[0]

    def predict_noted(
        self, waveforms: Sequence[np.ndarray]
    ) -> tuple[np.ndarray, list[dict[str, Any]]]:
        """Returns the probabilities of `predict`, and for each clip extra fields of its record.

        The extra field is `answered_by`, the family that predicted the clip.
        """
        answers = self.answers_of(self.light, waveforms)
        unsure = asks_heavy(answers, self.threshold)
        if unsure.any():
            chosen = [waveform for waveform, one in zip(waveforms, unsure, strict=True) if one]
            answers[unsure] = self.answers_of(self.heavy, chosen)
        families = [self.recipe["settings"][name] for name in NAMES]
        return answers, [{"answered_by": families[int(one)]} for one in unsure]

    @staticmethod
    def answers_of(part: Any, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Returns the calibrated probabilities `(clips, classes)` of one part for all clips."""
        return calibrated(part, np.array(whole_clips(part, waveforms)))

    def explain(self, waveform: np.ndarray) -> list[Stage]:
        """Returns the stages of the light model, the choice, and those of the heavy model.

        The stages of the heavy model are left out if the light one is sure.
        """
        top = min(float(self.answers_of(self.light, [waveform]).max()), 1.0)
        light, heavy = (self.recipe["settings"][name] for name in NAMES)
        unsure = top <= self.threshold
        word, answers = ("at most", heavy) if unsure else ("above", light)
        facts = {
            "top_probability": top,
            "threshold": self.threshold,
            "answered_by": answers,
            "why": f"the top probability of {light} is {word} the threshold",
        }
        stages = [(f"{light}: {title}", found) for title, found in self.light.explain(waveform)]
        stages.append(("cascade", facts))
        if unsure:
            of_heavy = self.heavy.explain(waveform)
            stages += [(f"{heavy}: {title}", found) for title, found in of_heavy]
        return stages

    @property
    def exports(self) -> tuple[str, ...]:  # type: ignore[override]
        """`("onnx",)` if a part is not a network and both can be exported as ONNX."""
        from kapre_like.models.cascade.exporting import file_formats

        return file_formats(self)

    def network(self) -> "keras.Model":
        """Returns both parts as one network; see `cascade_network`."""
        from kapre_like.models.cascade.exporting import cascade_network

        return cascade_network(self)

    def export(self, path: Path, format: str, log: Callable[[str], None]) -> None:
        """Writes both parts as one ONNX file; see `export_onnx`."""
        from kapre_like.models.cascade.exporting import export_onnx

        _check.one_of("export", list(self.exports), format=format)
        export_onnx(self, path, log)

    def model_files(self) -> list[str]:
        """Returns the files of both parts, in the folders `light` and `heavy`."""
        pairs = zip(NAMES, (self.light, self.heavy), strict=True)
        return [file for name, part in pairs for file in part_files(name, part)]

    def save(self, folder: Path) -> None:
        """Writes both parts into folders inside an existing folder."""
        for name in NAMES:
            own = Path(folder) / name
            own.mkdir(exist_ok=True)
            save_part(getattr(self, name), own)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Loads a cascade from a folder that `save` wrote and that contains the recipe."""
        folder = Path(folder)
        return cls(*(load_part(folder / name) for name in NAMES), read_recipe(folder))


def _note(facts: dict[str, Any], light: str, heavy: str) -> str:
    """Returns the metrics on held-out clips as one line for the log and the report."""
    if not facts["clips"]:
        return (
            f"{heavy} predicts clips whose top probability is at most {facts['threshold']:.3g}"
        )
    own, alone = (f"{100 * facts[key]:.1f} %" for key in ("accuracy", "heavy_accuracy"))
    return (
        f"{heavy} predicts clips of which {light} is at most "
        f"{100 * facts['threshold']:.1f} % sure: {100 * facts['share_heavy']:.0f} % of "
        f"{facts['clips']} held-out clips of {facts['groups']} groups, {own} right "
        f"({heavy} alone: {alone})"
    )
