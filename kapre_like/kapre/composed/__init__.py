"""Kapre's `composed`: functions that build a model, or a pair of layers, from Kapre's layers.

Arguments that several functions share:

| argument | meaning |
|---|---|
| `input_shape` | shape of the input without the batch axis, or `None` |
| `n_fft`, `win_length`, `hop_length`, `window_name`, `pad_begin`, `pad_end` | see `STFT` |
| `return_decibel` | whether `MagnitudeToDecibel` is the last layer |
| `db_amin`, `db_ref_value`, `db_dynamic_range` | see `MagnitudeToDecibel` |
| `input_data_format`, `output_data_format` | data formats of the waveform and of the output |
| `name` | name of the model |
"""

from keras import Model as Model
from keras import Sequential as Sequential

from kapre_like.kapre import backend as backend
from kapre_like.kapre.backend import _CH_DEFAULT_STR as _CH_DEFAULT_STR
from kapre_like.kapre.backend import _CH_FIRST_STR as _CH_FIRST_STR
from kapre_like.kapre.backend import _CH_LAST_STR as _CH_LAST_STR
from kapre_like.kapre.composed.pairs import (
    get_frequency_aware_conv2d as get_frequency_aware_conv2d,
)
from kapre_like.kapre.composed.pairs import (
    get_perfectly_reconstructing_stft_istft as get_perfectly_reconstructing_stft_istft,
)
from kapre_like.kapre.composed.spectrograms import (
    get_log_frequency_spectrogram_layer as get_log_frequency_spectrogram_layer,
)
from kapre_like.kapre.composed.spectrograms import (
    get_melspectrogram_layer as get_melspectrogram_layer,
)
from kapre_like.kapre.composed.spectrograms import (
    get_stft_mag_phase as get_stft_mag_phase,
)
from kapre_like.kapre.composed.spectrograms import (
    get_stft_magnitude_layer as get_stft_magnitude_layer,
)
from kapre_like.kapre.time_frequency import STFT as STFT
from kapre_like.kapre.time_frequency import ApplyFilterbank as ApplyFilterbank
from kapre_like.kapre.time_frequency import ConcatenateFrequencyMap as ConcatenateFrequencyMap
from kapre_like.kapre.time_frequency import InverseSTFT as InverseSTFT
from kapre_like.kapre.time_frequency import Magnitude as Magnitude
from kapre_like.kapre.time_frequency import MagnitudeToDecibel as MagnitudeToDecibel
from kapre_like.kapre.time_frequency import Phase as Phase
