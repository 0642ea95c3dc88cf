"""The front end as Keras layers. Importing this package registers them for loading."""

from kapre_like.layers.apply_filterbank import ApplyFilterbank as ApplyFilterbank
from kapre_like.layers.de_emphasis import DeEmphasis as DeEmphasis
from kapre_like.layers.delta import Delta as Delta
from kapre_like.layers.energy import Energy as Energy
from kapre_like.layers.frame import Frame as Frame
from kapre_like.layers.instantaneous_frequency import (
    InstantaneousFrequency as InstantaneousFrequency,
)
from kapre_like.layers.inverse_mel import InverseMel as InverseMel
from kapre_like.layers.inverse_stft import InverseSTFT as InverseSTFT
from kapre_like.layers.length_mask import LengthMask as LengthMask
from kapre_like.layers.magnitude import Magnitude as Magnitude
from kapre_like.layers.magnitude_to_decibel import MagnitudeToDecibel as MagnitudeToDecibel
from kapre_like.layers.mel_spectrogram import MelSpectrogram as MelSpectrogram
from kapre_like.layers.mu_law_decoding import MuLawDecoding as MuLawDecoding
from kapre_like.layers.mu_law_encoding import MuLawEncoding as MuLawEncoding
from kapre_like.layers.phase import Phase as Phase
from kapre_like.layers.power import Power as Power
from kapre_like.layers.power_to_decibel import PowerToDecibel as PowerToDecibel
from kapre_like.layers.pre_emphasis import PreEmphasis as PreEmphasis
from kapre_like.layers.stft import STFT as STFT

__all__ = [
    "STFT",
    "ApplyFilterbank",
    "DeEmphasis",
    "Delta",
    "Energy",
    "Frame",
    "InstantaneousFrequency",
    "InverseMel",
    "InverseSTFT",
    "LengthMask",
    "Magnitude",
    "MagnitudeToDecibel",
    "MelSpectrogram",
    "MuLawDecoding",
    "MuLawEncoding",
    "Phase",
    "Power",
    "PowerToDecibel",
    "PreEmphasis",
]
