"""Roots, quotients and complex numbers as pairs `(real, imaginary)`, safe near 0.

Gradients stay finite at 0: where a value vanishes, the formula receives 1 instead and its
result is replaced, so that no 0/0 enters the backward pass.

The gradient of a root contains a quotient. Below the smallest normal number this quotient is
infinite on machines that flush subnormal numbers to 0, and infinity times 0 is NaN. Conditions
ask for "below", not for "above": a comparison with NaN is false, and every layer must return
the NaN that it receives.
"""

import math

import keras
import numpy as np
from keras import ops

_SMALLEST_NORMAL = {"float16": 6.2e-5, "float64": 2.3e-308}


def vanishes(x):
    """Returns whether each value is below the smallest normal number; false for NaN."""
    smallest = _SMALLEST_NORMAL.get(keras.backend.standardize_dtype(x.dtype), 1.2e-38)
    return x < smallest


def one_for(vanished, x):
    """Returns `x` with ones where `vanished` is true, as a safe divisor."""
    return ops.where(vanished, ops.ones_like(x), x)


def zero_for(vanished, x):
    """Returns `x` with zeros where `vanished` is true."""
    return ops.where(vanished, ops.zeros_like(x), x)


def unless_nan(x, *, of):
    """Returns `x`, but NaN where `of` is NaN.

    Maxima, signs and sorts may ignore NaN. Whether they do depends on the backend and on
    compilation.
    """
    return ops.where(ops.not_equal(of, of), of, x)


def root(x):
    """Returns `sqrt(x)`; 0 with gradient 0 where `x` vanishes."""
    vanished = vanishes(x)
    return zero_for(vanished, ops.sqrt(one_for(vanished, x)))


def is_complex(x):
    """Returns whether the tensor has a complex dtype."""
    return "complex" in keras.backend.standardize_dtype(x.dtype)


def real_imag(x):
    """Returns the pair of a complex tensor, or of a real tensor with a last axis of size 2."""
    if is_complex(x):
        return ops.real(x), ops.imag(x)
    return x[..., 0], x[..., 1]


def as_complex(real, imag):
    """Returns `real + 1j * imag`: complex64, or complex128 for float64 inputs."""
    wide = keras.backend.standardize_dtype(real.dtype) == "float64"
    dtype = "complex128" if wide else "complex64"
    return ops.cast(real, dtype) + 1j * ops.cast(imag, dtype)


def power(real, imag, *, exponent):
    """Returns `|x| ** exponent`.

    Where `|x| ** 2` underflows, the result and its gradient are 0. An exponent of 2 needs no
    root.
    """
    square = real * real + imag * imag
    if exponent == 2:
        return square
    if exponent == 1:
        return root(square)
    vanished = vanishes(square)
    return zero_for(vanished, ops.power(one_for(vanished, square), exponent / 2))


def phase(real, imag):
    """Returns the angle in radians, in [-pi, pi]; 0 where `|x| ** 2` underflows to 0.

    Both parts are scaled to about 1, which keeps the angle. The factor `1 / |x| ** 2` of the
    gradient then cannot overflow.
    """
    vanished = vanishes(real * real + imag * imag)
    x, y = one_for(vanished, real), zero_for(vanished, imag)
    size = ops.stop_gradient(ops.abs(x) + ops.abs(y))
    return ops.arctan2(y / size, x / size)


def arctan_by_fraction(x, *, terms):
    """Returns `x / (1 + x**2 / (3 + (2 x)**2 / (5 + ... )))`, which converges to arctan(x).

    It is for runtimes without an arc tangent. More terms make it accurate further from 0: 100
    terms up to about |x| = 30.

    Args:
        x: Float tensor.
        terms: Int >= 0.

    Source: M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 1964, 4.4.43.
    """
    dtype = keras.backend.standardize_dtype(x.dtype)
    square = x * x

    def outwards(step, below):
        k = ops.cast(terms - step, dtype)
        return 2.0 * k - 1.0 + k * k * square / below

    last = ops.full_like(x, 2.0 * terms + 1.0)
    return x / ops.fori_loop(0, terms, outwards, last)


def arctan2_by_fraction(y, x, *, terms):
    """Returns the angle of `(x, y)` in [-pi, pi] by the fraction; 0 where both are 0.

    Where `x` is 0, the result is pi or -pi by the sign of `y`, as in Kapre, not half of that.

    Args:
        y: Float tensor.
        x: Float tensor of the same shape and dtype.
        terms: Int >= 0.
    """
    across = ops.equal(x, 0.0)
    # An unused quotient must not make the gradient NaN.
    ratio = ops.where(across, ops.zeros_like(y), y) / ops.where(across, ops.ones_like(x), x)
    half_turn = ops.full_like(x, math.pi)
    turn = ops.where(y >= 0, half_turn, -half_turn)
    angle = arctan_by_fraction(ratio, terms=terms)
    angle = ops.where(x < 0, angle + turn, angle)
    return ops.where(across, half_turn * ops.sign(y), angle)


def instantaneous_frequency(real, imag, *, n_fft, hop_length, sample_rate):
    """Returns each bin's frequency in Hz, from its phase difference between two frames.

    `f[t, k] = sample_rate / (2 pi) * (a[k] + princ(p[t, k] - p[t-1, k] - a[k] hop) / hop)`
    with the advance `a[k] = 2 pi k / n_fft` per sample. The phase difference is computed as
    the angle of `X[t] * conj(X[t-1]) * exp(-1j a hop)`, which is in [-pi, pi]. Where one of
    the two frames is silent, it is 0 with gradient 0.

    Args:
        real: Float tensor `(batch, channels, frames, freqs)`.
        imag: Float tensor of the same shape.
        n_fft: Int > 0, FFT size of the transform, in samples.
        hop_length: Int > 0, samples between frames.
        sample_rate: Number > 0, Hz.

    Returns:
        `(batch, channels, frames, freqs)`. The first frame has the center frequencies of bins.
    """
    bins = np.arange(n_fft // 2 + 1)
    dtype = real.dtype
    # The product is reduced modulo `n_fft`, because cosines of large angles are inaccurate.
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
