"""Presets of all pretrained networks by name, and the function that builds a network."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from kapre_like.models.pretrained.ast.preset import AST
from kapre_like.models.pretrained.musicnn_vgg.preset import MUSICNN_VGG
from kapre_like.models.pretrained.panns.preset import PANNS
from kapre_like.models.pretrained.preset import Preset
from kapre_like.models.pretrained.speech_embedding.preset import SPEECH_EMBEDDING
from kapre_like.models.pretrained.vggish.preset import VGGISH
from kapre_like.models.pretrained.yamnet.preset import YAMNET

if TYPE_CHECKING:
    import keras

_ALL = (AST, *MUSICNN_VGG.values(), *PANNS.values(), SPEECH_EMBEDDING, VGGISH, YAMNET)
PRESETS: dict[str, Preset] = {preset.name: preset for preset in _ALL}


def build_network(preset: Preset, weights: Path | None, *, seed: int = 0) -> "keras.Model":
    """Returns the network of a preset.

    Args:
        preset: Preset of the network.
        weights: Path from `preset.require_weights`, or `None` for random weights.
        seed: Int >= 0, for random weights.
    """
    row = {} if preset.row is None else {"row": preset.row}
    return import_module(preset.module).build(weights, seed=seed, **row)
