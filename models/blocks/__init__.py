"""Layers, losses and learning rates that networks of any family are built and trained with.

`masked` keeps padding out of a network, `pooling` makes one vector of many, `time_delay` is a
layer of speaker networks; `cosine_losses`, `triplet_loss` and `frame_losses` are what networks
learn by, and `learning_rates` how fast.
"""

from kapre_like.models.blocks.frames_to_sequence import (
    FramesToSequence as FramesToSequence,
)
from kapre_like.models.blocks.masked import (
    MaskedBatchNormalization as MaskedBatchNormalization,
)
from kapre_like.models.blocks.masked import MaskedMean as MaskedMean
from kapre_like.models.blocks.masked import UnpackMask as UnpackMask
