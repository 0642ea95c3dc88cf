"""The first and the last layer of the models of `composed`."""

import warnings

from kapre_like.kapre._magnitude_to_decibel import MagnitudeToDecibel
from kapre_like.kapre._stft import STFT


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
