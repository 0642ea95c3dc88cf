"""The card of a network for text: it keeps the vocabulary through every way of saving."""

from typing import Any

import keras

from kapre_like.models.artifact.card import ModelCard, card_of
from kapre_like.models.training.labels import brief


def with_card(network: keras.Model, recipe: dict[str, Any]) -> keras.Model:
    """Returns the network, ending in a card with its vocabulary.

    Args:
        network: Maps `[waveform, length]` to log probabilities of tokens.
        recipe: With `sample_rate` and `text`, the vocabulary and the time of a frame.
    """
    card = ModelCard(
        task="transcribe",
        checkpoint=_checkpoint(network),
        sample_rate=recipe["sample_rate"],
        text=recipe["text"],
        recipe=brief(recipe),
        dtype="float32",
        name="log_probabilities_of_tokens",
    )
    return keras.Model(network.inputs, card(network.output), name=network.name)


def _checkpoint(network: keras.Model) -> dict[str, Any] | None:
    """What a checkpoint for other libraries is written from, if the network can be one."""
    try:
        return card_of(network).checkpoint
    except ValueError:
        return None
