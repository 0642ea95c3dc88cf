"""A linear probe as one network that maps a waveform to probabilities or a score."""

from typing import Any

import keras

from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.artifact.length_rule import LengthRule
from kapre_like.models.blocks.clip_windows import with_length_rule
from kapre_like.models.training.labels import brief
from kapre_like.models.training.linear import Linear


def with_head(
    embeddings: keras.Model, linear: Linear, *, recipe: dict[str, Any]
) -> keras.Model:
    """Returns the network of `pooled_states` with a dense output layer.

    Args:
        embeddings: See `pooled_states`.
        linear: See `Linear`; fitted on all columns of that network.
        recipe: As in `recipe.json`. Its length rule becomes part of the network.
    """
    class_names = recipe["class_names"]
    outputs = linear.kernel.shape[1]
    # float32 under every policy, because a half-precision softmax does not sum to 1.
    dense = keras.layers.Dense(
        outputs, "softmax" if class_names else None, dtype="float32", name="probe"
    )
    x = dense(embeddings.outputs[0])
    dense.kernel.assign(linear.kernel)
    dense.bias.assign(linear.bias)
    if class_names is None:
        x = keras.layers.Reshape((), dtype="float32", name="squeeze")(x)
    card = ModelCard(
        task=recipe["task"],
        sample_rate=recipe["sample_rate"],
        class_names=class_names,
        recipe={**brief(recipe), "settings": recipe["settings"]},
        dtype="float32",
        name="score" if class_names is None else "probabilities",
    )
    network = keras.Model(embeddings.inputs, card(x), name="probe")
    return with_length_rule(network, LengthRule.of(recipe), recipe["sample_rate"])
