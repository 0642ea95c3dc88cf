"""Functions that return several layers as one: models of the layers of this package.

Arguments that several share:

| argument | is |
|---|---|
| `input_shape` | shape of the input without the batch axis, or `None` |
| `n_fft`, `win_length`, `hop_length`, `window_name`, `pad_begin`, `pad_end` | of `STFT` |
| `return_decibel` | whether `MagnitudeToDecibel` comes last |
| `db_amin`, `db_ref_value`, `db_dynamic_range` | its numbers |
| `input_data_format`, `output_data_format` | of the waveform and of the result |
| `name` | of the model |
"""

import keras
from keras import Model as Model
from keras import Sequential as Sequential

from kapre_like.kapre import backend as backend
from kapre_like.kapre._composed_parts import first_stft, last_decibel
from kapre_like.kapre._frequency_aware_conv2d import (
    get_frequency_aware_conv2d as get_frequency_aware_conv2d,
)
from kapre_like.kapre.backend import _CH_DEFAULT_STR as _CH_DEFAULT_STR
from kapre_like.kapre.backend import _CH_FIRST_STR as _CH_FIRST_STR
from kapre_like.kapre.backend import _CH_LAST_STR as _CH_LAST_STR
from kapre_like.kapre.time_frequency import STFT as STFT
from kapre_like.kapre.time_frequency import ApplyFilterbank as ApplyFilterbank
from kapre_like.kapre.time_frequency import ConcatenateFrequencyMap as ConcatenateFrequencyMap
from kapre_like.kapre.time_frequency import InverseSTFT as InverseSTFT
from kapre_like.kapre.time_frequency import Magnitude as Magnitude
from kapre_like.kapre.time_frequency import MagnitudeToDecibel as MagnitudeToDecibel
from kapre_like.kapre.time_frequency import Phase as Phase


def get_stft_magnitude_layer(
    input_shape=None,
    n_fft=2048,
    win_length=None,
    hop_length=None,
    window_name=None,
    pad_begin=False,
    pad_end=False,
    return_decibel=False,
    db_amin=1e-5,
    db_ref_value=1.0,
    db_dynamic_range=80.0,
    input_data_format="default",
    output_data_format="default",
    name="stft_magnitude",
):
    """Returns `STFT`, `Magnitude` and, if asked for, `MagnitudeToDecibel` as one model.

    The arguments are those of the table above.

    Returns:
        A `keras.Sequential`: waveforms to `(batch, frames, n_fft // 2 + 1, channels)`.
    """
    stft = first_stft(
        input_shape, n_fft, win_length, hop_length, window_name, pad_begin, pad_end,
        input_data_format, output_data_format,
    )  # fmt: skip
    decibel = last_decibel(return_decibel, db_ref_value, db_amin, db_dynamic_range)
    return Sequential([stft, Magnitude(), *decibel], name=name)


def get_melspectrogram_layer(
    input_shape=None,
    n_fft=2048,
    win_length=None,
    hop_length=None,
    window_name=None,
    pad_begin=False,
    pad_end=False,
    sample_rate=22050,
    n_mels=128,
    mel_f_min=0.0,
    mel_f_max=None,
    mel_htk=False,
    mel_norm="slaney",
    return_decibel=False,
    db_amin=1e-5,
    db_ref_value=1.0,
    db_dynamic_range=80.0,
    input_data_format="default",
    output_data_format="default",
    name="melspectrogram",
):
    """Returns `STFT`, `Magnitude`, mel bands and, if asked for, decibels as one model.

    The bands weigh magnitudes, not powers: `power=1` in librosa's words.

    Beside the arguments of the table above:

    | argument | is |
    |---|---|
    | `sample_rate` | Hz |
    | `n_mels` | int > 0, bands |
    | `mel_f_min`, `mel_f_max` | Hz, ends of the bands; `None` means half the rate |
    | `mel_htk` | whether the HTK formula makes mels, not Slaney's |
    | `mel_norm` | `"slaney"`, `None` or a number, see `backend.filterbank_mel` |

    Returns:
        A `keras.Sequential`: waveforms to `(batch, frames, n_mels, channels)`.
    """
    stft = first_stft(
        input_shape, n_fft, win_length, hop_length, window_name, pad_begin, pad_end,
        input_data_format, output_data_format,
    )  # fmt: skip
    options = {
        "sample_rate": sample_rate, "n_freq": n_fft // 2 + 1, "n_mels": n_mels,
        "f_min": mel_f_min, "f_max": mel_f_max, "htk": mel_htk, "norm": mel_norm,
    }  # fmt: skip
    bank = ApplyFilterbank("mel", options, data_format=output_data_format)
    decibel = last_decibel(return_decibel, db_ref_value, db_amin, db_dynamic_range)
    return Sequential([stft, Magnitude(), bank, *decibel], name=name)


def get_log_frequency_spectrogram_layer(
    input_shape=None,
    n_fft=2048,
    win_length=None,
    hop_length=None,
    window_name=None,
    pad_begin=False,
    pad_end=False,
    sample_rate=22050,
    log_n_bins=84,
    log_f_min=None,
    log_bins_per_octave=12,
    log_spread=0.125,
    return_decibel=False,
    db_amin=1e-5,
    db_ref_value=1.0,
    db_dynamic_range=80.0,
    input_data_format="default",
    output_data_format="default",
    name="log_frequency_spectrogram",
):
    """Returns `STFT`, `Magnitude`, log-frequency bands and, if asked for, decibels.

    Beside the arguments of the table above:

    | argument | is |
    |---|---|
    | `sample_rate` | Hz |
    | `log_n_bins` | int > 0, bands |
    | `log_f_min` | Hz, the middle of the first band; `None` means 32.70319566 |
    | `log_bins_per_octave` | int > 0, bands in an octave |
    | `log_spread` | number > 0, width of a band, see `backend.filterbank_log` |

    Returns:
        A `keras.Sequential`: waveforms to `(batch, frames, log_n_bins, channels)`.

    Raises:
        RuntimeError: If the bands reach above half the sample rate.
    """
    stft = first_stft(
        input_shape, n_fft, win_length, hop_length, window_name, pad_begin, pad_end,
        input_data_format, output_data_format,
    )  # fmt: skip
    options = {
        "sample_rate": sample_rate, "n_freq": n_fft // 2 + 1, "n_bins": log_n_bins,
        "bins_per_octave": log_bins_per_octave, "f_min": log_f_min, "spread": log_spread,
    }  # fmt: skip
    bank = ApplyFilterbank("log", options, data_format=output_data_format)
    decibel = last_decibel(return_decibel, db_ref_value, db_amin, db_dynamic_range)
    return Sequential([stft, Magnitude(), bank, *decibel], name=name)


def get_perfectly_reconstructing_stft_istft(
    n_fft, hop_length, waveform_data_format, stft_data_format, stft_name=None, istft_name=None
):
    """Returns an `STFT` and an `InverseSTFT` that undoes it.

    With `N` samples, `istft(stft(x))[:, n_fft - hop_length:][:, :N]` is `x`, for hops that
    divide `n_fft` at least into halves.

    Args:
        n_fft: Int > 0, FFT size and window in samples.
        hop_length: Int > 0, samples between frames.
        waveform_data_format: Data format of waveforms.
        stft_data_format: Data format of spectra.
        stft_name: Name of the first layer.
        istft_name: Name of the second.

    Returns:
        The two layers.
    """
    shared = {"n_fft": n_fft, "win_length": n_fft, "hop_length": hop_length}
    stft = STFT(
        **shared, window_name="hann_window", pad_begin=True, pad_end=True,
        input_data_format=waveform_data_format, output_data_format=stft_data_format,
        name=stft_name,
    )  # fmt: skip
    istft = InverseSTFT(
        **shared, forward_window_name="hann_window", input_data_format=stft_data_format,
        output_data_format=waveform_data_format, name=istft_name,
    )  # fmt: skip
    return stft, istft


def get_stft_mag_phase(
    input_shape,
    n_fft=2048,
    win_length=None,
    hop_length=None,
    window_name=None,
    pad_begin=False,
    pad_end=False,
    return_decibel=False,
    db_amin=1e-5,
    db_ref_value=1.0,
    db_dynamic_range=80.0,
    input_data_format="default",
    output_data_format="default",
    name="stft_mag_phase",
):
    """Returns a model of the magnitudes of all channels and, behind them, their phases.

    The arguments are those of the table above; `input_shape` must be given.

    Returns:
        A `keras.Model`: waveforms to `(batch, frames, n_fft // 2 + 1, 2 * channels)`.
    """
    stft = first_stft(
        None, n_fft, win_length, hop_length, window_name, pad_begin, pad_end,
        input_data_format, output_data_format,
    )  # fmt: skip
    waveform = keras.Input(input_shape)
    spectrum = stft(waveform)
    magnitude = Magnitude()(spectrum)
    for layer in last_decibel(return_decibel, db_ref_value, db_amin, db_dynamic_range):
        magnitude = layer(magnitude)
    # By what "default" stands for: Kapre takes it for channels last.
    axis = 1 if stft.output_data_format == _CH_FIRST_STR else 3
    both = keras.layers.Concatenate(axis=axis)([magnitude, Phase()(spectrum)])
    return Model(waveform, both, name=name)
