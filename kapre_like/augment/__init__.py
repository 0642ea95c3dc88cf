"""Layers that change training data at random. Importing this package registers them.

Each layer returns its input at inference. In training it changes each example with a given
probability, by random numbers of the example's own. Layers of waveforms take `(batch, samples)`
or `(batch, samples, channels)`, layers of spectrograms `(batch, frames, freqs, channels)`, with
a Keras mask, or as a list `[x, length]`.
"""

from kapre_like.augment.add_noise import AddNoise as AddNoise
from kapre_like.augment.band_pass import BandPass as BandPass
from kapre_like.augment.codec_simulation import CodecSimulation as CodecSimulation
from kapre_like.augment.equalizer import Equalizer as Equalizer
from kapre_like.augment.gain import Gain as Gain
from kapre_like.augment.high_pass import HighPass as HighPass
from kapre_like.augment.low_pass import LowPass as LowPass
from kapre_like.augment.polarity import Polarity as Polarity
from kapre_like.augment.reverberate import Reverberate as Reverberate
from kapre_like.augment.simulated_room import SimulatedRoom as SimulatedRoom
from kapre_like.layers.additive_noise import AdditiveNoise as AdditiveNoise
from kapre_like.layers.channel_swap import ChannelSwap as ChannelSwap
from kapre_like.layers.spec_augment import SpecAugment as SpecAugment

__all__ = [
    "AddNoise",
    "AdditiveNoise",
    "BandPass",
    "ChannelSwap",
    "CodecSimulation",
    "Equalizer",
    "Gain",
    "HighPass",
    "LowPass",
    "Polarity",
    "Reverberate",
    "SimulatedRoom",
    "SpecAugment",
]
