"""Layers for LiteRT, which has no complex numbers: parts stand in a last axis of 2."""

from kapre_like.kapre._magnitude_tflite import MagnitudeTflite as MagnitudeTflite
from kapre_like.kapre._phase_tflite import PhaseTflite as PhaseTflite
from kapre_like.kapre._stft_tflite import STFTTflite as STFTTflite
from kapre_like.kapre.backend import _CH_DEFAULT_STR as _CH_DEFAULT_STR
from kapre_like.kapre.backend import _CH_FIRST_STR as _CH_FIRST_STR
from kapre_like.kapre.backend import _CH_LAST_STR as _CH_LAST_STR
from kapre_like.kapre.tflite_compatible_stft import atan2_tflite as atan2_tflite
from kapre_like.kapre.tflite_compatible_stft import stft_tflite as stft_tflite
from kapre_like.kapre.time_frequency import STFT as STFT
from kapre_like.kapre.time_frequency import InverseSTFT as InverseSTFT
from kapre_like.kapre.time_frequency import Magnitude as Magnitude
from kapre_like.kapre.time_frequency import Phase as Phase

__all__ = [
    "MagnitudeTflite",
    "PhaseTflite",
    "STFTTflite",
]  # fmt: skip
