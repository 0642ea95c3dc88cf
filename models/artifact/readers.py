"""Readers of saved models, found by asking each whether it knows what is at a path.

A reader enters itself in the entry-point group `kapre_like.readers` of the package that it
comes with, so that this module imports no network and no format. Its module should import what
is heavy when it opens a model.
"""

from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from kapre_like.models.artifact.families import family
from kapre_like.models.artifact.recipe import RECIPE, TRAINING, read_recipe

GROUP = "kapre_like.readers"
_OURS = "kapre_like."


class Opened(Protocol):
    """A model that a reader opened. Everything but these two is optional.

    Attributes:
        recipe: Dict with `task`, `class_names`, `sample_rate` (Hz), `seconds` and
            `length_rule`; more if it is known.
        cuts_itself: Whether the length rule is inside what `predict` runs, so that it must be
            given whole clips. Without this attribute the clips are cut by the recipe's rule
            before, and the answers averaged.
        answers: Function of waveforms, for models that answer per frame or in text: returns
            a record per clip, such as `{"text": ..., "words": [...]}`; `None` otherwise.
        explain: Function of one waveform, see `Family.explain`.
    """

    recipe: dict[str, Any]

    def predict(self, waveforms: list) -> Any:
        """`(clips, classes)` probabilities or `(clips,)` scores of 1-D float32 waveforms."""


class Reader(Protocol):
    """A kind of saved model. The class is entered; it is made without arguments.

    Attributes:
        kind: What it reads, in plain words, such as `"an ONNX file"`.
    """

    kind: str

    def recognizes(self, path: Path) -> bool:
        """Whether a path holds such a model; cheap, without building it."""

    def open(self, path: Path) -> Opened:
        """Opens the model."""


class TrainedFolder:
    """Reads the folders that `kapre-like train` writes, of every family."""

    kind = "a folder that kapre-like train wrote"

    def recognizes(self, path: Path) -> bool:
        """Whether there is a recipe, or one that an interrupted writing left behind."""
        places = (path / RECIPE, path / TRAINING / "final" / RECIPE)
        return any(place.is_file() for place in places)

    def open(self, path: Path) -> Opened:
        """Opens the model by the class of its family.

        Raises:
            ValueError: If a file is missing or of another version, or the network is only
                pretrained; says what to do.
            ImportError: If a package of the family is missing.
        """
        recipe = read_recipe(path)
        if recipe.get("task") == "pretrain":
            raise ValueError(
                f"{path}: is a pretrained network, which answers nothing yet. Fine-tune it: "
                f"kapre-like train DATA --model {recipe['family']} --set checkpoint={path} "
                "--out DIR"
            )
        model = family(recipe["family"]).load(path)
        if not getattr(model, "recipe", None):
            model.recipe = recipe
        return model


def readers() -> tuple[list[Reader], list[str]]:
    """Returns the readers that installed packages enter, and why others cannot be imported.

    This library's own come first.
    """
    found, troubles = [], []
    entries = metadata.entry_points(group=GROUP)
    for entry in sorted(entries, key=lambda e: (not e.value.startswith(_OURS), e.name)):
        try:
            found.append(entry.load()())
        except Exception as error:  # a package from outside may fail in any way
            troubles.append(f"reader {entry.name!r}: {type(error).__name__}: {error}")
    return found, troubles


def reader_of(path: Path) -> Reader:
    """Returns the reader that recognizes a path.

    Raises:
        ValueError: If none does; says what the path is instead and what to do.
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
    return f"{path}: is no model that can predict. {fix}"
