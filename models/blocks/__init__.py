"""Layers that keep a padded clip's network activations equal to those of the clip alone."""

from kapre_like.models.blocks.masked_batch_norm import (
    MaskedBatchNormalization as MaskedBatchNormalization,
)
from kapre_like.models.blocks.masked_mean import MaskedMean as MaskedMean
from kapre_like.models.blocks.unpack_mask import UnpackMask as UnpackMask
