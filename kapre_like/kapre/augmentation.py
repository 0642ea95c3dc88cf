"""Kapre's layers that change training data at random."""

from kapre_like.kapre import backend as backend
from kapre_like.kapre._channel_swap import ChannelSwap as ChannelSwap
from kapre_like.kapre._spec_augment import SpecAugment as SpecAugment
from kapre_like.kapre.backend import _CH_DEFAULT_STR as _CH_DEFAULT_STR
from kapre_like.kapre.backend import _CH_FIRST_STR as _CH_FIRST_STR
from kapre_like.kapre.backend import _CH_LAST_STR as _CH_LAST_STR

__all__ = ["ChannelSwap", "SpecAugment"]
