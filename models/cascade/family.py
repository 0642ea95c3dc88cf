"""The cascade family: a light model answers when it is sure, the heavy one gets the rest."""

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
        least=0,
        most=1,
        help="the heavy model answers up to this top probability of the light one (default: "
        "by held-out clips)",
    )
    light: Any = nested("boosted", help="the family that hears every clip")
    heavy: Any = nested("vgg", help="the family that hears what the light one is not sure of")


class CascadeModel(Family):
    """A light and a heavy model, and the threshold between them.

    Args:
        light: The trained light model, its calibration in its recipe.
        heavy: The trained heavy model, likewise.
        recipe: As in `recipe.json`. `settings` has the threshold that is used and all that the
            parts put into theirs; `cascade` has `threshold` and what held-out clips say of it.

    Attributes:
        light: As given.
        heavy: As given.
        recipe: As given.
        threshold: Up to this top probability of the light model the heavy one answers.
        history: That of the heavy model; the light one's as `light_train_loss` and so on.
        importances: Of the light model, or of the heavy one if it has none.
        n_parameters: Of both.
    """

    name: ClassVar[str] = "cascade"
    summary: ClassVar[str] = "a light model where it is sure, a heavy one for the rest"
    tasks: ClassVar[tuple[str, ...]] = ("classify",)
    trains_on_valid: ClassVar[bool] = True
    Settings: ClassVar[type] = CascadeSettings
    # The light model decides by the whole clip, not by a window of it.
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
        """Refuses parts that are the same, are missing a package, or do not fit the job."""
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
            valid: Rows of other groups. They stop the parts, calibrate them and choose the
                threshold: both are judged there by answers to clips that they had not seen.
            recipe: See `Family.train`.
            settings: See `CascadeSettings`.
            folder: A part that was finished, and the checkpoints of the other, are there when
                a killed training goes on.
            log: Called with one line at a time.

        Raises:
            ValueError: As the parts' own; or if there is no clip to choose the threshold on.
        """
        parts, began = {}, time.perf_counter()
        for name in NAMES:
            # Of `minutes` the light model has half at most, the heavy one all that is left.
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
        told = {"threshold": found.threshold, **found.facts}
        note = _note(told, settings.light.family, settings.heavy.family)
        log(note)
        inner = {
            f"{name}.{key}": value
            for name, part in parts.items()
            for key, value in part.recipe["settings"].items()
        }
        made = {**to_json(settings), **inner, "threshold": found.threshold, "notes": [note]}
        made |= budget_of(parts)
        model = cls(light, heavy, {**recipe, "settings": made, "cascade": told})
        model.held_out = found.held_out
        return model

    def predict(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Returns `(clips, classes)` probabilities of the model that answers each clip.

        Args:
            waveforms: 1-D float32 arrays, whole clips at `recipe["sample_rate"]`.
        """
        return self.predict_noted(waveforms)[0]

    def predict_noted(
        self, waveforms: Sequence[np.ndarray]
    ) -> tuple[np.ndarray, list[dict[str, Any]]]:
        """Returns what `predict` does, and for each clip what a record says besides it."""
        answers = self.answers_of(self.light, waveforms)
        asked = asks_heavy(answers, self.threshold)
        if asked.any():
            unsure = [waveform for waveform, ask in zip(waveforms, asked, strict=True) if ask]
            answers[asked] = self.answers_of(self.heavy, unsure)
        families = [self.recipe["settings"][name] for name in NAMES]
        return answers, [{"answered_by": families[int(ask)]} for ask in asked]

    @staticmethod
    def answers_of(part: Any, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Returns the calibrated probabilities `(clips, classes)` of one part for all clips."""
        return calibrated(part, np.array(whole_clips(part, waveforms)))

    def explain(self, waveform: np.ndarray) -> list[Stage]:
        """Returns what the light model saw, which model answered and why, and what that saw."""
        sure = min(float(self.answers_of(self.light, [waveform]).max()), 1.0)
        light, heavy = (self.recipe["settings"][name] for name in NAMES)
        asked = sure <= self.threshold
        word, answers = ("at most", heavy) if asked else ("above", light)
        facts = {
            "top_probability": sure,
            "threshold": self.threshold,
            "answered_by": answers,
            "why": f"the top probability of {light} is {word} the threshold",
        }
        stages = [(f"{light}: {title}", seen) for title, seen in self.light.explain(waveform)]
        stages.append(("cascade", facts))
        if asked:
            seen_there = self.heavy.explain(waveform)
            stages += [(f"{heavy}: {title}", seen) for title, seen in seen_there]
        return stages

    @property
    def exports(self) -> tuple[str, ...]:  # type: ignore[override]
        """ONNX, where a part is no network and both can be ONNX files."""
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
        """Reads back what `save` wrote, with the recipe beside it."""
        folder = Path(folder)
        return cls(*(load_part(folder / name) for name in NAMES), read_recipe(folder))


def _note(told: dict[str, Any], light: str, heavy: str) -> str:
    """What the held-out clips say, in a line for the log and the report."""
    if not told["clips"]:
        return f"{heavy} answers up to a top probability of {told['threshold']:.3g}"
    own, alone = (f"{100 * told[key]:.1f} %" for key in ("accuracy", "heavy_accuracy"))
    return (
        f"{heavy} answers where {light} is at most {100 * told['threshold']:.1f} % sure: "
        f"{100 * told['share_heavy']:.0f} % of {told['clips']} held-out clips of "
        f"{told['groups']} groups, {own} right ({heavy} alone: {alone})"
    )
