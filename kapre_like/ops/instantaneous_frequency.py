"""How fast the phase of each bin turns from one frame to the next."""

import math

import numpy as np
from keras import ops

from kapre_like.ops.polar import phase


def instantaneous_frequency(real, imag, *, n_fft, hop_length, sample_rate):
    """Returns the frequency in Hz that turns each bin's phase as it turned.

    `f[t, k] = sample_rate / (2 pi) * (a[k] + princ(p[t, k] - p[t-1, k] - a[k] hop) / hop)`
    with the advance `a[k] = 2 pi k / n_fft` per sample. The difference of the phases is the
    angle of `X[t] * conj(X[t-1]) * exp(-1j a hop)`: in [-pi, pi] by itself, and 0 with
    gradient 0 where one of the two frames is silent.

    Args:
        real: Float tensor `(batch, channels, frames, freqs)`.
        imag: Float tensor of the same shape.
        n_fft: Int > 0, FFT size of the transform, in samples.
        hop_length: Int > 0, samples between frames.
        sample_rate: Number > 0, Hz.

    Returns:
        `(batch, channels, frames, freqs)`; the first frame has each bin's own frequency.
    """
    bins = np.arange(n_fft // 2 + 1)
    dtype = real.dtype
    # The product is reduced first: cosines of large angles lose digits.
    advance = 2.0 * math.pi * (bins * hop_length % n_fft) / n_fft
    cosine = ops.convert_to_tensor(np.cos(advance), dtype=dtype)
    sine = ops.convert_to_tensor(np.sin(advance), dtype=dtype)
    a, b, c, d = real[:, :, 1:], imag[:, :, 1:], real[:, :, :-1], imag[:, :, :-1]
    x, y = a * c + b * d, b * c - a * d
    turn = phase(x * cosine + y * sine, y * cosine - x * sine)
    beside = turn * (sample_rate / (2.0 * math.pi * hop_length))
    first = ops.zeros_like(real[:, :, :1])
    own = ops.convert_to_tensor(bins * (sample_rate / n_fft), dtype=dtype)
    return ops.concatenate([first, beside], axis=2) + own
