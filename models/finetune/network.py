"""A pretrained network with a new head, which predicts probabilities or a score of a clip."""

from typing import Any

import keras

from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.blocks.layer_places import LayerPlaces
from kapre_like.models.blocks.pooling import FramePooling
from kapre_like.models.embeddings.frozen import FrozenNetwork
from kapre_like.models.finetune.head import DEPTH, Head
from kapre_like.models.training.labels import brief


def with_new_head(
    network: FrozenNetwork,
    recipe: dict[str, Any],
    head: Head,
    unit: dict[str, float] | None,
    *,
    dropout: float = 0.0,
) -> tuple[keras.Model, LayerPlaces]:
    """Returns a network with a head on its last hidden states, and its layers' positions.

    The head is a dense layer on statistics of the hidden states over time.

    Args:
        network: The pretrained network, at the recipe's sample rate.
        recipe: As in `recipe.json`.
        head: See `Head`.
        unit: `score_scale` and `score_offset` for regression; `None` for classification.
        dropout: Float in [0, 1), dropout rate before the dense layer.
    """
    states, classes = network.states([DEPTH]), recipe["class_names"]
    statistics = head.pooling.split("+")
    x = FramePooling(statistics=statistics, dtype="float32", name="pooling")(
        list(states.output[0])
    )
    x = keras.layers.Dropout(dropout, seed=recipe["seed"], name="pooled_dropout")(x)
    # float32 under every policy, because a half-precision softmax does not sum to 1.
    dense = keras.layers.Dense(
        1 if classes is None else len(classes),
        kernel_initializer="zeros",
        dtype="float32",
        name="classifier",
    )
    x = dense(x)
    if (weights := head.weights(unit)) is not None:
        dense.set_weights(weights)
    output = _score(x, unit) if classes is None else _probabilities(x)
    card = ModelCard(
        task=recipe["task"],
        sample_rate=recipe["sample_rate"],
        class_names=classes,
        recipe={**brief(recipe), "settings": recipe["settings"]},
        dtype="float32",
        name="score" if classes is None else "probabilities",
    )
    model = keras.Model(states.inputs, card(output), name="finetune")
    return model, network.places(states)


def _probabilities(logits: Any) -> Any:
    return keras.layers.Softmax(dtype="float32", name="softmax")(logits)


def _score(x: Any, unit: dict[str, float]) -> Any:
    scale, offset = unit["score_scale"], unit["score_offset"]
    x = keras.layers.Rescaling(scale, offset, dtype="float32", name="unit")(x)
    return keras.layers.Reshape((), dtype="float32", name="squeeze")(x)
