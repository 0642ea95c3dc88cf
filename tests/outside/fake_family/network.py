"""`Level` as a Keras model, for export."""

import keras
from keras import ops

from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.artifact.length_rule import LengthRule
from kapre_like.models.blocks.clip_windows import with_length_rule
from kapre_like.ops.masking import length_mask


def network(level):
    recipe = level.recipe
    waveform = keras.Input((None,), dtype="float32", name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    below = ops.cast(waveform < 0, "float32")
    changes = ops.abs(below[:, 1:] - below[:, :-1])
    valid = ops.cast(length_mask(waveform, length=length)[:, 1:], "float32")
    count = ops.maximum(ops.sum(valid, axis=1), 1.0)
    x = ops.sum(changes * valid, axis=1) / count
    if recipe["task"] == "regress":
        answer = level.values[0] * x + level.values[1]
    else:
        fast = recipe["settings"].get("nearness", 30.0)
        columns = [ops.exp(-fast * ops.abs(x - value)) for value in level.values]
        nearness = ops.stack(columns, axis=1)
        answer = nearness / ops.sum(nearness, axis=1, keepdims=True)
    facts = {name: recipe[name] for name in ("task", "sample_rate", "class_names")}
    card = ModelCard(**facts, dtype="float32", name="model_card")
    model = keras.Model([waveform, length], card(answer), name="level")
    return with_length_rule(model, LengthRule.of(recipe), recipe["sample_rate"])
