"""Layers, losses and learning rates for networks of any family.

`masked` excludes padding. `pooling` reduces the frames of a clip to one vector. `time_delay` is
a layer of speaker networks. `cosine_losses`, `triplet_loss` and `frame_losses` contain losses,
and `learning_rates` a schedule and an optimizer with rates per layer.
"""

from kapre_like.models.blocks.frames_to_sequence import (
    FramesToSequence as FramesToSequence,
)
from kapre_like.models.blocks.masked import (
    MaskedBatchNormalization as MaskedBatchNormalization,
)
from kapre_like.models.blocks.masked import MaskedMean as MaskedMean
from kapre_like.models.blocks.masked import UnpackMask as UnpackMask
