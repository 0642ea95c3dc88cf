"""Windows by their Kapre names: functions of a length that return a tensor of the backend."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.filters import tf_windows


def _tensor(values, dtype):
    return ops.convert_to_tensor(values, dtype=keras.backend.standardize_dtype(dtype))


def hann_window(window_length, periodic=True, dtype="float32", name=None):  # noqa: ARG001
    """Returns a Hann window `(window_length,)`; symmetric if the length is odd."""
    return _tensor(tf_windows.raised_cosine(int(window_length), 0.5, bool(periodic)), dtype)


def hamming_window(window_length, periodic=True, dtype="float32", name=None):  # noqa: ARG001
    """Returns a Hamming window `(window_length,)`; symmetric if the length is odd."""
    return _tensor(tf_windows.raised_cosine(int(window_length), 0.54, bool(periodic)), dtype)


def kaiser_window(window_length, beta=12.0, dtype="float32", name=None):  # noqa: ARG001
    """Returns a symmetric Kaiser window `(window_length,)`."""
    return _tensor(tf_windows.kaiser(int(window_length), float(beta)), dtype)


def kaiser_bessel_derived_window(
    window_length, beta=12.0, dtype="float32", name=None  # noqa: ARG001
):  # fmt: skip
    """Returns a Kaiser-Bessel derived window `(window_length,)`, for an even length."""
    return _tensor(tf_windows.kaiser_bessel_derived(int(window_length), float(beta)), dtype)


def vorbis_window(window_length, dtype="float32", name=None):  # noqa: ARG001
    """Returns a Vorbis window `(window_length,)`."""
    return _tensor(tf_windows.vorbis(int(window_length)), dtype)


WINDOWS = {
    "hamming_window": hamming_window,
    "hann_window": hann_window,
    "kaiser_bessel_derived_window": kaiser_bessel_derived_window,
    "kaiser_window": kaiser_window,
    "vorbis_window": vorbis_window,
}

# The same in NumPy, with what their arguments default to.
_VALUES = {
    "hamming_window": lambda length: tf_windows.raised_cosine(length, 0.54, True),
    "hann_window": lambda length: tf_windows.raised_cosine(length, 0.5, True),
    "kaiser_bessel_derived_window": lambda n: tf_windows.kaiser_bessel_derived(n, 12.0),
    "kaiser_window": lambda length: tf_windows.kaiser(length, 12.0),
    "vorbis_window": tf_windows.vorbis,
}


def check_length(owner, window_name, win_length):
    """Raises if the window has another length than it is asked for."""
    if window_name == "kaiser_bessel_derived_window" and win_length % 2:
        rule = "even for kaiser_bessel_derived_window"
        _check.fail(owner, "win_length", rule, win_length, f"Use {win_length + 1}.")


def inverse_window_fn(window_name, hop_length):
    """Returns the function of `(frame_length, dtype)` that undoes a forward window.

    Args:
        window_name: Key of `WINDOWS`, or `None` for a Hann window.
        hop_length: Int > 0, samples between frames.
    """

    def window_fn(frame_length, dtype="float32"):
        forward = _VALUES[window_name or "hann_window"](int(frame_length))
        sums = tf_windows.overlapping_squares(forward, hop_length)
        # A sample under no window cannot be known.
        dual = np.divide(forward, sums, out=np.zeros_like(sums), where=sums > 0)
        return _tensor(dual, dtype)

    return window_fn
