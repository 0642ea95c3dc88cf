"""Runs each training of a comparison once, even if the comparison is interrupted.

While a comparison is incomplete, its folder contains `.comparing` with a JSON file per
training: a fingerprint, its share of the minutes, and its result once it has finished. If the
same comparison is started again, it reads the results from these files. The interrupted
training resumes from its own checkpoints with the same share, so that its learning rates are
the same. With other data or settings the fingerprint differs, and the training starts anew.
"""

import hashlib
import json
import shutil
import time
from pathlib import Path
from typing import Any

from kapre_like.models.artifact.recipe import RECIPE, write_json
from kapre_like.models.experiment.budget import Budget, budget_note, overtime
from kapre_like.models.experiment.clip_rows import to_json
from kapre_like.models.experiment.clips import Log
from kapre_like.models.experiment.launch import launch
from kapre_like.models.experiment.splitting import Stage

COMPARING = ".comparing"
INTERRUPTED = (
    "the training of {} was interrupted; its training time may not include the time before that"
)


class Trainings:
    """The trainings of one comparison.

    Args:
        out: The folder of the comparison.
        minutes: Float > 0, limit for all trainings together; `None` for no limit.
        number: Float > 0, sum of the weights of the trainings; see `Budget`.
        log: Called with one line at a time.
        other_sounds: A folder of sounds that belong to no class, or `None`; see `out_of_set`.
    """

    def __init__(
        self,
        out: Path,
        *,
        minutes: float | None,
        number: float,
        log: Log,
        other_sounds: str | None = None,
    ) -> None:
        self._out, self._minutes, self._log = out, minutes, log
        self._other_sounds = other_sounds
        self._budget = Budget(minutes, number)

    def run(
        self,
        alias: str,
        stage: Stage,
        recipe: dict[str, Any],
        folder: Path,
        *,
        weight: float = 1.0,
        keep: bool = True,
    ) -> dict[str, Any]:
        """Trains and measures one model, or returns the result of an interrupted comparison.

        Args:
            alias: Name of the model in messages.
            stage: The clips to train and to test on.
            recipe: As in `recipe.json`; `minutes` is added.
            folder: The folder of the model, inside `out`.
            weight: Float > 0, weight of the training; 1 for a training on all clips.
            keep: Whether the model is kept and its predictions are timed.

        Returns:
            The result of `launch`, with `seconds_process` of the whole process, and `overtime`.
        """
        mark = self._mark(stage, recipe, folder)
        noted = self._noted(folder, mark)
        result = noted.get("result")
        if result is not None and (not keep or (folder / RECIPE).is_file()):
            self._log(f"{alias}: trained before the interruption ({stage.name})")
            self._budget.used(result["seconds_process"], weight)
            return result
        minutes = noted.get("minutes", self._budget.share(weight, recipe["settings"]))
        self._note(folder, {"mark": mark, "minutes": minutes})
        result = self._trained(alias, stage, {**recipe, "minutes": minutes}, folder, keep)
        if noted:
            result["settings"].setdefault("notes", []).append(INTERRUPTED.format(alias))
        self._budget.used(result["seconds_process"], weight)
        self._note(folder, {"mark": mark, "minutes": minutes, "result": result})
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
        return result

    def finish(self) -> None:
        """Removes the files that an interrupted comparison would need."""
        shutil.rmtree(self._out / COMPARING, ignore_errors=True)

    def _trained(
        self, alias: str, stage: Stage, recipe: dict[str, Any], folder: Path, keep: bool
    ) -> dict[str, Any]:
        began = time.perf_counter()
        try:
            result = launch(
                alias, stage, recipe, folder, self._log, measure=keep,
                other_sounds=self._other_sounds,
            )  # fmt: skip
        except ValueError:
            # The user must change the data or a setting, so this training cannot be resumed.
            self._forget(folder)
            raise
        result["seconds_process"] = time.perf_counter() - began
        result["overtime"] = overtime(recipe["minutes"], result)
        notes = [result["overtime"], budget_note(result)]
        result["settings"].setdefault("notes", []).extend(filter(None, notes))
        return result

    def _mark(self, stage: Stage, recipe: dict[str, Any], folder: Path) -> str:
        """Returns the fingerprint of a training: recipe, tables with digests, minutes."""
        facts = {name: value for name, value in recipe.items() if name != "versions"}
        tables = [to_json(getattr(stage, name)) for name in stage._fields[1:]]
        place = folder.relative_to(self._out).as_posix()
        return _digest([facts, tables, place, self._minutes, self._other_sounds])

    def _path(self, folder: Path) -> Path:
        place = folder.relative_to(self._out).as_posix()
        return self._out / COMPARING / f"{_digest(place)[:16]}.json"

    def _noted(self, folder: Path, mark: str) -> dict[str, Any]:
        try:
            noted = json.loads(self._path(folder).read_text("utf-8"))
            return noted if noted["mark"] == mark else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _note(self, folder: Path, value: dict[str, Any]) -> None:
        path = self._path(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, value)

    def _forget(self, folder: Path) -> None:
        """Removes the file of a training, and folders that become empty."""
        path = self._path(folder)
        path.unlink(missing_ok=True)
        for empty in (path.parent, self._out):
            if empty.is_dir() and not any(empty.iterdir()):
                empty.rmdir()


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
