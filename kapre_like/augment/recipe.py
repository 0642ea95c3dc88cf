"""Recipes of augmentation: YAML files that list layers and their arguments.

    about: What the recipe is for, in one sentence.
    waveform:
      - Gain: {min_gain_db: -10, max_gain_db: 6}
      - OneOf:
          layers:
            - AddNoise: {kind: pink}
            - AddNoise: {kind: bank, bank: noises}
    spectrogram:
      - SpecAugment: {freq_mask_param: 8}
    labels:
      - MixUp: {alpha: 0.3}

An entry is the name of a layer, with its arguments if any. The default of `sample_rate` is that
of the training. A path of a bank is relative to the folder of the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from inspect import signature
from pathlib import Path
from typing import Any

import keras

from kapre_like import _check, augment

_SECTIONS = ("waveform", "spectrogram", "labels")
_FOLDER = files("kapre_like.augment") / "recipes"
# Names of the arguments that are a list of layers, and a path.
_LAYERS, _PATHS = "layers", "bank"


@dataclass(frozen=True)
class Recipe:
    """The layers of a recipe.

    Attributes:
        name: Name of the recipe, or the path of its file.
        about: Purpose of the recipe.
        waveform: Layers for waveforms, to apply in this order.
        spectrogram: Layers for spectrograms.
        labels: Layers for pairs of examples and labels.
        text: The YAML text, which is saved with a model.
    """

    name: str
    about: str
    waveform: tuple[keras.layers.Layer, ...]
    spectrogram: tuple[keras.layers.Layer, ...]
    labels: tuple[keras.layers.Layer, ...]
    text: str


def recipe_names() -> list[str]:
    """Returns the names of the recipes that come with the package."""
    return sorted(Path(str(entry)).stem for entry in _FOLDER.iterdir() if _is_yaml(entry.name))


def read_recipe(source: str | Path, *, sample_rate: int, n_classes: int | None = None,
                seed: int = 0) -> Recipe:  # fmt: skip
    """Returns the layers of a recipe.

    Args:
        source: Name of a recipe of this package, or path of a YAML file.
        sample_rate: Int > 0, Hz, default for layers with this argument.
        n_classes: Int > 0, for layers that mix labels; `None` for scores.
        seed: Int >= 0; each layer gets its own seed derived from it.

    Returns:
        A `Recipe` of new layers.

    Raises:
        ValueError: If there is no such recipe, or it names unknown layers or arguments.
    """
    import yaml

    name, path = str(source), _find(source)
    text = path.read_text("utf-8")
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        where = str(error).replace("\n", " ")
        raise ValueError(f"recipe {name}: is not a valid YAML file: {where}.") from error
    if not isinstance(content, Mapping):
        raise ValueError(f"recipe {name}: expects the keys about, {', '.join(_SECTIONS)}.")
    for key in content:
        _check.one_of(f"recipe {name}", ["about", *_SECTIONS], key=key)
    maker = _Maker(name, Path(str(path)).parent, sample_rate, n_classes, seed)
    layers = {section: maker.layers(content.get(section) or []) for section in _SECTIONS}
    return Recipe(name=name, about=str(content.get("about", "")), text=text, **layers)


def _find(source: str | Path) -> Any:
    """Returns the file of a recipe."""
    path = Path(source)
    if path.suffix or len(path.parts) > 1:
        if not path.is_file():
            raise ValueError(f"recipe: there is no file {path}.")
        return path
    names = recipe_names()
    if str(source) not in names:
        fix = "A path of a YAML file ends in .yaml."
        _check.fail("recipe", "augment", f"one of {', '.join(names)}, or a file", source, fix)
    return _FOLDER / f"{source}.yaml"


def _is_yaml(name: str) -> bool:
    return name.endswith(".yaml")


class _Maker:
    """Makes the layers of one recipe; each gets its own seed."""

    def __init__(self, name: str, folder: Path, sample_rate: int, n_classes: int | None,
                 seed: int) -> None:  # fmt: skip
        self.name, self.folder, self.sample_rate = name, folder, sample_rate
        self.n_classes, self.seed = n_classes, seed

    def layers(self, entries: Any) -> tuple[keras.layers.Layer, ...]:
        """Returns the layers of a list of entries."""
        if not isinstance(entries, list):
            raise ValueError(f"recipe {self.name}: expects a list of layers. Received: "
                             f"{entries!r}.")  # fmt: skip
        return tuple(self._layer(entry) for entry in entries)

    def _layer(self, entry: Any) -> keras.layers.Layer:
        """Returns the layer of one entry: a name, or a mapping of a name to arguments."""
        if isinstance(entry, str):
            entry = {entry: {}}
        if not isinstance(entry, Mapping) or len(entry) != 1:
            raise ValueError(f"recipe {self.name}: expects `Layer: {{arguments}}`. Received: "
                             f"{entry!r}.")  # fmt: skip
        ((kind, given),) = entry.items()
        _check.one_of(f"recipe {self.name}", augment.LAYERS, layer=kind)
        layer = getattr(augment, kind)
        return layer(**self._arguments(kind, layer, dict(given or {})))

    def _arguments(self, kind: str, layer: type, given: dict[str, Any]) -> dict[str, Any]:
        known = [n for n in _parameters(layer) if n not in ("self", "kwargs")]
        for name in given:
            _check.one_of(f"recipe {self.name}: {kind}", known, argument=name)
        if _LAYERS in given:
            given[_LAYERS] = list(self.layers(given[_LAYERS]))
        if _PATHS in given:
            given[_PATHS] = self._resolved(given[_PATHS])
        added = {"sample_rate": self.sample_rate, "n_classes": self.n_classes}
        added = {name: value for name, value in added.items() if name in known}
        if "seed" in known:
            self.seed = (self.seed * 1_000_003 + 12345) % (2**31 - 1)
            added["seed"] = self.seed
        return {**added, **given}

    def _resolved(self, paths: Any) -> Any:
        """Returns a path or a list of paths, relative to the folder of the recipe."""
        if isinstance(paths, list):
            return [self._resolved(path) for path in paths]
        return str(self.folder / paths) if isinstance(paths, str) else paths


def _parameters(layer: type) -> list[str]:
    """Returns the names of the arguments of a layer's constructor."""
    return list(signature(layer.__init__).parameters)
