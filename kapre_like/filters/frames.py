"""Frames: how many there are, windows over them, and their Fourier kernels."""

import math
from typing import Any

import numpy as np

from kapre_like import _check

# Dividing by the root of less than this would bring float32's noise, about 1e-7, above 1e-5.
_LEAST_OVERLAP = 1e-4


def frame_count(samples: int, n_fft: int, hop_length: int, center: bool) -> int:
    """Returns how many frames `samples` give; at least one, since short clips are padded.

    Args:
        samples: Int >= 0, samples in the clip.
        n_fft: Int > 0, samples per frame.
        hop_length: Int > 0, samples between frames.
        center: Whether `n_fft // 2` samples are added at both ends.
    """
    added = 2 * (n_fft // 2) if center else 0
    return max(1, 1 + (samples + added - n_fft) // hop_length)


def window(name_or_array: Any, win_length: int, n_fft: int) -> np.ndarray:
    """Returns a periodic window of `win_length` samples in the middle of `n_fft` zeros.

    Args:
        name_or_array: A name or a `(name, parameter)` tuple that `scipy.signal.get_window`
            knows, or `win_length` numbers.
        win_length: Int > 0, samples under the window.
        n_fft: Int >= `win_length`, samples of the result.

    Raises:
        ValueError: If the window is unknown or has another length, or `win_length > n_fft`.
    """
    check_window("window", name_or_array, win_length, n_fft)
    short = _raw_window(name_or_array, win_length)
    left = (n_fft - win_length) // 2
    return np.pad(short, (left, n_fft - win_length - left))


def check_window(owner: str, value: Any, win_length: Any, n_fft: Any) -> None:
    """Raises the house error of `owner` unless the three make a window."""
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
    """Raises the house error of `owner` if shifted windows leave a sample (nearly) uncovered.

    Args:
        owner: Who speaks.
        values: Array `(n_fft,)`, the window as `window` returns it.
        hop_length: Int > 0, samples between frames.
    """
    weight = np.pad(values**2, (0, -len(values) % hop_length)).reshape(-1, hop_length)
    weight = weight.sum(axis=0)
    if weight.min() < _LEAST_OVERLAP * weight.max() or not weight.any():
        rule = "so small that every sample has a window that is not nearly 0 there"
        under = int(np.count_nonzero(values))
        _check.fail(owner, "hop_length", rule, hop_length, f"Use hop_length={under // 4 or 1}.")


def _raw_window(value: Any, win_length: int) -> np.ndarray:
    if isinstance(value, str) or (isinstance(value, (tuple, list)) and _named(value)):
        # Imported here: scipy.signal costs a fifth of a second that mel_matrix need not pay.
        from scipy.signal import get_window

        spec = value if isinstance(value, str) else tuple(value)
        return np.asarray(get_window(spec, win_length, fftbins=True), "float64")
    if value is None or isinstance(value, (bool, int, float)):
        raise TypeError("Name the window, for example 'hann'.")
    return np.asarray(value, "float64")


def _named(value: tuple | list) -> bool:
    return len(value) > 0 and isinstance(value[0], str)


def dft_kernels(n_fft: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns `cos` and `-sin`, each `(n_fft, n_fft // 2 + 1)`, of the Fourier transform.

    A frame times the first is its transform's real part, times the second the imaginary.
    """
    samples, freqs = np.arange(n_fft), np.arange(n_fft // 2 + 1)
    # The product is reduced first: cosines of large angles lose digits.
    turn = np.outer(samples, freqs) % n_fft
    angle = 2.0 * np.pi * turn / n_fft
    # No imaginary part at 0 Hz and at half the rate: 1e-16 would decide between -pi and pi.
    half_turns = 2 * turn % n_fft == 0
    return np.cos(angle), np.where(half_turns, 0.0, -np.sin(angle))
