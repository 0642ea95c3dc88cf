"""Heads on top of the transformer, one function per task.

Layers have the names of the corresponding modules in transformers, if those have names.
"""

from typing import Any

import keras

from kapre_like.models.blocks.cosine_losses import CosineClasses
from kapre_like.models.blocks.frame_losses import BlankPadding, FrameMask
from kapre_like.models.blocks.pooling import (
    AttentivePooling,
    FrameMean,
    FrameStatistics,
    LayerWeights,
)
from kapre_like.models.blocks.time_delay import TimeDelay
from kapre_like.models.wav2vec2.backbone.encoder import Encoded
from kapre_like.models.wav2vec2.config.head_plan import HeadPlan
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config


def add_head(
    head: str | None,
    encoded: Encoded,
    config: Wav2Vec2Config,
    plan: HeadPlan,
    *,
    masked: bool,
) -> Any:
    """Returns the output of the network: a Keras tensor, or a dict of them.

    For `"xvector"` it is always the dict. `chosen` selects the output after the `ModelCard`,
    through which all outputs pass, so every model contains all weights of the head.

    Args:
        head: Name in `head_plan.OUTPUTS`.
        encoded: See `Encoded`.
        config: See `Wav2Vec2Config`.
        plan: See `HeadPlan`.
        masked: Whether padding is masked by the clips' lengths.
    """
    if head is None:
        return _backbone(encoded, plan)
    if head == "ctc":
        return _ctc(encoded, config, plan, masked=masked)
    states = _states(encoded, config)
    if head == "frames":
        return _probable(_logits(plan.labels)(states), plan)
    if head == "xvector":
        return _xvector(states, encoded.length, config, plan, masked=masked)
    pooled = _pooled(states, encoded.length, config, plan)
    if head == "regress":
        return _score(pooled, plan)
    return _probable(_logits(plan.labels)(pooled), plan)


def chosen(outputs: Any, head: str | None, plan: HeadPlan) -> Any:
    """Returns the head's output selected by `plan.output`."""
    whole = head != "xvector" or plan.output == "all"
    return outputs if whole else outputs[plan.output]


def _backbone(encoded: Encoded, plan: HeadPlan) -> Any:
    if plan.output == "last":
        return encoded.last
    states = {f"hidden_{i}": state for i, state in enumerate(encoded.hidden)}
    return {"features": encoded.features, **states, "last": encoded.last}


def _states(encoded: Encoded, config: Wav2Vec2Config) -> Any:
    """Returns the last hidden states, or the weighted sum over all layers."""
    if not config.use_weighted_layer_sum:
        return encoded.last
    return LayerWeights(name="layer_weights")(encoded.hidden)


def _logits(units: int, name: str = "classifier") -> keras.layers.Layer:
    # float32 under every policy, because a half-precision softmax does not sum to 1.
    return keras.layers.Dense(units, dtype="float32", name=name)


def _probable(logits: Any, plan: HeadPlan) -> Any:
    """Returns logits or probabilities, as `plan.output` selects."""
    if plan.output == "logits":
        return logits
    if plan.multi_label:
        return keras.layers.Activation("sigmoid", dtype="float32", name="probabilities")(logits)
    return keras.layers.Softmax(dtype="float32", name="probabilities")(logits)


def _pooled(states: Any, length: Any, config: Wav2Vec2Config, plan: HeadPlan) -> Any:
    """Returns one vector per clip."""
    if config.pooling_mode is not None:
        return _pooled_first(states, length, config)
    x = keras.layers.Dense(config.classifier_proj_size, name="projector")(states)
    if plan.pooling == "attentive":
        return AttentivePooling(name="pooling")([x, length])
    return FrameMean(name="pooling")([x, length])


def _pooled_first(states: Any, length: Any, config: Wav2Vec2Config) -> Any:
    """Returns one vector per clip, computed as in `Wav2Vec2ForSpeechClassification`."""
    x = FrameMean(name="pooling")([states, length])
    x = keras.layers.Dropout(config.final_dropout, name="pooled_dropout")(x)
    units = config.output_hidden_size
    x = keras.layers.Dense(units, activation="tanh", name="classifier_dense")(x)
    return keras.layers.Dropout(config.final_dropout, name="classifier_dropout")(x)


def _score(pooled: Any, plan: HeadPlan) -> Any:
    """Returns scores `(batch,)` or `(batch, labels)`, in the unit of the labels."""
    x = _logits(plan.labels)(pooled)
    scale, offset = plan.score_scale, plan.score_offset
    x = keras.layers.Rescaling(scale, offset, dtype="float32", name="unit")(x)
    shape = (plan.labels,) if plan.class_names else ()
    return keras.layers.Reshape(shape, dtype="float32", name="score")(x)


def _xvector(
    states: Any, length: Any, config: Wav2Vec2Config, plan: HeadPlan, *, masked: bool
) -> Any:
    """Returns speaker embeddings from time-delay layers and statistics pooling."""
    x = keras.layers.Dense(config.tdnn_dim[0], name="projector")(states)
    sizes = zip(config.tdnn_dim, config.tdnn_kernel, config.tdnn_dilation, strict=True)
    for i, (units, kernel_size, dilation) in enumerate(sizes):
        layer = TimeDelay(
            units=units,
            kernel_size=kernel_size,
            dilation=dilation,
            masked=plan.exact,
            count_dilation=plan.exact or not masked,
            name=f"tdnn_{i}",
        )
        x, length = layer([x, length])
    x = FrameStatistics(name="statistics")([x, length])
    embedding = keras.layers.Dense(
        config.xvector_output_dim, dtype="float32", name="feature_extractor"
    )(x)
    classifier = _logits(config.xvector_output_dim)
    objective = CosineClasses(classes=plan.labels, dtype="float32", name="objective")
    # Freeze weights that the selected output does not depend on, because they have no gradient.
    classifier.trainable = plan.output != "embedding"
    objective.trainable = plan.output in ("cosines", "all")
    logits, cosines = objective(classifier(embedding))
    return {"embedding": embedding, "logits": logits, "cosines": cosines}


def _ctc(encoded: Encoded, config: Wav2Vec2Config, plan: HeadPlan, *, masked: bool) -> Any:
    x = keras.layers.Dropout(config.final_dropout, name="final_dropout")(encoded.last)
    x = _logits(config.vocab_size, name="lm_head")(x)
    if plan.exact:
        x = BlankPadding(blank=config.pad_token_id or 0, dtype="float32", name="padding")(
            [x, encoded.length]
        )
    elif masked:
        # Padded frames keep the numbers of transformers. The mask excludes them from the loss.
        x = FrameMask(dtype="float32", name="padding")([x, encoded.length])
    return _probable(x, plan)
