"""A Fourier transform of `n = a * b` samples as two small ones: constants of kilobytes.

Source: J. W. Cooley, J. W. Tukey, An algorithm for the machine calculation of complex Fourier
    series, Mathematics of Computation 19 (1965).
"""

import math

import numpy as np

from kapre_like.filters.frames import dft_kernels

# Products of two steps, as a share of those of one, from which on two are slower: they also
# move what is between them. Processor time in LiteRT for 10 s at 16 kHz, one step and two:
# 48 ms and 71 at 512 samples (0.19), 108 and 45 at 1024 (0.12), 147 and 56 at 2048 (0.09). In
# onnxruntime 28 and 53, 41 and 39, 60 and 57.
_WORTH = 0.15


def dft_factors(n_fft: int) -> tuple[int, int] | None:
    """Returns `(a, b)` with `a * b == n_fft`, or `None` if one product with a matrix is less.

    `b` is even where `n_fft` is: half the rate has no imaginary part then, not even rounding.
    """
    pairs = [(a, n_fft // a) for a in range(2, math.isqrt(n_fft) + 1) if n_fft % a == 0]
    pairs += [(b, a) for a, b in pairs]
    fitting = [pair for pair in pairs if n_fft % 2 or pair[1] % 2 == 0]
    best = min(fitting, key=sum, default=(1, n_fft))
    # Products per sample: 2 * (a + b) in two steps, n_fft in one.
    return best if 2 * sum(best) < _WORTH * n_fft else None


def dft_steps(a: int, b: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns what the two steps multiply by; sample `m * b + j` is row `m`, column `j`.

    Returns:
        `(a, 2 * a)`: real and imaginary parts of the transform over `m`.
        `(2, b, a)`: real and imaginary part of the turn of column `j` at frequency `k`.
        `(2 * b, 2 * (b // 2 + 1))`: the transform over `j` of complex numbers, real parts
            before imaginary ones; frequency `k + a * l` is row `k`, column `l` of the result.
    """
    first = np.concatenate(_turns(a, np.outer(np.arange(a), np.arange(a))), axis=1)
    between = np.stack(_turns(a * b, np.outer(np.arange(b), np.arange(a))))
    real, imag = dft_kernels(b)
    second = np.block([[real, imag], [-imag, real]])
    return first, between, second


def _turns(n_fft: int, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`cos` and `-sin` of so many of `n_fft` steps round the circle."""
    angle = 2.0 * np.pi * (steps % n_fft) / n_fft
    return np.cos(angle), np.where(2 * steps % n_fft == 0, 0.0, -np.sin(angle))
