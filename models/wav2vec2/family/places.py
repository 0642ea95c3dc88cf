"""Depths of the layers of a Wav2Vec2 network, for learning rates by depth."""

from typing import Any

from kapre_like.models.blocks.layer_places import LayerPlaces, weighted_layers
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config

# Names of the layers of the heads for clips and for text.
HEAD = frozenset({
    "layer_weights", "projector", "pooling", "classifier_dense", "classifier", "lm_head",
})  # fmt: skip
_BLOCK = "block_"


def wav2vec2_places(model: Any, config: Wav2Vec2Config) -> LayerPlaces:
    """Returns the `LayerPlaces` of a network with or without a head.

    Adapters have the rate of the top block. So has the last normalization if it follows the
    blocks. The stem is the feature encoder.

    Args:
        model: A network of this package.
        config: Configuration of the network.
    """
    stable = config.do_stable_layer_norm
    blocks, above, stem = config.num_hidden_layers, {}, set()
    for layer in weighted_layers(model):
        name = layer.name
        if name.startswith("conv_") or name == "feature_encoder":
            above[name] = blocks + 1
            stem.add(name)
        elif name.startswith(_BLOCK):
            above[name] = blocks - 1 - int(name.removeprefix(_BLOCK))
        elif name.startswith("adapter_") or (stable and name == "encoder_norm"):
            above[name] = 0
        elif name not in HEAD:
            above[name] = blocks
    return LayerPlaces(above=above, stem=frozenset(stem))
