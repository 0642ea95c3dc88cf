"""Opens a frozen network of any installed kind.

A package registers its kind of networks in the entry-point group `kapre_like.networks`. This
module therefore imports no kind by name. An entry point is a class whose constructor takes no
arguments. Its module imports large packages only when it opens a network.
"""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kapre_like import _check
from kapre_like.models.artifact.load import NETWORKS
from kapre_like.models.checkpoints.folder import is_hub_name, read_config, read_hub_config
from kapre_like.models.embeddings.files.programs import names_file
from kapre_like.models.embeddings.frozen import FrozenNetwork
from kapre_like.saving import find_card_in_file

if TYPE_CHECKING:
    from kapre_like.models.embeddings.known import KnownNetwork

GROUP = NETWORKS
_RULE = "a model, a folder, a .keras file or a name on the Hugging Face hub"


@dataclass(frozen=True)
class Source:
    """The network argument of a user, with the facts that its files contain.

    Attributes:
        given: A name, a path or a Keras model.
        path: The file or folder, if it exists. If a folder has a `model.keras` and no
            `config.json` of a checkpoint, it is that file.
        weights: File or folder of weights, for a network that is given by name; or `None`.
        config: Content of the checkpoint's `config.json`; `None` if there is none.
        card: Facts of the `ModelCard` in a Keras model or `.keras` file; `None` if there is
            none.
    """

    given: Any
    path: Path | None = None
    weights: Any = None
    config: dict[str, Any] | None = None
    card: dict[str, Any] | None = None

    @property
    def model_type(self) -> Any:
        """The `model_type` of the checkpoint's `config.json`; `None` if unknown."""
        checkpoint = (self.card or {}).get("checkpoint") or {}
        return (self.config or checkpoint.get("config") or {}).get("model_type")


class Networks(Protocol):
    """A kind of networks, as in the entry-point group.

    Attributes:
        name: Name for messages.
        keras_modules: Modules that register the custom Keras classes of the networks.
    """

    name: str
    keras_modules: tuple[str, ...]

    def recognizes(self, source: Source) -> bool:
        """Returns whether a network is of this kind. Does not build it."""

    def open(self, owner: str, source: Source, *, seed: int) -> FrozenNetwork:
        """Opens the network. `owner` is for error messages, `seed` for random weights."""

    def known(self) -> "Iterable[KnownNetwork]":
        """Returns the published networks of this kind; see `known.KnownNetwork`."""


def open_network(
    owner: str,
    given: Any,
    *,
    weights: Any = None,
    takes: str | None = None,
    output: str | int | None = None,
    seed: int = 0,
) -> FrozenNetwork:
    """Opens a frozen network.

    Args:
        owner: Name of the caller, for error messages.
        given: One of: a Keras model with a `ModelCard`; a `.keras` file, or a folder with one
            that `kapre-like train` wrote; the folder of a checkpoint, or its name on the hub;
            another name that an installed kind of networks recognizes; the file of another
            program, see `files.backbone.Backbone`; an open `FrozenNetwork`.
        weights: File or folder of weights, for a network that is given by name.
        takes: Input of a file of another program, see `Backbone.from_file`.
        output: Output of a file of another program, see `Backbone.from_file`.
        seed: Int >= 0, for networks with random weights.

    Raises:
        ValueError: If no installed kind of networks recognizes it.
        ImportError: If it is a name on the hub, and `huggingface_hub` is not installed.
    """
    _check.non_negative_int(owner, seed=seed)
    if isinstance(given, FrozenNetwork):
        return given
    if takes is not None or output is not None:
        return _open_file(owner, given, takes, output)
    source, kinds = replace(_look(owner, given), weights=weights), list(installed_kinds())
    found = _recognizing(kinds, source)
    if found is None and names_file(given):
        return _open_file(owner, given, takes, output)
    if found is None and source.path is None and is_hub_name(given):
        # Ask the hub last, because a kind may recognize the name without it.
        source = replace(source, config=read_hub_config(given, owner=owner))
        found = _recognizing(kinds, source)
    if found is None:
        raise ValueError(_why_not(owner, source, [kind.name for kind in kinds]))
    return found.open(owner, source, seed=seed)


def _open_file(owner: str, given: Any, takes: str | None, output: Any) -> FrozenNetwork:
    """Opens a file of another program. An error lists its inputs if `takes` is missing."""
    from kapre_like.models.embeddings.files.backbone import Backbone

    exists = isinstance(given, str | Path) and Path(given).expanduser().exists()
    if not exists and not names_file(given):
        rule = f"None for {given!s}, which is not a file or folder"
        name, value = ("output", output) if takes is None else ("takes", takes)
        _check.fail(owner, name, rule, value)
    return Backbone.from_file(given, takes=takes, output=output, owner=owner)


def installed_kinds() -> Iterator[Networks]:
    """Yields the kinds of networks of all installed packages, sorted by name."""
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda entry: entry.name):
        yield entry.load()()


def _recognizing(kinds: list[Networks], source: Source) -> Networks | None:
    return next((kind for kind in kinds if kind.recognizes(source)), None)


def _look(owner: str, given: Any) -> Source:
    """Returns the source with the facts that do not need access to the hub."""
    if not isinstance(given, str | Path) or not str(given):
        if not hasattr(given, "layers"):
            _check.fail(owner, "network", _RULE, given)
        from kapre_like.models.artifact.card import card_of

        return Source(given, card=card_of(given).facts())
    path = Path(given)
    if path.is_dir() and (path / "config.json").is_file():
        return Source(given, path, config=read_config(path, owner=owner))
    if path.is_dir() and (path / "model.keras").is_file():
        path = path / "model.keras"
    if path.suffix == ".keras" and path.is_file():
        return Source(given, path, card=_card(path))
    return Source(given, path if path.exists() else None)


def _card(path: Path) -> dict[str, Any] | None:
    try:
        return find_card_in_file(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: cannot be read as a .keras file ({error}).") from error


def _why_not(owner: str, source: Source, installed: list[str]) -> str:
    """Returns the error message for a source that no installed kind recognizes."""
    ends = f"Installed kinds of networks: {', '.join(installed) or 'none'}."
    if source.model_type is not None:
        kind = f"has the model_type {source.model_type!r}, which no installed kind supports"
    elif source.path is None and not hasattr(source.given, "layers"):
        kind = f"is not {_RULE}"
    elif source.path is not None and source.path.is_dir() and source.config is None:
        kind = "has no config.json, so it is not a checkpoint"
    else:
        kind = "has no model_type in its card or config.json"
    return f"{owner}: `network` {source.given!s} {kind}. {ends}"
