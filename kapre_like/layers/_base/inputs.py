"""What every front-end layer does with its input: dtype, shape and mask, said once."""

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
# More than any recording has that is not an array of microphones.
_MANY_CHANNELS = 64


def working_dtype(layer):
    """The dtype of the arithmetic: float32, or float64 under a float64 policy."""
    return "float64" if layer.compute_dtype == "float64" else "float32"


def complex_dtype(layer):
    """The complex dtype that goes with `working_dtype`."""
    return "complex128" if layer.compute_dtype == "float64" else "complex64"


def check_shape(owner, shape, expects, fix):
    """Raises unless `shape` has the axes that `expects` names and at least one channel."""
    shape = tuple(shape)
    if len(shape) != expects.count(",") + 1:
        raise ValueError(f"{owner}: expects {expects}. Received: shape={shape}. {fix}")
    if shape[-1] == 0:
        raise ValueError(f"{owner}: expects at least one channel. Received: shape={shape}.")


def fft_size(owner, n_fft, freqs):
    """Returns the FFT size behind a spectrum: what was given, or a power of two.

    `freqs` bins do not tell an even size from the odd one above it, which would move every
    frequency: so any other size is asked for.
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
    """Raises unless `shape` is `(batch, samples, channels)`."""
    check_shape(owner, shape, WAVEFORM, ADD_CHANNELS)


def check_dense(owner, inputs):
    """Raises if an input is ragged: a padded batch and its lengths say the same."""
    if any(type(x).__name__ == "RaggedTensor" for x in keras.tree.flatten(inputs)):
        raise ValueError(
            f"{owner}: `inputs` must not be ragged. Received: RaggedTensor. Pad it with "
            "x.to_tensor() and put LengthMask()([padded, x.row_lengths()]) in front."
        )


def _warn_of_channels(owner, shape):
    """Warns where the axis of channels is more likely one of samples."""
    channels = shape[-1]
    if isinstance(channels, int) and channels > _MANY_CHANNELS:
        warnings.warn(
            f"{owner}: expects {WAVEFORM}. Received: shape={tuple(shape)}, that is "
            f"{channels} channels. Move channels to the last axis if they come first.",
            stacklevel=3,
        )


def check_floating(owner, x):
    """Raises at trace time unless audio is floating point."""
    dtype = keras.backend.standardize_dtype(x.dtype)
    if not keras.backend.is_float_dtype(dtype):
        fix = "Scale 16-bit samples to [-1, 1) with x / 32768."
        raise ValueError(
            f"{owner}: `inputs` must be floating point. Received: dtype={dtype}. {fix}"
        )


def take_waveform(layer, owner, inputs, mask):
    """Returns `(batch, channels, samples)` in the working dtype, zero where masked."""
    # Once built a layer is not built again for other shapes.
    check_waveform_shape(owner, tuple(inputs.shape))
    _warn_of_channels(owner, inputs.shape)
    check_floating(owner, inputs)
    x = ops.cast(inputs, working_dtype(layer))
    return channels_second(zero_invalid(x, mask=mask))


def check_decibel(owner, *, ref, amin, top_db):
    """Raises unless the three are in the domain that all decibel layers share."""
    if isinstance(ref, str):
        if ref != "max":
            _check.fail(owner, "ref", 'a number > 0 or "max"', ref)
    else:
        _check.positive(owner, ref=ref)
    _check.positive(owner, amin=amin)
    if top_db is not None:
        _check.positive(owner, top_db=top_db)


def plain(value):
    """An argument as numbers, strings and lists: what a file can hold."""
    return value.tolist() if hasattr(value, "tolist") else value


def number(value):
    """A number of NumPy, or several in a list or tuple, as Python's; all else as it is."""
    if isinstance(value, np.generic) and not isinstance(value, str):
        return value.item()
    if type(value) in (list, tuple):
        return type(value)(map(number, value))
    return value


def constant(values):
    """An initializer that returns `values`, whatever shape it is asked for."""
    return lambda shape, dtype: ops.convert_to_tensor(values.reshape(shape), dtype=dtype)
