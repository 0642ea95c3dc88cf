"""Layers that change training data at random. Importing this package registers them.

Each layer returns its input at inference. In training it changes each example with a given
probability, and draws random numbers for each example. Layers for waveforms take
`(batch, samples)` or `(batch, samples, channels)`, layers for spectrograms
`(batch, frames, freqs, channels)`, with or without a Keras mask, or a list `[x, length]`.
`MixUp`, `CutMix` and `BetweenClass` take pairs of a batch and its labels.
"""

# Written by `make tables` from kapre_like/_layer_table.py.

from kapre_like._layer_table import AUGMENTATIONS as LAYERS
from kapre_like.augment.add_noise import AddNoise as AddNoise
from kapre_like.augment.band_pass import BandPass as BandPass
from kapre_like.augment.between_class import BetweenClass as BetweenClass
from kapre_like.augment.clip import Clip as Clip
from kapre_like.augment.codec_simulation import CodecSimulation as CodecSimulation
from kapre_like.augment.compose import Compose as Compose
from kapre_like.augment.cut_mix import CutMix as CutMix
from kapre_like.augment.drop_chunk import DropChunk as DropChunk
from kapre_like.augment.equalizer import Equalizer as Equalizer
from kapre_like.augment.filter_augment import FilterAugment as FilterAugment
from kapre_like.augment.frequency_shift import FrequencyShift as FrequencyShift
from kapre_like.augment.gain import Gain as Gain
from kapre_like.augment.high_pass import HighPass as HighPass
from kapre_like.augment.low_pass import LowPass as LowPass
from kapre_like.augment.mix_up import MixUp as MixUp
from kapre_like.augment.one_of import OneOf as OneOf
from kapre_like.augment.pitch_shift import PitchShift as PitchShift
from kapre_like.augment.polarity import Polarity as Polarity
from kapre_like.augment.random_crop import RandomCrop as RandomCrop
from kapre_like.augment.random_resized_spectrogram import (
    RandomResizedSpectrogram as RandomResizedSpectrogram,
)
from kapre_like.augment.recipe import Recipe as Recipe
from kapre_like.augment.recipe import read_recipe as read_recipe
from kapre_like.augment.recipe import recipe_names as recipe_names
from kapre_like.augment.reverberate import Reverberate as Reverberate
from kapre_like.augment.saturate import Saturate as Saturate
from kapre_like.augment.simulated_room import SimulatedRoom as SimulatedRoom
from kapre_like.augment.some_of import SomeOf as SomeOf
from kapre_like.augment.speed_perturb import SpeedPerturb as SpeedPerturb
from kapre_like.augment.time_shift import TimeShift as TimeShift
from kapre_like.layers.additive_noise import AdditiveNoise as AdditiveNoise
from kapre_like.layers.channel_swap import ChannelSwap as ChannelSwap
from kapre_like.layers.spec_augment import SpecAugment as SpecAugment

# End of what `make tables` writes.

__all__ = [*LAYERS, "Recipe", "read_recipe", "recipe_names"]
