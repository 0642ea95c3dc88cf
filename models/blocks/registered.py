"""Importing this module registers the Keras classes of `blocks`, so that saved models load."""

import kapre_like.models.blocks.calibrated
import kapre_like.models.blocks.causal
import kapre_like.models.blocks.clip_rate
import kapre_like.models.blocks.clip_windows
import kapre_like.models.blocks.collapse
import kapre_like.models.blocks.cosine_losses
import kapre_like.models.blocks.fill_patches
import kapre_like.models.blocks.frame_losses
import kapre_like.models.blocks.frames_to_sequence
import kapre_like.models.blocks.heavy_where_unsure
import kapre_like.models.blocks.learning_rates
import kapre_like.models.blocks.masked
import kapre_like.models.blocks.masked_pooling
import kapre_like.models.blocks.patches
import kapre_like.models.blocks.pooling
import kapre_like.models.blocks.recurrent
import kapre_like.models.blocks.relative_attention
import kapre_like.models.blocks.speech
import kapre_like.models.blocks.time_delay
import kapre_like.models.blocks.triplet_loss  # noqa: F401
