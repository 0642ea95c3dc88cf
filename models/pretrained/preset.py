"""Facts of a pretrained network and locations of its files, without opening the network.

Does not import Keras, so that `kapre-like weights` starts quickly.
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

# Value of the argument `weights` for random weights.
RANDOM = "random"


@dataclass(frozen=True, kw_only=True)
class KnownFile:
    """A published file of weights.

    Attributes:
        name: File name. Files are searched for by this name.
        where: Download location, for messages to users.
        sha256: Hexadecimal SHA-256 digest of the file, or of the largest file of a folder.
            `None` if unknown.
        package: Python package that contains the file, or `None`.
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
        row: Argument `row` of `build`, for a module with several networks. `None` for a module
            with one network.
        sizes: Module with `facts(preset, weights)`, for a network whose sizes are in its
            checkpoint. It does not import Keras. `None` for fixed sizes.
        prefix: Start of the column names of the embeddings. Trained models refer to them.
        sample_rate: Int > 0, sample rate of the input in Hz.
        channels: Int > 0, channels of the embeddings.
        state_channels: Channels of the numbered hidden states.
        clip_channels: Channels of the original's embedding of a whole clip. 0 if it has none.
        patch: Frames and bands of a patch. `None` for a network without patches.
        first_seconds: Float > 0, seconds of sound that the first embedding is computed from.
        hop_seconds: Float > 0, seconds between embeddings.
        n_classes: Int, number of classes of the scores. 0 without scores.
        n_parameters: Int > 0, number of weights.
        trained_on: Training data of the published weights.
        license: License of the published weights.
        formats: File formats of weights that can be read.
        files: Published files.
        hub: Name on the Hugging Face hub, or `None`.
        model_type: `model_type` in the `config.json` of its checkpoints, or `None`.
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
    """Returns the folder that is searched for files of weights.

    It is `$KAPRE_LIKE_WEIGHTS`, or else `kapre_like/weights` in the user's cache folder.
    """
    folder = os.environ.get("KAPRE_LIKE_WEIGHTS", "")
    if folder:
        return Path(folder).expanduser()
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if home else Path("~/.cache").expanduser()) / "kapre_like" / "weights"


def on_this_machine(preset: Preset) -> Path | None:
    """Returns the first published file of a preset that is on this machine, or `None`."""
    return next((path for file in preset.files for path in _existing_paths(file)), None)


def _existing_paths(file: KnownFile) -> Iterator[Path]:
    """Yields the existing paths of a file in the folder of weights and in its package."""
    candidates = [weights_folder() / file.name]
    spec = find_spec(file.package) if file.package else None
    for folder in (spec and spec.submodule_search_locations) or ():
        candidates.append(Path(folder) / file.inside)
    yield from (path for path in candidates if path.exists())


def require_weights(owner: str, preset: Preset, weights: Any) -> Path | None:
    """Resolves an argument `weights` to a path, or to `None` for random weights.

    Args:
        owner: Name of the caller, for error messages.
        preset: Preset of the network.
        weights: Path of a file or folder, or name of a checkpoint on the Hugging Face hub if
            `preset.hub` is set. `None` searches this machine, and then the hub. `"random"`
            returns `None`.

    Raises:
        ValueError: If the path or name does not exist, or nothing was found.
        ImportError: If the checkpoint is on the hub, and `huggingface_hub` is not installed.
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
    # The prefix of a TensorFlow checkpoint is not a file.
    if path.exists() or Path(f"{path}.index").is_file():
        return path
    if preset.hub is not None and "/" in str(weights) and is_hub_name(weights):
        return find_checkpoint(weights, owner=owner)
    raise ValueError(f"{owner}: `weights` must be an existing path. Received: {weights}")


def _missing(owner: str, preset: Preset) -> str:
    return (
        f"{owner}: found no weights of {preset.name} on this machine. Get {sources(preset)}, "
        f"then pass its path as `weights`, or put it into {weights_folder()}."
    )


def check_digest(path: Path, preset: Preset) -> str:
    """Returns a note if a file has the name of a published file but other content, or `""`."""
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
        f"{path} is not the published file of {preset.name}: its SHA-256 is {digest}, that of "
        f"the published file is {known[path.name]}"
    )


def found_weights(preset: Preset) -> Path | None:
    """Returns the weights that can be opened by name without a download, or `None`."""
    found = on_this_machine(preset)
    if found is None and preset.hub is not None:
        return cached_checkpoint(preset.hub)
    return found


def sources(preset: Preset) -> str:
    """Returns the download locations of a preset's weights, for messages to users."""
    files = " or ".join(f"{file.name} ({file.where})" for file in preset.files)
    return files or f"{preset.hub} from the Hugging Face hub: naming it downloads it"
