"""Windows as `tf.signal` computes them, in the same steps and the same precision.

On TensorFlow they are its numbers to the last bit. A window made in float64 is nearer to the
formula by 2e-7, which is 1 dB in a bin that holds nothing but the rounding of others.
"""

import math

from keras import ops


def raised_cosine(length, *, level, periodic, dtype):
    """Returns `level - (1 - level) * cos(2 pi n / period)`, `(length,)`.

    The period is `length` if that is even and the window periodic, else `length - 1`: an odd
    window comes out symmetric either way.

    Args:
        length: Int > 0, samples.
        level: Number in 0 .. 1: 0.5 for a Hann window, 0.54 for a Hamming window.
        periodic: Whether the sample after the last would be the first.
        dtype: Float dtype by name.
    """
    if length == 1:
        return ops.ones((1,), dtype=dtype)
    period = length if periodic and length % 2 == 0 else length - 1
    angle = 2.0 * math.pi * _samples(length, dtype) / float(period)
    # As a number by itself: 1 - 0.54 is not the 0.46 that is written there.
    return level - round(1.0 - level, 2) * ops.cos(angle)


def vorbis(length, *, dtype):
    """Returns `sin(pi / 2 * sin(pi * (n + 1 / 2) / length) ** 2)`, `(length,)`.

    Args:
        length: Int > 0, samples.
        dtype: Float dtype by name.
    """
    step = math.pi / ops.cast(length, dtype)
    rise = ops.power(ops.sin(step * (_samples(length, dtype) + 0.5)), 2.0)
    return ops.sin(math.pi / 2.0 * rise)


def dual(window, *, hop_length):
    """Returns the window that gives a waveform back from frames of `window`, `(length,)`.

    It is `window` divided by what the squares of all shifted windows sum to. At the ends of a
    signal, where fewer windows overlap, they do not give it back. It is 0 under no window.

    Args:
        window: Float tensor `(length,)`.
        hop_length: Int > 0, samples between windows.

    Source: D. Griffin, J. Lim, Signal estimation from modified short-time Fourier transform,
        1984, equation 7; `tf.signal.inverse_stft_window_fn`.
    """
    length = window.shape[0]
    rows = -(-length // hop_length)
    squares = ops.pad(ops.square(window), [(0, rows * hop_length - length)])
    sums = ops.sum(ops.reshape(squares, (rows, hop_length)), axis=0)
    sums = ops.tile(sums, rows)[:length]
    some = sums > 0
    return ops.where(some, window / ops.where(some, sums, ops.ones_like(sums)), 0.0)


def _samples(length, dtype):
    return ops.cast(ops.arange(length), dtype)
