"""Runs the trainings of a comparison: each model on each stage, and on parts of the data."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kapre_like.models.experiment.clips import Log
from kapre_like.models.experiment.family_selection import Selected
from kapre_like.models.experiment.splitting import Stage
from kapre_like.models.experiment.subsets import Subset
from kapre_like.models.experiment.train import new_recipe
from kapre_like.models.experiment.trainings import COMPARING, Trainings


@dataclass(frozen=True)
class Runs:
    """The models and stages of a comparison.

    Attributes:
        selected: The models by alias.
        stages: The stages.
        recipe: Arguments of `new_recipe` that all models share.
        trainings: Runs workers.
        out: The folder of the comparison.
        log: Called with one line at a time.
    """

    selected: dict[str, Selected]
    stages: list[Stage]
    recipe: dict[str, Any]
    trainings: Trainings
    out: Path
    log: Log

    def whole(self) -> dict[str, list[dict[str, Any]]]:
        """Trains and tests each model on each stage; returns the results of `worker.run`."""
        return {
            alias: [self._one(alias, stage) for stage in self.stages] for alias in self.selected
        }

    def smaller(self, planned: list[Subset]) -> dict[str, list[dict[str, Any]]]:
        """Trains and tests each model on smaller parts of the data. The models are not kept."""
        found: dict[str, list[dict[str, Any]]] = {alias: [] for alias in self.selected}
        for alias in self.selected:
            for number, subset in enumerate(planned, start=1):
                self.log(f"{alias}: learning curve, {number} of {len(planned)} ({subset.name})")
                recipe = {**self._recipe(alias, subset.stage), "wanted": None}
                folder = self.out / COMPARING / alias / subset.name
                result = self.trainings.run(
                    alias, subset.stage, recipe, folder, weight=subset.share, keep=False
                )
                found[alias].append(result)
        return found

    def folder(self, alias: str, stage: Stage) -> Path:
        """Returns the folder of a trained model."""
        if len(self.stages) == 1:
            return self.out / alias
        name = re.sub(r"[^\w.-]+", "_", stage.name.removeprefix("fold "))
        return self.out / alias / f"fold-{name}"

    def _one(self, alias: str, stage: Stage) -> dict[str, Any]:
        if len(self.stages) > 1:
            number = [one.name for one in self.stages].index(stage.name) + 1
            # The name of a leave-one-group-out fold is that of its group.
            name = "" if stage.name == f"fold {number}" else f" ({stage.name})"
            self.log(f"{alias}: fold {number} of {len(self.stages)}{name}")
        recipe = self._recipe(alias, stage)
        return self.trainings.run(alias, stage, recipe, self.folder(alias, stage))

    def _recipe(self, alias: str, stage: Stage) -> dict[str, Any]:
        return new_recipe(self.selected[alias], stage.train, stage.valid, **self.recipe)
