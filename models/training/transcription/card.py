"""The card of a speech recognition network. It stores the vocabulary in every saved format."""

from typing import Any

import keras

from kapre_like.models.artifact.card import ModelCard, card_of
from kapre_like.models.training.labels import brief


def with_card(network: keras.Model, recipe: dict[str, Any]) -> keras.Model:
    """Returns the network with a card, which contains the vocabulary, at its output.

    Args:
        network: Maps `[waveform, length]` to log probabilities of tokens.
        recipe: Recipe with `sample_rate` and `text` (the vocabulary and the time per frame).
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
    """Returns the facts for a checkpoint of another library, or `None` without a card."""
    try:
        return card_of(network).checkpoint
    except ValueError:
        return None
