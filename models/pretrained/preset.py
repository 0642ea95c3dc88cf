"""What is known of a pretrained network without opening it: facts, files and where they are.

Nothing here imports Keras, so that `kapre-like weights` is quick.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kapre_like.models.checkpoints.folder import (
    cached_checkpoint,
    find_checkpoint,
    is_hub_name,
)

# The argument `weights` that asks for random weights.
RANDOM = "random"


@dataclass(frozen=True, kw_only=True)
class KnownFile:
    """A published file of weights.

    Attributes:
        name: File name, by which it is searched for.
        where: Where the file comes from, for users.
        sha256: Hexadecimal digest of its content, of a folder that of its largest file; `None`
            if unknown.
        package: Installed Python package that contains the file; `None` without.
        inside: Path of the file in that package.
    """

    name: str
    where: str
    sha256: str | None = None
    package: str | None = None
    inside: str = ""


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A pretrained network of this library.

    Attributes:
        name: Name of the network, such as `"yamnet"`.
        summary: One line on the architecture.
        module: Module with `build(weights, seed=0)` and `states(model, depths)`.
        row: Row of the module's table, for several networks of one module: `build` takes it as
            `row`. `None` for a single network.
        sizes: Module with `facts(preset, weights)`, for a network whose sizes are in its
            checkpoint. It imports no Keras. `None` for fixed sizes.
        prefix: Start of the column names of its embeddings. Trained models refer to them.
        sample_rate: Int > 0, Hz, of the input.
        channels: Int > 0, of the embeddings.
        state_channels: Channels of the numbered hidden states.
        clip_channels: Channels of the embedding of a whole clip, where the original has one.
        patch: Frames and bands of a patch, for a network of patches; `None` for others.
        first_seconds: Float > 0, seconds of sound that the first embedding is computed from.
        hop_seconds: Float > 0, seconds between embeddings.
        n_classes: Int, number of classes of its scores; 0 without scores.
        n_parameters: Int > 0, number of weights.
        trained_on: What the published weights were trained on.
        license: License of the published weights.
        formats: Formats of weights that are read.
        files: Published files.
        hub: Name on the Hugging Face hub; `None` without.
        model_type: The `model_type` in the `config.json` of its checkpoints; `None` without.
    """

    name: str
    summary: str
    module: str
    row: str | None = None
    sizes: str | None = None
    prefix: str
    sample_rate: int
    channels: int
    state_channels: tuple[int, ...] = ()
    clip_channels: int = 0
    patch: tuple[int, int] | None = None
    first_seconds: float
    hop_seconds: float
    n_classes: int = 0
    n_parameters: int
    trained_on: str
    license: str
    formats: str
    files: tuple[KnownFile, ...] = ()
    hub: str | None = None
    model_type: str | None = None


def weights_folder() -> Path:
    """Returns the folder in which files of weights are searched for.

    `$KAPRE_LIKE_WEIGHTS`, else `weights` in the folder of the cache.
    """
    named = os.environ.get("KAPRE_LIKE_WEIGHTS", "")
    if named:
        return Path(named).expanduser()
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if home else Path("~/.cache").expanduser()) / "kapre_like" / "weights"


def on_this_machine(preset: Preset) -> Path | None:
    """Returns the first known file of a preset that is on this machine; `None` without."""
    return next((path for file in preset.files for path in _places(file)), None)


def _places(file: KnownFile) -> Iterator[Path]:
    """Yields the paths of a file in the folder of weights and in an installed package."""
    candidates = [weights_folder() / file.name]
    spec = find_spec(file.package) if file.package else None
    for folder in (spec and spec.submodule_search_locations) or ():
        candidates.append(Path(folder) / file.inside)
    yield from (path for path in candidates if path.exists())


def require_weights(owner: str, preset: Preset, weights: Any) -> Path | None:
    """Resolves an argument `weights` to a path; `None` for random weights.

    Args:
        owner: Name of the caller, for error messages.
        preset: The network.
        weights: Path, or for a network with checkpoints on the Hugging Face hub the name of one
            of them; `None` searches this machine, and then the hub; `"random"`.

    Raises:
        ValueError: If there is no such path or name, or nothing was found.
        ImportError: If it is on the hub, and `huggingface_hub` is not installed.
    """
    if weights == RANDOM:
        return None
    if weights is None:
        found = on_this_machine(preset)
        if found is None and preset.hub is not None:
            return find_checkpoint(preset.hub, owner=owner)
        if found is None:
            raise ValueError(_missing(owner, preset))
        return found
    path = Path(weights).expanduser()
    # The prefix of a TensorFlow checkpoint is no file of its own.
    if path.exists() or Path(f"{path}.index").is_file():
        return path
    if preset.hub is not None and "/" in str(weights) and is_hub_name(weights):
        return find_checkpoint(weights, owner=owner)
    raise ValueError(f"{owner}: `weights` must be an existing path. Received: {weights}")


def _missing(owner: str, preset: Preset) -> str:
    return (
        f"{owner}: no weights of {preset.name} are on this machine. Get {sources(preset)}, "
        f"then give its path as `weights`, or put it into {weights_folder()}."
    )


def check_digest(path: Path, preset: Preset) -> str:
    """Returns a note if a file has the name of a known file but another content, or `""`."""
    known = {file.name: file.sha256 for file in preset.files if file.sha256}
    if path.name not in known:
        return ""
    files = path.rglob("*") if path.is_dir() else [path]
    largest = max((f for f in files if f.is_file()), key=lambda file: file.stat().st_size)
    with largest.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if digest == known[path.name]:
        return ""
    return (
        f"{path} is not the file of {preset.name} that is known here: its SHA-256 is {digest}, "
        f"and that of the known file {known[path.name]}"
    )


def found_weights(preset: Preset) -> Path | None:
    """Returns the weights that a name alone opens without a download; `None` without."""
    found = on_this_machine(preset)
    if found is None and preset.hub is not None:
        return cached_checkpoint(preset.hub)
    return found


def sources(preset: Preset) -> str:
    """Returns where the weights of a preset come from."""
    files = " or ".join(f"{file.name} ({file.where})" for file in preset.files)
    return files or f"{preset.hub} from the Hugging Face hub: naming it downloads it"
