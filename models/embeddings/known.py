"""Lists the pretrained networks of the installed kinds, and which are on this machine."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kapre_like.models.embeddings.networks import installed_kinds


@dataclass(frozen=True, kw_only=True)
class KnownNetwork:
    """A pretrained network.

    Attributes:
        name: Value of the setting `backbone`.
        summary: One line on the architecture.
        trained_on: Training data of the published weights.
        license: License of the published weights.
        n_parameters: Int > 0, number of weights.
        sample_rate: Int > 0, sample rate of the input in Hz.
        source: Where to get the weights.
        path: File or folder of the weights on this machine; `None` if they are not here.
        note: A problem with these files, or `""`.
    """

    name: str
    summary: str
    trained_on: str
    license: str
    n_parameters: int
    sample_rate: int
    source: str
    path: Path | None = None
    note: str = ""


def about(name: str, trained_on: str, license: str) -> str:
    """Returns a sentence on the training data and the license, for reports."""
    return f"{name} was trained on {trained_on}; license of its weights: {license}"


def known_networks() -> list[KnownNetwork]:
    """Returns the known networks of all installed kinds, sorted by name."""
    found = [known for kind in installed_kinds() for known in kind.known()]
    return sorted(found, key=lambda known: known.name)


def as_json(known: KnownNetwork) -> dict[str, Any]:
    """Returns the facts as JSON values."""
    return {**asdict(known), "path": known.path and str(known.path)}


def lines(found: list[KnownNetwork]) -> list[str]:
    """Returns the list as lines of text."""
    return [line for one in found for line in _lines(one)]


def _lines(known: KnownNetwork) -> list[str]:
    millions, megabytes = known.n_parameters / 1e6, 4 * known.n_parameters / 1e6
    place = f"not on this machine; get {known.source}"
    if known.path is not None:
        place = f"on this machine: {known.path}"
    texts = [
        f"{millions:.1f} M weights ({megabytes:.0f} MB), {known.sample_rate} Hz, trained on "
        f"{known.trained_on}",
        f"license: {known.license}",
        place,
        *([f"note: {known.note}"] if known.note else []),
    ]
    return [f"{known.name}: {known.summary}", *(f"  {text}" for text in texts), ""]
