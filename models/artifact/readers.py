"""Finds the reader that can open a saved model.

A package enters its readers in the entry-point group `kapre_like.readers`, so this module
imports no network and no format. The module of a reader should import large packages only when
it opens a model.
"""

from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from kapre_like.models.artifact.recipe import RECIPE, TRAINING, read_recipe
from kapre_like.models.artifact.registry import family

GROUP = "kapre_like.readers"
_OURS = "kapre_like."


class Opened(Protocol):
    """A model that a reader opened. Only `recipe` and `predict` are required.

    Attributes:
        recipe: Dict with `task`, `class_names`, `sample_rate` (Hz), `seconds` and
            `length_rule`. It may have more keys.
        cuts_itself: Whether `predict` applies the length rule itself and takes whole clips.
            Without this attribute the `Predictor` cuts the clips by the recipe's rule, and
            averages the predictions.
        calibrated: Whether `predict` applies the recipe's `calibration` itself. `False` without
            this attribute.
        answers: Function of waveforms for models that output text or one label per frame. It
            returns one record per clip, such as `{"text": ..., "words": [...]}`. `None`
            otherwise.
        predict_noted: Function of whole clips. It returns the result of `predict`, and a dict
            of further entries for the record of each clip. `None` without this attribute.
        explain: Function of one waveform, see `Family.explain`.
    """

    recipe: dict[str, Any]

    def predict(self, waveforms: list) -> Any:
        """Returns `(clips, classes)` probabilities or `(clips,)` scores."""


class Reader(Protocol):
    """Opens one kind of saved models. Its constructor has no arguments.

    Attributes:
        kind: Name of what it reads, for messages, such as `"an ONNX file"`.
        takes_options: Whether `open` takes the options of `load_predictor`. `False` without
            this attribute.
    """

    kind: str

    def recognizes(self, path: Path) -> bool:
        """Returns whether a path is such a model, without building it."""

    def open(self, path: Path) -> Opened:
        """Opens the model."""


class TrainedFolder:
    """Reads the folders that `kapre-like train` writes, of every family."""

    kind = "a folder that kapre-like train wrote"

    def recognizes(self, path: Path) -> bool:
        """Returns whether the folder has a recipe, also after an interrupted `install`."""
        places = (path / RECIPE, path / TRAINING / "final" / RECIPE)
        return any(place.is_file() for place in places)

    def open(self, path: Path) -> Opened:
        """Loads the model with its family.

        Raises:
            ValueError: If a file is missing or has another version, or if the network is only
                pretrained. The message states the fix.
            ImportError: If a package of the family is missing.
        """
        recipe = read_recipe(path)
        if recipe.get("task") == "pretrain":
            raise ValueError(
                f"{path}: is a pretrained network, which cannot predict yet. Fine-tune it: "
                f"kapre-like train DATA --model {recipe['family']} --set checkpoint={path} "
                "--out DIR"
            )
        model = family(recipe["family"]).load(path)
        if not getattr(model, "recipe", None):
            model.recipe = recipe
        return model


def readers() -> tuple[list[Reader], list[str]]:
    """Returns the readers of installed packages, and the errors of failed imports.

    The readers of this library come first.
    """
    found, troubles = [], []
    entries = metadata.entry_points(group=GROUP)
    for entry in sorted(entries, key=lambda e: (not e.value.startswith(_OURS), e.name)):
        try:
            found.append(entry.load()())
        except Exception as error:  # another package may fail in any way
            troubles.append(f"reader {entry.name!r}: {type(error).__name__}: {error}")
    return found, troubles


def reader_of(path: Path) -> Reader:
    """Returns the reader that recognizes a path.

    Raises:
        ValueError: If no reader does. The message says what the path is, and the fix.
    """
    found, troubles = readers()
    for reader in found:
        if reader.recognizes(path):
            return reader
    raise ValueError(" ".join([_why_not(path, found), *troubles]))


def _why_not(path: Path, found: list[Reader]) -> str:
    kinds = "; ".join(reader.kind for reader in found)
    fix = f"Name one of: {kinds}."
    if not path.exists():
        return f"{path}: no such file or folder. {fix}"
    if path.is_dir():
        try:
            read_recipe(path)
        except ValueError as error:
            return f"{error} Other models that can be named: {kinds}."
    return f"{path}: is not a model that can predict. {fix}"
