"""Front ends of the networks of patches, for networks in files that take the same patches."""

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from kapre_like.models.embeddings.patches import PatchFrontEnd
from kapre_like.models.pretrained.preset import Preset
from kapre_like.models.pretrained.presets import PRESETS, build_network

if TYPE_CHECKING:
    import keras


def patch_front_ends() -> dict[str, PatchFrontEnd]:
    """Returns the front ends of all networks of patches in `PRESETS`, by name."""
    return {
        preset.name: PatchFrontEnd(
            name=preset.name,
            sample_rate=preset.sample_rate,
            frames=preset.patch[0],
            bands=preset.patch[1],
            seconds=preset.first_seconds,
            hop_seconds=preset.hop_seconds,
            build=partial(_build, preset),
        )
        for preset in PRESETS.values()
        if preset.patch is not None
    }


def _build(preset: Preset) -> "keras.Model":
    """Returns the network of a preset up to its patches; its front end has no weights."""
    import keras

    model = build_network(preset, None)
    patches = import_module(preset.module).patches(model)
    return keras.Model(model.inputs, list(patches), name="patches")
