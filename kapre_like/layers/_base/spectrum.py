"""How layers take a complex spectrum: a complex tensor, or a real one with a last axis of 2."""

from keras import ops

from kapre_like.layers._base.inputs import SPECTROGRAM, check_floating, working_dtype
from kapre_like.ops.lowering import plain
from kapre_like.ops.polar import as_complex, is_complex, real_imag
from kapre_like.ops.sizes import channels_last


def check_spectrum(owner, shape, *, n_freqs):
    """Raises unless `shape` is a spectrum of `n_freqs` bins and at least one channel."""
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
    """The shape of a spectrum without its axis of 2; raises at trace time if it has none."""
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
    """The same from a shape alone: five axes, the last of 2, can only be a pair."""
    shape = tuple(shape)
    return shape[:-1] if len(shape) == 5 and shape[-1] == 2 else shape


def take_spectrum(layer, owner, inputs):
    """Returns the pair `(real, imag)` in the working dtype."""
    spectrum_shape(owner, inputs)
    real, imag = real_imag(inputs)
    dtype = working_dtype(layer)
    return ops.cast(real, dtype), ops.cast(imag, dtype)


def give_spectrum(real, imag, *, output):
    """Returns the spectrum of a pair `(batch, channels, frames, freqs)`, channels last.

    `output="real_imag"` is the pair in a last axis of 2. So is `"complex"` while a file is
    written whose format has no complex numbers: the layers after it take either.
    """
    if output == "real_imag" or plain():
        return ops.stack([channels_last(real), channels_last(imag)], axis=-1)
    return channels_last(as_complex(real, imag))
