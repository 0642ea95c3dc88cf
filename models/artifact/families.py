"""The families of models by name, each imported when it is asked for.

A family is one class with the same nouns as every other: `train`, `predict`, `save`, `load`,
`model_files`, `recipe`, `history`, `importances`, `n_parameters`. A family of your own is
named by where it lives, `"package.module:Class"`, and takes part in every command.
"""

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

FAMILIES = {
    "boosted": "kapre_like.models.boosted.family:BoostedModel",
    "probe": "kapre_like.models.probe.family:ProbeModel",
    "vgg": "kapre_like.models.vgg.family:VGGModel",
    "wav2vec2": "kapre_like.models.wav2vec2.family.model:Wav2Vec2Model",
}

# What each family imports, and the extra of `pip install 'kapre-like[EXTRA]'` that brings it.
_NEEDS = {
    "boosted": ("catboost",),
    "vgg": ("tensorflow", "keras"),
    "wav2vec2": ("tensorflow", "keras"),
    "probe": ("tensorflow", "keras"),
}
_EXTRAS = {"catboost": "catboost", "tensorflow": "tensorflow", "keras": "tensorflow"}
# Families whose final model learns from the validation clips too, once these have decided when
# to stop; a family of your own says so by an attribute `trains_on_valid`.
_TRAIN_ON_VALID = {"boosted", "probe"}
# Families that may begin with a checkpoint (`recipe["checkpoint"]`), and the only rate at which
# a family works; one of your own says so by attributes `takes_checkpoint`, `only_sample_rate`.
_TAKES_CHECKPOINT = {"probe", "wav2vec2"}
_ONLY_SAMPLE_RATE = {"probe": 16000, "wav2vec2": 16000}


class Family(Protocol):
    """What every family's class offers; tables are those of `kapre_like.audio.manifest`.

    Attributes:
        family: The name it is registered under.
        recipe: All that describes how the model was made; see `experiment/recipe.py`.
        history: Learning curves by name, such as `train_loss`, one number per epoch or tree.
        importances: `(feature name, importance)`, greatest first; empty without features.
        n_parameters: Number of learned parameters.
    """

    family: ClassVar[str]
    recipe: dict[str, Any]
    history: dict[str, list[float]]
    importances: list[tuple[str, float]]
    n_parameters: int

    @classmethod
    def train(cls, train: Any, valid: Any, *, recipe: dict, folder: Path, log: Any) -> Self:
        """Trains on one table, stops by the other; `folder` is for checkpoints."""

    def predict(self, waveforms: list) -> Any:
        """`(clips, classes)` probabilities or `(clips,)` scores."""

    def save(self, folder: Path) -> None:
        """Writes `model_files()` into an existing folder."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads back what `save` wrote, with the folder's recipe."""

    def model_files(self) -> list[str]:
        """Names of the files that make up the model."""


def family(name: str) -> type[Family]:
    """Returns the class of the family `name`, importing it now.

    Args:
        name: `"boosted"`, `"vgg"`, ..., or `"package.module:Class"` for a family of your own.

    Raises:
        ValueError: If there is no family of that name.
        ImportError: If what the family needs is not installed; names the extra.
    """
    check_family(name)
    module, _, attribute = FAMILIES.get(name, name).partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRAS:
            raise
        raise ImportError(_how_to_install(name, missing)) from error


def check_family(name: str) -> None:
    """Refuses an unknown or uninstalled family at once, without importing it.

    Raises:
        ValueError: If there is no family of that name.
        ImportError: If a package that it needs is not installed.
    """
    if name not in FAMILIES and not re.fullmatch(r"[\w.]+:\w+", str(name)):
        known = ", ".join(sorted(FAMILIES))
        raise ValueError(
            f"There is no model family {name!r}. Use one of: {known}; or 'module:Class'."
        )
    for package in _NEEDS.get(name, ()):
        if find_spec(package) is None:
            raise ImportError(_how_to_install(name, package))


def _how_to_install(name: str, package: str) -> str:
    return (
        f"The model family {name!r} needs {package}, which is not installed. "
        f"Run: pip install 'kapre-like[{_EXTRAS[package]}]'"
    )


def trains_on_valid(name: str) -> bool:
    """Whether a family's final model has learned from the validation clips too."""
    return getattr(family(name), "trains_on_valid", name in _TRAIN_ON_VALID)


def takes_checkpoint(name: str) -> bool:
    """Whether a family may begin with a checkpoint; its recipe names it."""
    if name in FAMILIES:
        return name in _TAKES_CHECKPOINT
    return getattr(family(name), "takes_checkpoint", False)


def only_sample_rate(name: str) -> int | None:
    """The one rate in Hz at which a family works; `None`: it takes any."""
    if name in FAMILIES:
        return _ONLY_SAMPLE_RATE.get(name)
    return getattr(family(name), "only_sample_rate", None)


def folder_name(name: str) -> str:
    """Returns the name under which a family's files are kept: `"a.b:Own"` is `"Own"`."""
    return name.rpartition(":")[2]
