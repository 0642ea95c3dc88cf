"""The front end as Keras layers. Importing this package registers them for loading."""

# Written by `make tables` from kapre_like/_layer_table.py.

from kapre_like.layers.additive_noise import AdditiveNoise as AdditiveNoise
from kapre_like.layers.amplitude_envelope import AmplitudeEnvelope as AmplitudeEnvelope
from kapre_like.layers.apply_filterbank import ApplyFilterbank as ApplyFilterbank
from kapre_like.layers.band_energy_ratio import BandEnergyRatio as BandEnergyRatio
from kapre_like.layers.cepstrum import Cepstrum as Cepstrum
from kapre_like.layers.chain import Chain as Chain
from kapre_like.layers.channel_swap import ChannelSwap as ChannelSwap
from kapre_like.layers.chroma import Chroma as Chroma
from kapre_like.layers.concatenate_frequency_map import (
    ConcatenateFrequencyMap as ConcatenateFrequencyMap,
)
from kapre_like.layers.cqt import CQT as CQT
from kapre_like.layers.de_emphasis import DeEmphasis as DeEmphasis
from kapre_like.layers.delta import Delta as Delta
from kapre_like.layers.energy import Energy as Energy
from kapre_like.layers.fit_length import FitLength as FitLength
from kapre_like.layers.frame import Frame as Frame
from kapre_like.layers.frequency_aware_conv2d import (
    FrequencyAwareConv2D as FrequencyAwareConv2D,
)
from kapre_like.layers.front_end_normalization import (
    FrontEndNormalization as FrontEndNormalization,
)
from kapre_like.layers.gabor_front_end import GaborFrontEnd as GaborFrontEnd
from kapre_like.layers.griffin_lim import GriffinLim as GriffinLim
from kapre_like.layers.instantaneous_frequency import (
    InstantaneousFrequency as InstantaneousFrequency,
)
from kapre_like.layers.inverse_mel import InverseMel as InverseMel
from kapre_like.layers.inverse_stft import InverseSTFT as InverseSTFT
from kapre_like.layers.kaldi_fbank import KaldiFbank as KaldiFbank
from kapre_like.layers.length_mask import LengthMask as LengthMask
from kapre_like.layers.lfcc import LFCC as LFCC
from kapre_like.layers.log_compression import LogCompression as LogCompression
from kapre_like.layers.log_frequency_spectrogram import (
    LogFrequencySpectrogram as LogFrequencySpectrogram,
)
from kapre_like.layers.loudness import Loudness as Loudness
from kapre_like.layers.magnitude import Magnitude as Magnitude
from kapre_like.layers.magnitude_to_decibel import MagnitudeToDecibel as MagnitudeToDecibel
from kapre_like.layers.mel_spectrogram import MelSpectrogram as MelSpectrogram
from kapre_like.layers.mfcc import MFCC as MFCC
from kapre_like.layers.mu_law_decoding import MuLawDecoding as MuLawDecoding
from kapre_like.layers.mu_law_encoding import MuLawEncoding as MuLawEncoding
from kapre_like.layers.pad import Pad as Pad
from kapre_like.layers.pcen import PCEN as PCEN
from kapre_like.layers.phase import Phase as Phase
from kapre_like.layers.power import Power as Power
from kapre_like.layers.power_to_decibel import PowerToDecibel as PowerToDecibel
from kapre_like.layers.pre_emphasis import PreEmphasis as PreEmphasis
from kapre_like.layers.resample import Resample as Resample
from kapre_like.layers.rms import RMS as RMS
from kapre_like.layers.sinc_front_end import SincFrontEnd as SincFrontEnd
from kapre_like.layers.spec_augment import SpecAugment as SpecAugment
from kapre_like.layers.spectral_bandwidth import SpectralBandwidth as SpectralBandwidth
from kapre_like.layers.spectral_centroid import SpectralCentroid as SpectralCentroid
from kapre_like.layers.spectral_contrast import SpectralContrast as SpectralContrast
from kapre_like.layers.spectral_flatness import SpectralFlatness as SpectralFlatness
from kapre_like.layers.spectral_flux import SpectralFlux as SpectralFlux
from kapre_like.layers.spectral_rolloff import SpectralRolloff as SpectralRolloff
from kapre_like.layers.stft import STFT as STFT
from kapre_like.layers.stft_magnitude import StftMagnitude as StftMagnitude
from kapre_like.layers.time_stretch import TimeStretch as TimeStretch
from kapre_like.layers.vqt import VQT as VQT
from kapre_like.layers.zero_crossing_rate import ZeroCrossingRate as ZeroCrossingRate

__all__ = [
    "CQT",
    "LFCC",
    "MFCC",
    "PCEN",
    "RMS",
    "STFT",
    "VQT",
    "AdditiveNoise",
    "AmplitudeEnvelope",
    "ApplyFilterbank",
    "BandEnergyRatio",
    "Cepstrum",
    "Chain",
    "ChannelSwap",
    "Chroma",
    "ConcatenateFrequencyMap",
    "DeEmphasis",
    "Delta",
    "Energy",
    "FitLength",
    "Frame",
    "FrequencyAwareConv2D",
    "FrontEndNormalization",
    "GaborFrontEnd",
    "GriffinLim",
    "InstantaneousFrequency",
    "InverseMel",
    "InverseSTFT",
    "KaldiFbank",
    "LengthMask",
    "LogCompression",
    "LogFrequencySpectrogram",
    "Loudness",
    "Magnitude",
    "MagnitudeToDecibel",
    "MelSpectrogram",
    "MuLawDecoding",
    "MuLawEncoding",
    "Pad",
    "Phase",
    "Power",
    "PowerToDecibel",
    "PreEmphasis",
    "Resample",
    "SincFrontEnd",
    "SpecAugment",
    "SpectralBandwidth",
    "SpectralCentroid",
    "SpectralContrast",
    "SpectralFlatness",
    "SpectralFlux",
    "SpectralRolloff",
    "StftMagnitude",
    "TimeStretch",
    "ZeroCrossingRate",
]
# End of what `make tables` writes.
