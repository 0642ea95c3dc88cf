"""Importing this tells Keras of every class of the family, so that their files load."""

import kapre_like.models.wav2vec2.adapter_convolution
import kapre_like.models.wav2vec2.am_softmax_loss
import kapre_like.models.wav2vec2.attentive_pooling
import kapre_like.models.wav2vec2.blank_padding
import kapre_like.models.wav2vec2.checkpoint_card
import kapre_like.models.wav2vec2.clip_input
import kapre_like.models.wav2vec2.clip_normalization
import kapre_like.models.wav2vec2.collapse
import kapre_like.models.wav2vec2.contrastive
import kapre_like.models.wav2vec2.cosine_classes
import kapre_like.models.wav2vec2.ctc_loss
import kapre_like.models.wav2vec2.encoder_block
import kapre_like.models.wav2vec2.feature_convolution
import kapre_like.models.wav2vec2.frame_loss
import kapre_like.models.wav2vec2.frame_mean
import kapre_like.models.wav2vec2.frame_statistics
import kapre_like.models.wav2vec2.front_end_features
import kapre_like.models.wav2vec2.gradient_scale
import kapre_like.models.wav2vec2.gumbel_quantizer
import kapre_like.models.wav2vec2.layer_rates
import kapre_like.models.wav2vec2.layer_weights
import kapre_like.models.wav2vec2.linear_cycle
import kapre_like.models.wav2vec2.positional_convolution
import kapre_like.models.wav2vec2.pretraining_model
import kapre_like.models.wav2vec2.proxy_losses
import kapre_like.models.wav2vec2.self_attention
import kapre_like.models.wav2vec2.span_masking
import kapre_like.models.wav2vec2.span_sampling
import kapre_like.models.wav2vec2.time_delay
import kapre_like.models.wav2vec2.triplet_loss
import kapre_like.models.wav2vec2.valid_frames
import kapre_like.models.wav2vec2.windows  # noqa: F401
