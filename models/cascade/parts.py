"""The two models of a cascade: training, resuming, held-out predictions, calibration, folders.

The folder of a cascade contains the folders `light` and `heavy`. Each is a complete trained
model with its own files and its own `recipe.json`, which contains its calibration.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kapre_like._replacing import replacing
from kapre_like.audio.rows import read_row, rows_of
from kapre_like.models.artifact import recipe as recipes
from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.artifact.families import Family, HeldOut
from kapre_like.models.artifact.length_rule import LengthRule, predict_by_rule
from kapre_like.models.artifact.registry import family
from kapre_like.models.artifact.settings import Chosen, to_json
from kapre_like.models.training.deadline import note_of

if TYPE_CHECKING:
    import pandas as pd

Log = Callable[[str], None]

NAMES = ("light", "heavy")
# Number of clips in memory at once.
_CLIPS = 64
# Files beside a finished part, with values that its own files do not contain.
_HELD_OUT, _HISTORY = "held_out.npz", "history.json"


def trained_part(
    name: str,
    chosen: Chosen,
    train: "pd.DataFrame",
    valid: "pd.DataFrame",
    *,
    recipe: dict[str, Any],
    folder: Path,
    log: Log,
) -> Family:
    """Trains one part, or loads it if it was finished before the training was interrupted.

    Args:
        name: `"light"` or `"heavy"`.
        chosen: Its family and settings.
        train: Training rows.
        valid: Validation rows, of other groups.
        recipe: The recipe of the cascade.
        folder: Folder for files that a resumed training needs. The part uses its own folder
            inside it.
        log: Called with one line at a time.

    Returns:
        The model, with `held_out` set.
    """
    own = folder / name
    done = own / "done"
    if (done / recipes.RECIPE).is_file():
        log(f"{name}: {chosen.family} was trained before the interruption")
        return _resumed(done)
    cls, own_recipe = family(chosen.family), _recipe_of(recipe, chosen)
    own.mkdir(parents=True, exist_ok=True)
    log(f"{name}: {chosen.family}")
    try:
        part = cls.train(
            train, valid, recipe=own_recipe, settings=chosen.settings, folder=own,
            log=lambda line: log(f"{name}: {line}"),
        )  # fmt: skip
    finally:
        # Remove the folder if training failed before the first checkpoint.
        if not any(own.iterdir()):
            own.rmdir()
    if part.held_out is None:
        # Predictions for clips that it was trained on say nothing about new clips.
        unseen = valid.iloc[:0] if part.trains_on_valid else valid
        part.held_out = HeldOut(list(unseen["digest"]), _answers_of_rows(part, unseen))
    if part.trains_on_valid:
        part.recipe["trained_on"] = _together(recipe["trained_on"], recipe["validated_on"])
    own.mkdir(exist_ok=True)
    with replacing(done) as new:
        new.mkdir()
        save_part(part, new)
        np.savez(new / _HELD_OUT, digests=part.held_out.digests, output=part.held_out.output)
        recipes.write_json(new / _HISTORY, part.history)
    return part


def whole_clips(part: Any, waveforms: Sequence[np.ndarray]) -> np.ndarray:
    """Returns the raw probabilities `(clips, classes)` of a part for whole clips."""
    if getattr(part, "cuts_itself", False):
        return np.asarray(part.predict(list(waveforms)))
    rule, rate = LengthRule.of(part.recipe), part.recipe["sample_rate"]
    return predict_by_rule(part.predict, waveforms, rule, rate)


def budget_of(parts: dict[str, Any]) -> dict[str, Any]:
    """Returns the setting `budget`: that of the last limited part, with the notes of all."""
    plans = {name: part.recipe["settings"].get("budget") for name, part in parts.items()}
    limited = {name: plan for name, plan in plans.items() if plan is not None}
    if not limited:
        return {}
    notes = [f"{name}: {note_of(plan)}" for name, plan in limited.items() if note_of(plan)]
    last = {key: value for key, value in list(limited.values())[-1].items() if key != "said"}
    return {"budget": {**last, "note": "; ".join(notes)}}


def calibrated(part: Any, output: np.ndarray) -> np.ndarray:
    """Applies the calibration of a part to its raw probabilities."""
    calibration = calibration_of(part)
    return output if calibration is None else calibration.apply(output)


def calibration_of(model: Any) -> Calibration | None:
    """Returns the calibration in the recipe of a part, or of the cascade."""
    return Calibration.from_json(model.recipe.get("calibration"))


def part_files(name: str, part: Any) -> list[str]:
    """Returns the files of a part, relative to the cascade's folder."""
    return [f"{name}/{file}" for file in (*part.model_files(), recipes.RECIPE)]


def save_part(part: Any, folder: Path) -> None:
    """Writes a part and its recipe into an existing folder."""
    part.save(folder)
    part.recipe = {**part.recipe, "files": part.model_files()}
    recipes.write_recipe(folder, part.recipe)


def load_part(folder: Path) -> Family:
    """Loads a part from its folder.

    Raises:
        ValueError: If the folder does not contain a trained model.
        ImportError: If a package of its family is missing.
    """
    recipe = recipes.read_recipe(folder)
    part = family(recipe["family"]).load(folder)
    if not getattr(part, "recipe", None):
        part.recipe = recipe
    return part


def _resumed(done: Path) -> Family:
    part = load_part(done)
    part.history = json.loads((done / _HISTORY).read_text("utf-8"))
    with np.load(done / _HELD_OUT) as arrays:
        part.held_out = HeldOut(arrays["digests"].tolist(), arrays["output"])
    return part


def _recipe_of(recipe: dict[str, Any], chosen: Chosen) -> dict[str, Any]:
    """Returns the recipe of a part, as if it were trained alone on the same clips."""
    return {**recipe, "family": chosen.family, "settings": to_json(chosen.settings)}


def _together(*known: dict[str, Any]) -> dict[str, Any]:
    """Joins entries of a recipe that describe clips: number, digests, contents."""
    lists = {
        key: [item for one in known for item in one[key]] for key in ("digests", "contents")
    }
    return {"n": len(lists["digests"]), **lists}


def _answers_of_rows(part: Family, table: "pd.DataFrame") -> np.ndarray:
    """Returns raw probabilities for the rows of a table. Each window of a clip is a row."""
    rows, rate = rows_of(table), part.recipe["sample_rate"]
    parts = [
        whole_clips(part, [read_row(row, sample_rate=rate) for row in rows[at : at + _CLIPS]])
        for at in range(0, len(rows), _CLIPS)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, len(part.recipe["class_names"])))
