"""Finds the front end of a network of patches, so that another network can take its patches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kapre_like import _check
from kapre_like.models.embeddings.networks import installed_kinds

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, kw_only=True)
class PatchFrontEnd:
    """The part of a network before its patches.

    Attributes:
        name: Name of the network.
        sample_rate: Int > 0, Hz, of the waveform.
        frames: Int > 0, frames of a patch.
        bands: Int > 0, bands of a patch.
        seconds: Float > 0, seconds of sound that a patch is computed from.
        hop_seconds: Float > 0, seconds between patches.
        build: Returns a `keras.Model` from `waveform (batch, samples)` and `length (batch,)`
            to patches `(batch, patches, frames, bands, 1)` and their number, int32 `(batch,)`,
            at least 1. A short clip is padded.
    """

    name: str
    sample_rate: int
    frames: int
    bands: int
    seconds: float
    hop_seconds: float
    build: "Callable[[], keras.Model]"


def patch_front_end(owner: str, name: str) -> PatchFrontEnd:
    """Returns the front end of a network of an installed kind.

    A kind that has some returns them by name from a method `patch_front_ends`.

    Args:
        owner: Name of the caller, for error messages.
        name: Name of the network.

    Raises:
        ValueError: If no kind has one of this name.
    """
    found: dict[str, PatchFrontEnd] = {}
    for kind in installed_kinds():
        offered = getattr(kind, "patch_front_ends", None)
        found |= {} if offered is None else offered()
    if name not in found:
        rule = f"patches:NETWORK with one of {', '.join(sorted(found)) or 'none'}"
        _check.fail(owner, "takes", rule, f"patches:{name}")
    return found[name]
