"""Importing this module registers the Keras classes of the family, so that models load."""

import kapre_like.models.artifact.card
import kapre_like.models.blocks.registered
import kapre_like.models.wav2vec2.backbone.encoder_block
import kapre_like.models.wav2vec2.backbone.feature_convolution
import kapre_like.models.wav2vec2.backbone.frame_convolutions
import kapre_like.models.wav2vec2.backbone.front_ends
import kapre_like.models.wav2vec2.backbone.relative_positions
import kapre_like.models.wav2vec2.backbone.self_attention
import kapre_like.models.wav2vec2.backbone.span_masking
import kapre_like.models.wav2vec2.backbone.stacked_positions
import kapre_like.models.wav2vec2.backbone.waveform_input
import kapre_like.models.wav2vec2.backbone.windows
import kapre_like.models.wav2vec2.pretraining.contrastive
import kapre_like.models.wav2vec2.pretraining.gumbel_quantizer
import kapre_like.models.wav2vec2.pretraining.network  # noqa: F401
