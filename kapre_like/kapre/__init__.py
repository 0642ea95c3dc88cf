"""Kapre 0.4.1 on this library: the same names, arguments, numbers, shapes and saved files.

A program that uses `import kapre` runs with `from kapre_like import kapre` instead. The layers
are registered under Kapre's names, so Kapre's `.keras` and `.h5` files load without Kapre.
`docs/kapre.md` lists the differences and explains how to change to native layers.
"""

from kapre_like.kapre import augmentation as augmentation
from kapre_like.kapre import backend as backend
from kapre_like.kapre import composed as composed
from kapre_like.kapre import signal as signal
from kapre_like.kapre import tflite_compatible_stft as tflite_compatible_stft
from kapre_like.kapre import time_frequency as time_frequency
from kapre_like.kapre import time_frequency_tflite as time_frequency_tflite
from kapre_like.kapre.augmentation import ChannelSwap, SpecAugment
from kapre_like.kapre.composed import (
    get_frequency_aware_conv2d,
    get_log_frequency_spectrogram_layer,
    get_melspectrogram_layer,
    get_perfectly_reconstructing_stft_istft,
    get_stft_mag_phase,
    get_stft_magnitude_layer,
)
from kapre_like.kapre.migrate import migrate as migrate
from kapre_like.kapre.signal import Energy, Frame, LogmelToMFCC, MuLawDecoding, MuLawEncoding
from kapre_like.kapre.time_frequency import (
    STFT,
    ApplyFilterbank,
    ConcatenateFrequencyMap,
    Delta,
    InverseSTFT,
    Magnitude,
    MagnitudeToDecibel,
    Phase,
)
from kapre_like.kapre.time_frequency_tflite import MagnitudeTflite, PhaseTflite, STFTTflite

__version__ = "0.4.1"
VERSION = __version__

# Exactly Kapre's list. Kapre has no `migrate`, so `import *` leaves it out.
__all__ = [
    "STFT",
    "VERSION",
    "ApplyFilterbank",
    "ChannelSwap",
    "ConcatenateFrequencyMap",
    "Delta",
    "Energy",
    "Frame",
    "InverseSTFT",
    "LogmelToMFCC",
    "Magnitude",
    "MagnitudeTflite",
    "MagnitudeToDecibel",
    "MuLawDecoding",
    "MuLawEncoding",
    "Phase",
    "PhaseTflite",
    "STFTTflite",
    "SpecAugment",
    "__version__",
    "get_frequency_aware_conv2d",
    "get_log_frequency_spectrogram_layer",
    "get_melspectrogram_layer",
    "get_perfectly_reconstructing_stft_istft",
    "get_stft_mag_phase",
    "get_stft_magnitude_layer",
]  # fmt: skip
