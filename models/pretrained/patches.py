"""Front ends that cut patches, for networks in files that take the patches of a preset."""

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from kapre_like.models.embeddings.patches import PatchFrontEnd
from kapre_like.models.pretrained.preset import Preset
from kapre_like.models.pretrained.presets import PRESETS, build_network

if TYPE_CHECKING:
    import keras


def patch_front_ends() -> dict[str, PatchFrontEnd]:
    """Returns the front ends of all networks for patches in `PRESETS`, by network name."""
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
    """Returns a model from clips to the patches of a preset. It needs no weights."""
    import keras

    model = build_network(preset, None)
    patches = import_module(preset.module).patches(model)
    return keras.Model(model.inputs, list(patches), name="patches")
