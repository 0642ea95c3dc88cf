"""Builds the network from waveforms to statistics of hidden states."""

import keras

from kapre_like.models.blocks.pooling import FrameStatistics
from kapre_like.models.embeddings.frozen import FrozenNetwork


def pooled_states(network: FrozenNetwork, depths: list[str]) -> keras.Model:
    """Returns a network with the same weights that computes statistics of hidden states.

    Args:
        network: See `FrozenNetwork`.
        depths: See `depths.depths`.

    Returns:
        A `keras.Model`: inputs `waveform (batch, samples)` and `length (batch,)`; output
        float32 `(batch, columns)`: for each depth the means, then the deviations.
    """
    states = network.states(depths)
    parts = [
        FrameStatistics(dtype="float32", name=f"statistics_{depth}")(list(pair))
        for depth, pair in zip(depths, states.output, strict=True)
    ]
    joined = parts[0]
    if len(parts) > 1:
        joined = keras.layers.Concatenate(dtype="float32", name="columns")(parts)
    return keras.Model(states.inputs, joined, name="embeddings")
