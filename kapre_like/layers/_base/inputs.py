"""Checks and casts of the inputs and arguments of front-end layers."""

import warnings

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.sizes import channels_second

WAVEFORM = "(batch, samples, channels)"
SPECTROGRAM = "(batch, frames, freqs, channels)"
ADD_CHANNELS = "Add a channel axis with keras.ops.expand_dims(x, axis=-1)."
# More channels than any recording has, except those of microphone arrays.
_MANY_CHANNELS = 64


def working_dtype(layer):
    """Returns the dtype of the arithmetic: float32, or float64 under a float64 policy."""
    return "float64" if layer.compute_dtype == "float64" else "float32"


def complex_dtype(layer):
    """Returns the complex dtype with the precision of `working_dtype`."""
    return "complex128" if layer.compute_dtype == "float64" else "complex64"


def check_shape(owner, shape, expects, fix):
    """Raises an error unless `shape` has the axes in `expects` and at least one channel."""
    shape = tuple(shape)
    if len(shape) != expects.count(",") + 1:
        raise ValueError(f"{owner}: expects {expects}. Received: shape={shape}. {fix}")
    if shape[-1] == 0:
        raise ValueError(f"{owner}: expects at least one channel. Received: shape={shape}.")


def fft_size(owner, n_fft, freqs):
    """Returns the FFT size of a spectrum: `n_fft`, or a power of two if it is `None`.

    An even size and the odd size above it have the same number of bins at different
    frequencies. Sizes that are no power of two must therefore be given.
    """
    if n_fft is not None:
        return int(n_fft)
    even = 2 * (freqs - 1)
    if even & (even - 1):
        raise ValueError(
            f"{owner}: `n_fft` must be given for {freqs} freqs, which FFTs of {even} and of "
            f"{even + 1} samples have. Received: n_fft=None."
        )
    return even


def check_waveform_shape(owner, shape):
    """Raises an error unless `shape` is `(batch, samples, channels)`."""
    check_shape(owner, shape, WAVEFORM, ADD_CHANNELS)


def check_dense(owner, inputs):
    """Raises an error if an input is ragged. `LengthMask` takes a padded batch instead."""
    if any(type(x).__name__ == "RaggedTensor" for x in keras.tree.flatten(inputs)):
        raise ValueError(
            f"{owner}: `inputs` must not be ragged. Received: RaggedTensor. Pad it with "
            "x.to_tensor() and put LengthMask()([padded, x.row_lengths()]) in front."
        )


def _warn_of_channels(owner, shape):
    """Warns if the last axis is so long that it probably contains samples."""
    channels = shape[-1]
    if isinstance(channels, int) and channels > _MANY_CHANNELS:
        warnings.warn(
            f"{owner}: expects {WAVEFORM}. Received: shape={tuple(shape)}, that is "
            f"{channels} channels. Move channels to the last axis if they come first.",
            stacklevel=3,
        )


def check_floating(owner, x):
    """Raises an error at trace time unless the input is floating point."""
    dtype = keras.backend.standardize_dtype(x.dtype)
    if not keras.backend.is_float_dtype(dtype):
        fix = "Scale 16-bit samples to [-1, 1) with x / 32768."
        raise ValueError(
            f"{owner}: `inputs` must be floating point. Received: dtype={dtype}. {fix}"
        )


def take_waveform(layer, owner, inputs, mask):
    """Returns `(batch, channels, samples)` in the working dtype, zero where masked."""
    # A layer is built once, so later shapes are checked here.
    check_waveform_shape(owner, tuple(inputs.shape))
    _warn_of_channels(owner, inputs.shape)
    check_floating(owner, inputs)
    x = ops.cast(inputs, working_dtype(layer))
    return channels_second(zero_invalid(x, mask=mask))


def check_decibel(owner, *, ref, amin, top_db):
    """Raises an error unless the arguments are valid for decibel layers."""
    if isinstance(ref, str):
        if ref != "max":
            _check.fail(owner, "ref", 'a number > 0 or "max"', ref)
    else:
        _check.positive(owner, ref=ref)
    _check.positive(owner, amin=amin)
    if top_db is not None:
        _check.positive(owner, top_db=top_db)


def plain(value):
    """Returns an argument as numbers, strings and lists, which JSON can store."""
    return value.tolist() if hasattr(value, "tolist") else value


def number(value):
    """Converts NumPy scalars, alone or in a list or tuple, to Python numbers."""
    if isinstance(value, np.generic) and not isinstance(value, str):
        return value.item()
    if type(value) in (list, tuple):
        return type(value)(map(number, value))
    return value


def constant(values):
    """Returns an initializer that returns `values`, reshaped to the requested shape."""
    return lambda shape, dtype: ops.convert_to_tensor(values.reshape(shape), dtype=dtype)
