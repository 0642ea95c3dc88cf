"""Windows as `tf.signal` has them, which Kapre names; equal to it to a millionth."""

import numpy as np


def raised_cosine(length: int, level: float, periodic: bool) -> np.ndarray:
    """Returns `level - (1 - level) * cos(2 pi n / period)`, `(length,)`.

    The period is `length` if that is even and the window periodic, else `length - 1`: an odd
    window comes out symmetric either way.

    Args:
        length: Int > 0, samples.
        level: Number in 0 .. 1: 0.5 for a Hann window, 0.54 for a Hamming window.
        periodic: Whether the sample after the last would be the first.
    """
    if length == 1:
        return np.ones(1)
    period = length if periodic and length % 2 == 0 else length - 1
    return level - (1.0 - level) * np.cos(2.0 * np.pi * np.arange(length) / period)


def kaiser(length: int, beta: float) -> np.ndarray:
    """Returns the symmetric Kaiser window `(length,)` of shape `beta`."""
    return np.kaiser(length, beta)


def kaiser_bessel_derived(length: int, beta: float) -> np.ndarray:
    """Returns the window whose squares, half a window apart, add up to 1.

    Args:
        length: Even int > 0; an odd one gives a window of one sample less.
        beta: Shape of the Kaiser window whose running sums it is made of.
    """
    sums = np.cumsum(kaiser(length // 2 + 1, beta))
    rise = np.sqrt(sums[:-1] / sums[-1])
    return np.concatenate([rise, rise[::-1]])


def vorbis(length: int) -> np.ndarray:
    """Returns `sin(pi / 2 * sin(pi * (n + 1 / 2) / length) ** 2)`, `(length,)`."""
    return np.sin(np.pi / 2 * np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2)


def overlapping_squares(window: np.ndarray, hop_length: int) -> np.ndarray:
    """Returns for every sample of a window what the squares of all shifted windows sum to.

    Frames multiplied with `window` divided by this, and added up, give the waveform back that
    the same window was taken from. At the ends of a signal, where fewer windows overlap, they
    do not.

    Args:
        window: Array `(length,)`.
        hop_length: Int > 0, samples between windows.

    Source: D. Griffin, J. Lim, Signal estimation from modified short-time Fourier transform,
        1984, equation 7; `tf.signal.inverse_stft_window_fn`.
    """
    length = len(window)
    lines = np.pad(window**2, (0, -length % hop_length)).reshape(-1, hop_length)
    return np.tile(lines.sum(axis=0), len(lines))[:length]
