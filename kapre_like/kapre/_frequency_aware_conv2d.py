"""A convolution that sees frequencies, as one model; part of `composed`."""

import inspect

import keras

from kapre_like.kapre._concatenate_frequency_map import ConcatenateFrequencyMap
from kapre_like.kapre.backend import _CH_DEFAULT_STR


def get_frequency_aware_conv2d(
    data_format="default", freq_aware_name="frequency_aware_conv2d", *args, **kwargs
):
    """Returns `ConcatenateFrequencyMap` and a `keras.layers.Conv2D` as one model.

    Args:
        data_format: Data format of both.
        freq_aware_name: Name of the model.
        *args: Arguments of the convolution by position.
        **kwargs: Arguments of the convolution by name.

    Returns:
        A `keras.Sequential`.

    Raises:
        ValueError: If the convolution has groups, of which one alone would see the map.
    """
    concatenate = ConcatenateFrequencyMap(data_format=data_format)
    if data_format != _CH_DEFAULT_STR:
        kwargs["data_format"] = data_format
    given = inspect.signature(keras.layers.Conv2D).bind_partial(*args, **kwargs).arguments
    if given.get("groups", 1) > 1:
        raise ValueError(
            "get_frequency_aware_conv2d: `groups` must be 1, since one group alone would see "
            f"the frequencies. Received: groups={given['groups']!r}."
        )
    return keras.Sequential(
        [concatenate, keras.layers.Conv2D(*args, **kwargs)], name=freq_aware_name
    )
