"""Complex spectra as inputs and outputs: complex tensors, or real with a last axis of 2."""

from keras import ops

from kapre_like.layers._base.inputs import SPECTROGRAM, check_floating, working_dtype
from kapre_like.ops.lowering import plain
from kapre_like.ops.polar import as_complex, is_complex, real_imag
from kapre_like.ops.sizes import channels_last


def check_spectrum(owner, shape, *, n_freqs):
    """Raises an error unless `shape` is a spectrum of `n_freqs` bins with a channel."""
    shape = tuple(shape)
    if len(shape) not in (4, 5) or (len(shape) == 5 and shape[-1] != 2):
        raise ValueError(
            f"{owner}: expects {SPECTROGRAM} complex, or with a last axis of 2. "
            f"Received: shape={shape}."
        )
    if shape[2] != n_freqs:
        raise ValueError(
            f"{owner}: expects n_fft // 2 + 1 = {n_freqs} freqs. Received: shape={shape}."
        )
    if shape[3] == 0:
        raise ValueError(f"{owner}: expects at least one channel. Received: shape={shape}.")


def spectrum_shape(owner, x):
    """Returns the shape of a spectrum without the axis of 2. Raises an error for others."""
    shape = tuple(x.shape)
    if is_complex(x):
        return shape
    check_floating(owner, x)
    if not shape or shape[-1] != 2:
        raise ValueError(
            f"{owner}: `inputs` must be complex, or real with a last axis of 2 (real and "
            f"imaginary part). Received: shape={shape}, dtype={x.dtype}."
        )
    return shape[:-1]


def without_pair(shape):
    """Removes a last axis of 2 from a shape of five axes, which can only be a pair."""
    shape = tuple(shape)
    return shape[:-1] if len(shape) == 5 and shape[-1] == 2 else shape


def take_spectrum(layer, owner, inputs):
    """Returns the pair `(real, imag)` in the working dtype."""
    spectrum_shape(owner, inputs)
    real, imag = real_imag(inputs)
    dtype = working_dtype(layer)
    return ops.cast(real, dtype), ops.cast(imag, dtype)


def give_spectrum(real, imag, *, output):
    """Returns a spectrum, channels last, for two parts `(batch, channels, frames, freqs)`.

    `output="real_imag"` stacks the parts on a last axis of 2. So does `"complex"` during an
    export to a format without complex numbers. The layers after it accept both forms.
    """
    if output == "real_imag" or plain():
        return ops.stack([channels_last(real), channels_last(imag)], axis=-1)
    return channels_last(as_complex(real, imag))
