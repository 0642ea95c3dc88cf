"""A network cut at some depths: from a waveform to mean and deviation over valid frames."""

from typing import Any

import keras

from kapre_like.models.artifact.card import walk_layers
from kapre_like.models.blocks.pooling import FrameStatistics
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts


def pooled_states(model: keras.Model, depths: list[str]) -> keras.Model:
    """Returns a network of the same weights that gives statistics of hidden states.

    It ends at the deepest of the depths: what lies above is not in it and costs nothing.

    Args:
        model: A network of this package, with any head.
        depths: See `depths.depths`.

    Returns:
        A `keras.Model`: inputs `waveform (batch, samples)` and `length (batch,)`; output
        float32 `(batch, columns)`: for each depth the means, then the deviations.

    Raises:
        ValueError: If the model is none of this package.
    """
    config = CheckpointFacts.of(model).network()
    network = network_of(model)
    parts = []
    for depth in depths:
        state, length = _tap(network, depth, config)
        statistics = FrameStatistics(dtype="float32", name=f"statistics_{depth}")
        parts.append(statistics([state, length]))
    joined = parts[0]
    if len(parts) > 1:
        joined = keras.layers.Concatenate(dtype="float32", name="columns")(parts)
    return keras.Model(network.inputs, joined, name="embeddings")


def network_of(model: keras.Model) -> keras.Model:
    """Returns the functional model that holds the transformer: `model`, or one inside it.

    Raises:
        ValueError: If there is none.
    """
    for one in (model, *walk_layers(model)):
        if any(layer.name == "block_0" for layer in getattr(one, "layers", ())):
            return one
    raise ValueError(
        f"embeddings: {model.name!r} has no layer 'block_0', so it is no Wav2Vec2 network."
    )


def _tap(network: keras.Model, depth: str, config: Any) -> tuple[Any, Any]:
    """The tensor of one depth, and how many of its frames are valid."""
    frames = network.get_layer("frames").input[1]
    if depth == "features":
        return network.get_layer("feature_projection").input, frames
    if depth == "last":
        return _last(network, config, frames)
    return _state(network, int(depth[1:])), frames


def _state(network: keras.Model, number: int) -> Any:
    """A hidden state of whole clips, where the transformer sees windows of them too."""
    if not number:
        return network.get_layer("encoder_dropout").output
    names = {layer.name for layer in network.layers}
    joined, block = f"window_join_{number - 1}", f"block_{number - 1}"
    return network.get_layer(joined if joined in names else block).output


def _last(network: keras.Model, config: Any, frames: Any) -> tuple[Any, Any]:
    if config.add_adapter and config.num_adapter_layers:
        return tuple(network.get_layer(f"adapter_{config.num_adapter_layers - 1}").output)
    if config.add_adapter and config.output_hidden_size != config.hidden_size:
        return network.get_layer("adapter_norm").output, frames
    if config.do_stable_layer_norm:
        return network.get_layer("encoder_norm").output, frames
    return _state(network, config.num_hidden_layers), frames
