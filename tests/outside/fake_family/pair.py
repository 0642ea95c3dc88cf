"""Two families as one: the mean of a light and a heavy one, each with its own settings."""

from dataclasses import dataclass
from typing import Any

from kapre_like.models.artifact.families import Family
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.artifact.registry import family
from kapre_like.models.artifact.settings import nested, setting, to_json


@dataclass(frozen=True)
class PairSettings:
    share: float = setting(0.5, min_value=0, max_value=1, help="how much the heavy one counts")
    light: Any = nested("fake_family:Guess", help="the light family")
    heavy: Any = nested("level", help="the heavy family")


class Pair(Family):
    name = "pair"
    summary = "the mean of two families"
    Settings = PairSettings

    def __init__(self, parts, recipe):
        self.parts, self.recipe, self.history = parts, recipe, {}
        self.importances = []
        self.n_parameters = sum(part.n_parameters for part in parts)

    @classmethod
    def check(cls, settings, job):
        for chosen in (settings.light, settings.heavy):
            family(chosen.family).check(chosen.settings, job)

    @classmethod
    def train(cls, train, valid, *, recipe, settings, folder, log):
        parts = []
        for name in ("light", "heavy"):
            chosen = getattr(settings, name)
            own = folder / name
            own.mkdir(exist_ok=True)
            parts.append(
                family(chosen.family).train(
                    train, valid, recipe=recipe, settings=chosen.settings, folder=own, log=log
                )
            )
        return cls(parts, {**recipe, "settings": to_json(settings)})

    def predict(self, waveforms):
        share = self.recipe["settings"]["share"]
        light, heavy = (part.predict(waveforms) for part in self.parts)
        return (1 - share) * light + share * heavy

    def model_files(self):
        return ["light.json", "heavy.json"]

    def save(self, folder):
        for part, name in zip(self.parts, self.model_files(), strict=True):
            part.write(folder / name)

    @classmethod
    def load(cls, folder):
        recipe = read_recipe(folder)
        parts = [
            family(recipe["settings"][name]).read(folder / f"{name}.json", recipe)
            for name in ("light", "heavy")
        ]
        return cls(parts, recipe)
