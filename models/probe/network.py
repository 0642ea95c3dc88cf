"""A linear probe as one network: from a waveform to probabilities or a score."""

from typing import Any

import keras

from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.probe.linear import Linear


def with_head(
    embeddings: keras.Model,
    linear: Linear,
    *,
    class_names: list[str] | None,
    sample_rate: int,
    recipe: dict[str, Any],
) -> keras.Model:
    """Returns the network of `pooled_states` with a dense layer on it.

    Args:
        embeddings: See `pooled_states`.
        linear: See `Linear`, fitted on all columns of that network.
        class_names: Classes in the order of the outputs; `None` for a score.
        sample_rate: Int > 0, Hz, of the waveform.
        recipe: Dict of JSON values for `kapre_like.metadata`.
    """
    outputs = linear.kernel.shape[1]
    # float32 under every policy: a softmax in half precision does not add up to 1.
    dense = keras.layers.Dense(
        outputs, "softmax" if class_names else None, dtype="float32", name="probe"
    )
    x = dense(embeddings.outputs[0])
    dense.kernel.assign(linear.kernel)
    dense.bias.assign(linear.bias)
    if class_names is None:
        x = keras.layers.Reshape((), dtype="float32", name="squeeze")(x)
    card = ModelCard(
        task="regress" if class_names is None else "classify",
        sample_rate=sample_rate,
        class_names=class_names,
        recipe=recipe,
        dtype="float32",
        name="score" if class_names is None else "probabilities",
    )
    return keras.Model(embeddings.inputs, card(x), name="probe")
