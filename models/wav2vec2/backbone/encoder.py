"""The layers of a Wav2Vec2 network in order, from the waveform to the hidden states."""

from typing import Any, NamedTuple

import keras

from kapre_like.models.blocks.clip_rate import ClipInput
from kapre_like.models.blocks.learning_rates import GradientScale
from kapre_like.models.blocks.masked import ValidFrames
from kapre_like.models.wav2vec2.backbone.encoder_block import EncoderBlock
from kapre_like.models.wav2vec2.backbone.feature_convolution import FeatureConvolution
from kapre_like.models.wav2vec2.backbone.frame_convolutions import (
    AdapterConvolution,
    PositionalConvolution,
)
from kapre_like.models.wav2vec2.backbone.front_ends import FrontEndFeatures
from kapre_like.models.wav2vec2.backbone.relative_positions import RelativePositions
from kapre_like.models.wav2vec2.backbone.span_masking import SpanMasking
from kapre_like.models.wav2vec2.backbone.stacked_positions import StackedPositions
from kapre_like.models.wav2vec2.backbone.waveform_input import ClipNormalization
from kapre_like.models.wav2vec2.backbone.windows import WindowJoin, WindowSplit
from kapre_like.models.wav2vec2.config.encoder_plan import EncoderPlan
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config


class Encoded(NamedTuple):
    """Outputs of the backbone, as Keras tensors.

    Attributes:
        features: Normalized output of the feature encoder before the projection, `(batch,
            frames, conv_dim[-1])`, or with the bands of a front end as channels.
        hidden: List of `num_hidden_layers + 1` tensors `(batch, frames, hidden_size)`: the
            input of the first block, and the output of each block.
        last: `(batch, frames, output_hidden_size)`.
        valid: Bool `(batch, frames)`, valid frames of `features` and `hidden`.
        length: int32 `(batch,)`, number of valid frames of `last`.
        mask: Bool `(batch, frames)`, masked frames if `encode` was called with `mask`, else
            `None`.
    """

    features: Any
    hidden: list[Any]
    last: Any
    valid: Any
    length: Any
    mask: Any = None


def encode(
    waveform: Any,
    length: Any,
    config: Wav2Vec2Config,
    plan: EncoderPlan,
    *,
    mask: Any = None,
    feature_gradient: float = 1.0,
) -> Encoded:
    """Applies the layers of the backbone to two Keras tensors.

    Args:
        waveform: `(batch, samples)`.
        length: `(batch,)`, number of valid samples.
        config: See `Wav2Vec2Config`.
        plan: See `EncoderPlan`.
        mask: Bool `(batch, frames)`, frames to mask, or a layer that computes it from the valid
            frames. `None` masks random spans in training.
        feature_gradient: Factor of the feature encoder's gradient.
    """
    features, length = _features(waveform, length, config, plan, feature_gradient)
    x = keras.layers.Dense(config.hidden_size, name="feature_projection")(features)
    x = keras.layers.Dropout(config.feat_proj_dropout, name="feature_dropout")(x)
    x, valid = ValidFrames(name="frames")([x, length])
    mask = mask(valid) if isinstance(mask, keras.layers.Layer) else mask
    x = _hide_spans(x, valid, mask, config)
    x, hidden = _transformer(x, valid, config, plan)
    if config.add_adapter:
        x, length = _adapter(x, length, config, exact=plan.exact)
    return Encoded(features, hidden, x, valid, length, mask)


def _features(
    waveform: Any,
    length: Any,
    config: Wav2Vec2Config,
    plan: EncoderPlan,
    gradient: float,
) -> tuple[Any, Any]:
    """Returns normalized features and the number of valid frames."""
    front_end, x = plan.front_end, waveform
    if plan.prepares:
        x, length = ClipInput(
            sample_rate=plan.sample_rate, target_rate=plan.network_rate,
            max_samples=plan.max_samples, name="clip_input",
        )([x, length])  # fmt: skip
    x, length = ClipNormalization(
        normalize=plan.normalize, masked=plan.masked,
        min_samples=1 if front_end else config.receptive_field,
        padding_value=plan.padding_value, name="waveform_norm",
    )([x, length])  # fmt: skip
    if front_end is not None:
        encoder = FrontEndFeatures(
            front_end=front_end, rate=plan.network_rate, name="feature_encoder"
        )
        x, length = encoder([x, length])
    else:
        x = keras.layers.Reshape((-1, 1), name="channel")(x)
        x, length = _convolutions(x, length, config, exact=plan.exact)
    if gradient != 1:
        x = GradientScale(scale=gradient, name="feature_gradient")(x)
    # A front end normalizes per clip. Normalization per frame would remove the loudness.
    if front_end is None and config.feat_proj_layer_norm:
        x = _layer_norm(config, "feature_norm")(x)
    return x, length


def _layer_norm(config: Wav2Vec2Config, name: str) -> keras.layers.Layer:
    return keras.layers.LayerNormalization(epsilon=config.layer_norm_eps, name=name)


def _convolutions(x: Any, length: Any, config: Wav2Vec2Config, *, exact: bool) -> Any:
    """Applies the convolutional feature encoder, which has 320 samples per frame."""
    sizes = zip(config.conv_dim, config.conv_kernel, config.conv_stride, strict=True)
    for i, (filters, kernel, stride) in enumerate(sizes):
        layer = FeatureConvolution(
            filters=filters,
            kernel_size=kernel,
            strides=stride,
            use_bias=config.conv_bias,
            norm=config.feat_extract_norm
            if config.feat_extract_norm == "layer" or not i
            else None,
            activation=config.feat_extract_activation,
            masked=exact,
            name=f"conv_{i}",
        )
        x, length = layer([x, length])
    return x, length


def _hide_spans(x: Any, valid: Any, mask: Any, config: Wav2Vec2Config) -> Any:
    """Masks spans of frames in training, if the network has a mask vector."""
    if max(config.mask_time_prob, config.mask_feature_prob) <= 0 and mask is None:
        return x
    layer = SpanMasking(
        probability=config.mask_time_prob,
        length=config.mask_time_length,
        min_spans=config.mask_time_min_masks,
        channel_probability=config.mask_feature_prob,
        channel_length=config.mask_feature_length,
        min_channel_spans=config.mask_feature_min_masks,
        random=config.apply_spec_augment,
        name="span_masking",
    )
    return layer([x, valid] if mask is None else [x, valid, mask])


def _transformer(
    x: Any, valid: Any, config: Wav2Vec2Config, plan: EncoderPlan
) -> tuple[Any, list[Any]]:
    x = keras.layers.Add(name="positioned")([x, _positions(x, valid, config, plan)])
    norm = _layer_norm(config, "encoder_norm")
    if not config.do_stable_layer_norm:
        x = norm(x)
    x = keras.layers.Dropout(config.hidden_dropout, name="encoder_dropout")(x)
    hidden = _blocks(x, valid, config, plan)
    return (norm(hidden[-1]) if config.do_stable_layer_norm else hidden[-1]), hidden


def _positions(x: Any, valid: Any, config: Wav2Vec2Config, plan: EncoderPlan) -> Any:
    """Returns the positional embeddings, which are added to the frames."""
    common = {
        "groups": config.num_conv_pos_embedding_groups,
        "activation": config.feat_extract_activation,
    }
    if config.model_type != "data2vec-audio":
        size = config.num_conv_pos_embeddings
        return PositionalConvolution(kernel_size=size, name="positional", **common)(x)
    for i in range(config.num_conv_pos_embeddings):
        layer = StackedPositions(
            kernel_size=config.conv_pos_kernel_size,
            masked=plan.exact,
            name=f"positional_{i}",
            **common,
        )
        x = layer([x, valid])
    return x


def _blocks(x: Any, valid: Any, config: Wav2Vec2Config, plan: EncoderPlan) -> list[Any]:
    """Returns the input of the first block and the output of each block, as whole clips."""
    hidden, whole = [x], [x, valid]
    windows = plan.windows
    if windows:
        x, valid = WindowSplit(**windows, name="window_split")(whole)
    others = [valid]
    if config.model_type == "wavlm":
        relative = RelativePositions(
            heads=config.num_attention_heads,
            num_buckets=config.num_buckets,
            max_distance=config.max_bucket_distance,
            name="relative_positions",
        )
        others = [valid, relative(x)]
    for i in range(config.num_hidden_layers):
        x = _block(config, i, plan)([x, *others])
        y = WindowJoin(**windows, name=f"window_join_{i}")([x, *whole]) if windows else x
        hidden.append(y)
    return hidden


def _block(config: Wav2Vec2Config, i: int, plan: EncoderPlan) -> EncoderBlock:
    wavlm = config.model_type == "wavlm"
    return EncoderBlock(
        heads=config.num_attention_heads,
        intermediate=config.intermediate_size,
        stable=config.do_stable_layer_norm,
        activation=config.hidden_act,
        adapter=config.adapter_attn_dim,
        epsilon=config.layer_norm_eps,
        dropout=config.hidden_dropout,
        attention_dropout=config.attention_dropout,
        activation_dropout=config.activation_dropout,
        # The first block of WavLM is never skipped.
        layer_drop=0.0 if wavlm and i == 0 else config.layerdrop,
        relative=wavlm,
        gradient_checkpointing=plan.gradient_checkpointing,
        name=f"block_{i}",
    )


def _adapter(x: Any, length: Any, config: Wav2Vec2Config, *, exact: bool) -> tuple[Any, Any]:
    if config.output_hidden_size != config.hidden_size:
        x = keras.layers.Dense(config.output_hidden_size, name="adapter_projection")(x)
        x = keras.layers.LayerNormalization(epsilon=1e-5, name="adapter_norm")(x)
    for i in range(config.num_adapter_layers):
        layer = AdapterConvolution(
            kernel_size=config.adapter_kernel_size,
            strides=config.adapter_stride,
            masked=exact,
            name=f"adapter_{i}",
        )
        x, length = layer([x, length])
    return x, length
