"""Layers between waveforms and spectrograms, and over spectrograms."""

from keras import ops

from kapre_like.kapre import backend as backend
from kapre_like.kapre._apply_filterbank import ApplyFilterbank as ApplyFilterbank
from kapre_like.kapre._concatenate_frequency_map import (
    ConcatenateFrequencyMap as ConcatenateFrequencyMap,
)
from kapre_like.kapre._delta import Delta as Delta
from kapre_like.kapre._inverse_stft import InverseSTFT as InverseSTFT
from kapre_like.kapre._magnitude import Magnitude as Magnitude
from kapre_like.kapre._magnitude_to_decibel import MagnitudeToDecibel as MagnitudeToDecibel
from kapre_like.kapre._phase import Phase as Phase
from kapre_like.kapre._stft import STFT as STFT
from kapre_like.kapre.backend import _CH_DEFAULT_STR as _CH_DEFAULT_STR
from kapre_like.kapre.backend import _CH_FIRST_STR as _CH_FIRST_STR
from kapre_like.kapre.backend import _CH_LAST_STR as _CH_LAST_STR
from kapre_like.kapre.tflite_compatible_stft import atan2_tflite as atan2_tflite
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
    """Returns `(batch, channels, frames, freqs)` in the order of a data format.

    Args:
        spectrums: Tensor.
        data_format: `"channels_first"` leaves it as it is; anything else moves channels last.
    """
    spectrums = ops.convert_to_tensor(spectrums)
    return spectrums if data_format == _CH_FIRST_STR else channels_last(spectrums)
