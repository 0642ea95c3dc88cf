"""Predictions of a trained probe. Its network computes columns, and its head predicts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kapre_like.models.artifact.clip_batches import predict_clips
from kapre_like.models.artifact.length_rule import LengthRule
from kapre_like.models.artifact.stages import Stage
from kapre_like.models.training import linear

if TYPE_CHECKING:
    from kapre_like.models.probe.family import ProbeModel


def answers(model: "ProbeModel", windows: Sequence[np.ndarray]) -> np.ndarray:
    """Returns `(windows, classes)` probabilities or `(windows,)` scores."""
    found, names = columns(model, windows), model.recipe["class_names"]
    n_classes = names and len(names)
    if model.linear is not None:
        return linear.answers(linear.logits(model.linear, found), n_classes)
    if model.booster is None:
        return found
    from kapre_like.models.training import trees

    return trees.answers(model.booster, found, n_classes)


def columns(model: "ProbeModel", windows: Sequence[np.ndarray]) -> np.ndarray:
    """Returns the network's output. For `"fusion"`, appends the statistics of the clip."""
    rate = model.recipe["sample_rate"]
    alone = not getattr(model.model, "exact", True)
    output = predict_clips(model.run, windows, sample_rate=rate, one_by_one=alone)
    if model.recipe["settings"]["head"] != "fusion":
        return output
    from kapre_like.features.settings import resolve
    from kapre_like.features.vector import clip_vector

    analysis = resolve(sample_rate=rate)
    rows = np.stack([clip_vector(window, analysis) for window in windows])
    return np.concatenate([output, rows], axis=1)


def explain(model: "ProbeModel", waveform: np.ndarray) -> list[Stage]:
    """Returns intermediate results of the network, or the inputs and outputs of the head."""
    windows = LengthRule.of(model.recipe).cut(waveform, model.recipe["sample_rate"])
    if model.linear is not None:
        return linear.explain(model.linear, columns(model, windows), model.recipe)
    if model.booster is None:
        from kapre_like.models.training.explaining import explain_network

        return explain_network(model.model, waveform)
    from kapre_like.models.training import trees

    return trees.explain(model.booster, columns(model, windows), model.recipe["class_names"])
