"""Windows: those of SciPy, Kaldi and `tf.signal`, and checks of their arguments."""

import math
from typing import Any

import numpy as np

from kapre_like import _check

KALDI_WINDOWS = ("blackman", "hamming", "hanning", "povey", "rectangular")

# The inverse transform divides by the square root of the overlapping windows' power. A smaller
# share than this would amplify float32 rounding, about 1e-7, to more than 1e-5.
_MIN_OVERLAP = 1e-4


def window(name_or_array: Any, win_length: int, n_fft: int) -> np.ndarray:
    """Returns a periodic window of `win_length` samples, padded with zeros to `n_fft`.

    Args:
        name_or_array: A name or a `(name, parameter)` tuple for `scipy.signal.get_window`, or
            `win_length` numbers.
        win_length: Int > 0, samples of the window.
        n_fft: Int >= `win_length`, samples of the result. The window is in the middle.

    Raises:
        ValueError: If the window is unknown or has another length, or `win_length > n_fft`.
    """
    check_window("window", name_or_array, win_length, n_fft)
    short = _raw_window(name_or_array, win_length)
    left = (n_fft - win_length) // 2
    return np.pad(short, (left, n_fft - win_length - left))


def check_window(owner: str, value: Any, win_length: Any, n_fft: Any) -> None:
    """Raises a `ValueError` unless the arguments of `window` are valid."""
    _check.positive_int(owner, n_fft=n_fft, win_length=win_length)
    if win_length > n_fft:
        rule = f"at most n_fft={n_fft}"
        fix = f"Use n_fft={2 ** math.ceil(math.log2(win_length))}."
        _check.fail(owner, "win_length", rule, win_length, fix)
    rule = "a window that scipy.signal.get_window knows, or an array of win_length numbers"
    try:
        values = _raw_window(value, win_length)
    except (ValueError, TypeError, KeyError) as error:
        _check.fail(owner, "window", rule, value, f"{error}")
    if values.shape != (win_length,) or not np.isfinite(values).all():
        fix = f"It has shape {values.shape}; give win_length={win_length} finite numbers."
        _check.fail(owner, "window", rule, value, fix)


def check_overlap(owner: str, values: np.ndarray, hop_length: int) -> None:
    """Raises a `ValueError` if the shifted windows are (nearly) zero at some sample.

    Args:
        owner: Name of the class in the message.
        values: Array `(n_fft,)`, the window as `window` returns it.
        hop_length: Int > 0, samples between frames.
    """
    weight = np.pad(values**2, (0, -len(values) % hop_length)).reshape(-1, hop_length)
    weight = weight.sum(axis=0)
    if weight.min() < _MIN_OVERLAP * weight.max() or not weight.any():
        rule = "so small that every sample has a window that is not nearly 0 there"
        under = int(np.count_nonzero(values))
        _check.fail(owner, "hop_length", rule, hop_length, f"Use hop_length={under // 4 or 1}.")


def _raw_window(value: Any, win_length: int) -> np.ndarray:
    if isinstance(value, str) or (isinstance(value, (tuple, list)) and _named(value)):
        # Imported here because importing scipy.signal takes 0.2 s, which `mel_matrix` and
        # others do not need.
        from scipy.signal import get_window

        spec = value if isinstance(value, str) else tuple(value)
        return np.asarray(get_window(spec, win_length, fftbins=True), "float64")
    if value is None or isinstance(value, (bool, int, float)):
        raise TypeError("Name the window, for example 'hann'.")
    return np.asarray(value, "float64")


def _named(value: tuple | list) -> bool:
    return len(value) > 0 and isinstance(value[0], str)


def kaldi_window(name: str, win_length: int) -> np.ndarray:
    """Returns a window of Kaldi `(win_length,)`: symmetric, unlike those of `window`.

    Args:
        name: One of `KALDI_WINDOWS`. `"povey"` is the Hann window to the power of 0.85. It is
            zero at the ends and close to a Hamming window in the middle.
        win_length: Int > 1, samples.

    Source: Kaldi, feat/feature-window.cc.
    """
    shapes = {
        "blackman": np.blackman,
        "hamming": np.hamming,
        "hanning": np.hanning,
        "povey": lambda n: np.hanning(n) ** 0.85,
        "rectangular": np.ones,
    }
    return np.maximum(shapes[name](win_length), 0.0)


def kaiser(length: int, beta: float, dtype: str = "float64") -> np.ndarray:
    """Returns the symmetric Kaiser window `(length,)` of `tf.signal`.

    Args:
        length: Int > 0, samples.
        beta: Number >= 0, shape; a larger value gives a narrower window.
        dtype: Float dtype of every step of the formula, as in TensorFlow.
    """
    if length == 1:
        return np.ones(1, dtype)
    one, beta = (np.asarray(number, dtype) for number in (1.0, beta))
    half = np.asarray((length - 1) / 2.0, dtype)
    place = (np.arange(length) - (length - 1) / 2.0).astype(dtype)
    height = beta * np.sqrt(np.maximum(one - np.square(place / half), 0))
    return np.exp(height - beta) * (_scaled_bessel(height) / _scaled_bessel(beta))


def _scaled_bessel(x):
    """Returns the Bessel function `I0(x) / exp(x)` in the dtype of `x`, without overflow."""
    wide = x.astype("float64")
    return (np.i0(wide) * np.exp(-wide)).astype(x.dtype)


def kaiser_bessel_derived(length: int, beta: float, dtype: str = "float64") -> np.ndarray:
    """Returns the Kaiser-Bessel-derived window of `tf.signal`.

    The squares of two windows, half a window apart, sum to 1.

    Args:
        length: Even int > 0. An odd number gives one sample less.
        beta: Shape of the Kaiser window whose cumulative sums form the window.
        dtype: Float dtype of every step of the formula.
    """
    sums = np.cumsum(kaiser(length // 2 + 1, beta, dtype), dtype=dtype)
    rise = np.sqrt(sums[:-1] / sums[-1])
    return np.concatenate([rise, rise[::-1]])
