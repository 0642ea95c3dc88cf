"""Models that compute a spectrogram from a waveform."""

import warnings

import keras

from kapre_like.kapre.backend import _CH_FIRST_STR
from kapre_like.kapre.time_frequency import (
    STFT,
    ApplyFilterbank,
    Magnitude,
    MagnitudeToDecibel,
    Phase,
)


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
    """Returns a model of `STFT`, `Magnitude` and, with `return_decibel`, `MagnitudeToDecibel`.

    The table in `kapre_like.kapre.composed` explains the arguments.

    Returns:
        A `keras.Sequential` from waveforms to `(batch, frames, n_fft // 2 + 1, channels)`.
    """
    stft = stft_layer(
        input_shape, n_fft, win_length, hop_length, window_name, pad_begin, pad_end,
        input_data_format, output_data_format,
    )  # fmt: skip
    decibels = decibel_layers(return_decibel, db_ref_value, db_amin, db_dynamic_range)
    return keras.Sequential([stft, Magnitude(), *decibels], name=name)


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
    """Returns a model of `STFT`, `Magnitude`, mel bands and, with `return_decibel`, decibels.

    The bands are sums of magnitudes, not of powers, as with `power=1` in librosa.

    Arguments that are not in the table of `kapre_like.kapre.composed`:

    | argument | meaning |
    |---|---|
    | `sample_rate` | number > 0, Hz |
    | `n_mels` | int > 0, number of mel bands |
    | `mel_f_min`, `mel_f_max` | Hz, edges of the bands; `None` means half the sample rate |
    | `mel_htk` | whether to use the HTK mel formula instead of Slaney's |
    | `mel_norm` | `"slaney"`, `None` or a number, see `backend.filterbank_mel` |

    Returns:
        A `keras.Sequential` from waveforms to `(batch, frames, n_mels, channels)`.
    """
    stft = stft_layer(
        input_shape, n_fft, win_length, hop_length, window_name, pad_begin, pad_end,
        input_data_format, output_data_format,
    )  # fmt: skip
    options = {
        "sample_rate": sample_rate, "n_freq": n_fft // 2 + 1, "n_mels": n_mels,
        "f_min": mel_f_min, "f_max": mel_f_max, "htk": mel_htk, "norm": mel_norm,
    }  # fmt: skip
    bank = ApplyFilterbank("mel", options, data_format=output_data_format)
    decibels = decibel_layers(return_decibel, db_ref_value, db_amin, db_dynamic_range)
    return keras.Sequential([stft, Magnitude(), bank, *decibels], name=name)


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
    """Returns a model of `STFT`, `Magnitude`, log-frequency bands and, if set, decibels.

    Arguments that are not in the table of `kapre_like.kapre.composed`:

    | argument | meaning |
    |---|---|
    | `sample_rate` | number > 0, Hz |
    | `log_n_bins` | int > 0, number of bands |
    | `log_f_min` | Hz, center of the first band; `None` means 32.70319566 |
    | `log_bins_per_octave` | int > 0, bands per octave |
    | `log_spread` | number > 0, width of a band, see `backend.filterbank_log` |

    Returns:
        A `keras.Sequential` from waveforms to `(batch, frames, log_n_bins, channels)`.

    Raises:
        RuntimeError: If the bands exceed half the sample rate.
    """
    stft = stft_layer(
        input_shape, n_fft, win_length, hop_length, window_name, pad_begin, pad_end,
        input_data_format, output_data_format,
    )  # fmt: skip
    options = {
        "sample_rate": sample_rate, "n_freq": n_fft // 2 + 1, "n_bins": log_n_bins,
        "bins_per_octave": log_bins_per_octave, "f_min": log_f_min, "spread": log_spread,
    }  # fmt: skip
    bank = ApplyFilterbank("log", options, data_format=output_data_format)
    decibels = decibel_layers(return_decibel, db_ref_value, db_amin, db_dynamic_range)
    return keras.Sequential([stft, Magnitude(), bank, *decibels], name=name)


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
    """Returns a model of the magnitudes of all channels, followed by their phases.

    The table in `kapre_like.kapre.composed` explains the arguments. `input_shape` is required.

    Returns:
        A `keras.Model` from waveforms to `(batch, frames, n_fft // 2 + 1, 2 * channels)`.
    """
    stft = stft_layer(
        None, n_fft, win_length, hop_length, window_name, pad_begin, pad_end,
        input_data_format, output_data_format,
    )  # fmt: skip
    waveform = keras.Input(input_shape)
    spectrum = stft(waveform)
    magnitude = Magnitude()(spectrum)
    for layer in decibel_layers(return_decibel, db_ref_value, db_amin, db_dynamic_range):
        magnitude = layer(magnitude)
    # The resolved format. Kapre takes "default" for channels last, whatever Keras's setting.
    axis = 1 if stft.output_data_format == _CH_FIRST_STR else 3
    both = keras.layers.Concatenate(axis=axis)([magnitude, Phase()(spectrum)])
    return keras.Model(waveform, both, name=name)


def stft_layer(
    input_shape, n_fft, win_length, hop_length, window_name, pad_begin, pad_end,
    input_data_format, output_data_format,
):  # fmt: skip
    """Returns the first layer. It keeps `input_shape` when it becomes part of another model."""
    shape = {} if input_shape is None else {"input_shape": input_shape}
    with warnings.catch_warnings():
        # Keras recommends an `Input` instead of `input_shape`. But a program may take this
        # layer out of `model.layers` and start another model with it, which needs the shape.
        warnings.filterwarnings("ignore", message="Do not pass an `input_shape`")
        return STFT(
            n_fft=n_fft, win_length=win_length, hop_length=hop_length, window_name=window_name,
            pad_begin=pad_begin, pad_end=pad_end, input_data_format=input_data_format,
            output_data_format=output_data_format, **shape,
        )  # fmt: skip


def decibel_layers(return_decibel, ref_value, amin, dynamic_range):
    """Returns a list with the decibel layer; an empty list without `return_decibel`."""
    if not return_decibel:
        return []
    return [MagnitudeToDecibel(ref_value=ref_value, amin=amin, dynamic_range=dynamic_range)]
