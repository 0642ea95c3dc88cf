"""Pairs of layers: `STFT` and its inverse, frequency map and convolution."""

import inspect

import keras

from kapre_like.kapre.backend import _CH_DEFAULT_STR
from kapre_like.kapre.time_frequency import STFT, ConcatenateFrequencyMap, InverseSTFT


def get_perfectly_reconstructing_stft_istft(
    n_fft, hop_length, waveform_data_format, stft_data_format, stft_name=None, istft_name=None
):
    """Returns an `STFT` and an `InverseSTFT` that reconstructs the waveform.

    For a waveform `x` of `N` samples, `istft(stft(x))[:, n_fft - hop_length:][:, :N]` equals
    `x`. `hop_length` must divide `n_fft` and be at most half of it.

    Args:
        n_fft: Int > 0, FFT size and window length in samples.
        hop_length: Int > 0, samples between frames.
        waveform_data_format: Data format of the waveforms.
        stft_data_format: Data format of the spectra.
        stft_name: Name of the `STFT`.
        istft_name: Name of the `InverseSTFT`.

    Returns:
        A tuple of the two layers.
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


def get_frequency_aware_conv2d(
    data_format="default", freq_aware_name="frequency_aware_conv2d", *args, **kwargs
):
    """Returns a model of `ConcatenateFrequencyMap` and `keras.layers.Conv2D`.

    Args:
        data_format: Data format of both layers.
        freq_aware_name: Name of the model.
        *args: Positional arguments of the convolution.
        **kwargs: Keyword arguments of the convolution.

    Returns:
        A `keras.Sequential`.

    Raises:
        ValueError: If `groups` of the convolution is above 1, because only one group would
            receive the frequency map.
    """
    concatenate = ConcatenateFrequencyMap(data_format=data_format)
    if data_format != _CH_DEFAULT_STR:
        kwargs["data_format"] = data_format
    given = inspect.signature(keras.layers.Conv2D).bind_partial(*args, **kwargs).arguments
    if given.get("groups", 1) > 1:
        raise ValueError(
            "get_frequency_aware_conv2d: `groups` must be 1, because only one group would "
            f"receive the frequency map. Received: groups={given['groups']!r}."
        )
    return keras.Sequential(
        [concatenate, keras.layers.Conv2D(*args, **kwargs)], name=freq_aware_name
    )
