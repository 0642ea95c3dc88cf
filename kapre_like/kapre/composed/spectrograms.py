"""Models of several layers that turn a waveform into a spectrogram."""

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
    return keras.Sequential([stft, Magnitude(), *decibel], name=name)


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
    return keras.Sequential([stft, Magnitude(), bank, *decibel], name=name)


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
    return keras.Sequential([stft, Magnitude(), bank, *decibel], name=name)


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
    return keras.Model(waveform, both, name=name)


def first_stft(
    input_shape, n_fft, win_length, hop_length, window_name, pad_begin, pad_end,
    input_data_format, output_data_format,
):  # fmt: skip
    """The first layer; it carries `input_shape`, also into another model."""
    shape = {} if input_shape is None else {"input_shape": input_shape}
    with warnings.catch_warnings():
        # Keras would have an `Input`; programs take `model.layers` apart and build on them.
        warnings.filterwarnings("ignore", message="Do not pass an `input_shape`")
        return STFT(
            n_fft=n_fft, win_length=win_length, hop_length=hop_length, window_name=window_name,
            pad_begin=pad_begin, pad_end=pad_end, input_data_format=input_data_format,
            output_data_format=output_data_format, **shape,
        )  # fmt: skip


def last_decibel(wanted, ref_value, amin, dynamic_range):
    """The last layer, in a list; an empty one if it is not wanted."""
    if not wanted:
        return []
    return [MagnitudeToDecibel(ref_value=ref_value, amin=amin, dynamic_range=dynamic_range)]
