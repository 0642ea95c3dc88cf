"""Kapre's window functions. They return a tensor of the current backend."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.filters import windows as filters
from kapre_like.ops import stft


def _dtype_name(dtype):
    """Returns the name of a dtype, which may be one of TensorFlow's objects."""
    return keras.backend.standardize_dtype(dtype)


def hann_window(window_length, periodic=True, dtype="float32", name=None):  # noqa: ARG001
    """Returns a Hann window `(window_length,)`; symmetric if the length is odd."""
    return stft.raised_cosine(
        int(window_length), level=0.5, periodic=bool(periodic), dtype=_dtype_name(dtype)
    )


def hamming_window(window_length, periodic=True, dtype="float32", name=None):  # noqa: ARG001
    """Returns a Hamming window `(window_length,)`; symmetric if the length is odd."""
    return stft.raised_cosine(
        int(window_length), level=0.54, periodic=bool(periodic), dtype=_dtype_name(dtype)
    )


def kaiser_window(window_length, beta=12.0, dtype="float32", name=None):  # noqa: ARG001
    """Returns a symmetric Kaiser window `(window_length,)`."""
    return _tensor(filters.kaiser, window_length, beta, dtype)


def kaiser_bessel_derived_window(
    window_length, beta=12.0, dtype="float32", name=None  # noqa: ARG001
):  # fmt: skip
    """Returns a Kaiser-Bessel derived window `(window_length,)`, for an even length."""
    return _tensor(filters.kaiser_bessel_derived, window_length, beta, dtype)


def _tensor(window, length, beta, dtype):
    # NumPy has no bfloat16.
    precision = "float64" if _dtype_name(dtype) == "float64" else "float32"
    values = window(int(length), float(beta), precision)
    return ops.convert_to_tensor(values, dtype=_dtype_name(dtype))


def vorbis_window(window_length, dtype="float32", name=None):  # noqa: ARG001
    """Returns a Vorbis window `(window_length,)`."""
    return stft.vorbis(int(window_length), dtype=_dtype_name(dtype))


WINDOWS = {
    "hamming_window": hamming_window,
    "hann_window": hann_window,
    "kaiser_bessel_derived_window": kaiser_bessel_derived_window,
    "kaiser_window": kaiser_window,
    "vorbis_window": vorbis_window,
}


def window_of(window_name):
    """Returns the window function of a name; `None` means a Hann window."""
    return WINDOWS[window_name or "hann_window"]


def check_window_length(owner, window_name, win_length):
    """Raises `ValueError` if the window cannot have this length."""
    if window_name == "kaiser_bessel_derived_window" and win_length % 2:
        rule = "even for kaiser_bessel_derived_window"
        _check.fail(owner, "win_length", rule, win_length, f"Use {win_length + 1}.")


def inverse_window_fn(window_name, hop_length):
    """Returns the synthesis window of the inverse STFT, a function `(frame_length, dtype)`.

    Args:
        window_name: Name of the forward window; `None` means a Hann window.
        hop_length: Int > 0, samples between frames.
    """

    def window_fn(frame_length, dtype="float32"):
        forward = window_of(window_name)(int(frame_length), dtype=dtype)
        return stft.dual(forward, hop_length=hop_length)

    return window_fn
