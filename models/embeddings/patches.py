"""Finds the front end of a pretrained network, so that another network can use its patches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kapre_like import _check
from kapre_like.models.embeddings.networks import installed_kinds

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, kw_only=True)
class PatchFrontEnd:
    """The part of a network that computes patches of a spectrogram.

    Attributes:
        name: Name of the network.
        sample_rate: Int > 0, sample rate of the waveform in Hz.
        frames: Int > 0, number of frames in a patch.
        bands: Int > 0, number of bands in a patch.
        seconds: Float > 0, length of the sound from which a patch is computed.
        hop_seconds: Float > 0, hop between patches in seconds.
        build: Returns a `keras.Model` that maps `waveform (batch, samples)` and `length
            (batch,)` to patches `(batch, patches, frames, bands, 1)` and their number, int32
            `(batch,)`. Short clips are padded, so the number is at least 1.
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

    A kind with patch front ends has a method `patch_front_ends` that returns them by name.

    Args:
        owner: Name of the caller, for error messages.
        name: Name of the network.

    Raises:
        ValueError: If no kind has a front end of this name.
    """
    found: dict[str, PatchFrontEnd] = {}
    for kind in installed_kinds():
        offered = getattr(kind, "patch_front_ends", None)
        found |= {} if offered is None else offered()
    if name not in found:
        rule = f"patches:NETWORK with one of {', '.join(sorted(found)) or 'none'}"
        _check.fail(owner, "takes", rule, f"patches:{name}")
    return found[name]
