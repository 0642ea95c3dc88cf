"""Kapre's `time_frequency`: layers that compute or process spectrograms."""

from keras import ops

from kapre_like.kapre import backend as backend
from kapre_like.kapre.backend import _CH_DEFAULT_STR as _CH_DEFAULT_STR
from kapre_like.kapre.backend import _CH_FIRST_STR as _CH_FIRST_STR
from kapre_like.kapre.backend import _CH_LAST_STR as _CH_LAST_STR
from kapre_like.kapre.tflite_compatible_stft import atan2_tflite as atan2_tflite
from kapre_like.kapre.time_frequency.magnitude import Magnitude as Magnitude
from kapre_like.kapre.time_frequency.magnitude import MagnitudeToDecibel as MagnitudeToDecibel
from kapre_like.kapre.time_frequency.magnitude import Phase as Phase
from kapre_like.kapre.time_frequency.spectrogram import ApplyFilterbank as ApplyFilterbank
from kapre_like.kapre.time_frequency.spectrogram import (
    ConcatenateFrequencyMap as ConcatenateFrequencyMap,
)
from kapre_like.kapre.time_frequency.spectrogram import Delta as Delta
from kapre_like.kapre.time_frequency.stft import STFT as STFT
from kapre_like.kapre.time_frequency.stft import InverseSTFT as InverseSTFT
from kapre_like.ops.sizes import channels_last

__all__ = [
    "STFT",
    "ApplyFilterbank",
    "ConcatenateFrequencyMap",
    "Delta",
    "InverseSTFT",
    "Magnitude",
    "MagnitudeToDecibel",
    "Phase",
]  # fmt: skip


def _shape_spectrum_output(spectrums, data_format):
    """Returns a spectrum in the axis order of a data format.

    Args:
        spectrums: Tensor `(batch, channels, frames, freqs)`.
        data_format: `"channels_first"` returns the tensor unchanged. Any other value moves the
            channels to the last axis.
    """
    spectrums = ops.convert_to_tensor(spectrums)
    return spectrums if data_format == _CH_FIRST_STR else channels_last(spectrums)
