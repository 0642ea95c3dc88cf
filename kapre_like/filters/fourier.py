"""The discrete Fourier transform: matrices, frequencies of the bins and power scaling.

A transform of `n = a * b` samples can be computed as two small ones, which needs kilobytes of
constants instead of a matrix `(n, n)`.

Source: J. W. Cooley, J. W. Tukey, An algorithm for the machine calculation of complex Fourier
    series, Mathematics of Computation 19 (1965).
"""

import math

import numpy as np

SCALINGS = (None, "psd", "spectrum")

# Two steps are faster only if their products are at most this share of those of one step,
# because they also move the values between the steps. Measured as processor time in LiteRT for
# 10 s at 16 kHz, one step and two steps: 48 and 71 ms at 512 samples (share 0.19), 108 and 45
# at 1024 (0.12), 147 and 56 at 2048 (0.09). In onnxruntime: 28 and 53, 41 and 39, 60 and 57.
_WORTH = 0.15


def fft_frequencies(sample_rate: float, n_fft: int) -> np.ndarray:
    """Returns the frequencies of the bins in Hz, `(n_fft // 2 + 1,)`."""
    return np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)


def dft_kernels(n_fft: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns `cos` and `-sin` of the Fourier transform, each `(n_fft, n_fft // 2 + 1)`.

    The product of a frame and the first is the real part of its transform. The product with
    the second is the imaginary part.
    """
    return _turns(n_fft, np.outer(np.arange(n_fft), np.arange(n_fft // 2 + 1)))


def dft_factors(n_fft: int) -> tuple[int, int] | None:
    """Returns `(a, b)` with `a * b == n_fft`, or `None` if one matrix product is faster.

    `b` is even if `n_fft` is. The bin at half the sample rate then has an imaginary part of
    exactly 0.
    """
    pairs = [(a, n_fft // a) for a in range(2, math.isqrt(n_fft) + 1) if n_fft % a == 0]
    pairs += [(b, a) for a, b in pairs]
    fitting = [pair for pair in pairs if n_fft % 2 or pair[1] % 2 == 0]
    best = min(fitting, key=sum, default=(1, n_fft))
    # Products per sample: 2 * (a + b) in two steps, n_fft in one.
    return best if 2 * sum(best) < _WORTH * n_fft else None


def dft_steps(a: int, b: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the constants of the two steps; sample `m * b + j` is row `m`, column `j`.

    Returns:
        `(a, 2 * a)`: real and imaginary parts of the transform over `m`.
        `(2, b, a)`: real and imaginary part of the factor of column `j` at frequency `k`.
        `(2 * b, 2 * (b // 2 + 1))`: the transform over `j` of complex numbers, real parts
            before imaginary parts. Frequency `k + a * l` is row `k`, column `l` of the result.
    """
    first = np.concatenate(_turns(a, np.outer(np.arange(a), np.arange(a))), axis=1)
    between = np.stack(_turns(a * b, np.outer(np.arange(b), np.arange(a))))
    real, imag = dft_kernels(b)
    second = np.block([[real, imag], [-imag, real]])
    return first, between, second


def _turns(n_fft: int, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns `cos` and `-sin` of `steps / n_fft` turns."""
    # The remainder is taken first, because cosines of large angles lose digits.
    turn = steps % n_fft
    angle = 2.0 * np.pi * turn / n_fft
    # The sine of half a turn is exactly 0: a rounding error of 1e-16 would choose between the
    # phases -pi and pi.
    return np.cos(angle), np.where(2 * turn % n_fft == 0, 0.0, -np.sin(angle))


def power_scale(scaling: str, sample_rate: float, window: np.ndarray) -> np.ndarray:
    """Returns the factors from `|X[k]| ** 2` to one-sided power, `(n_fft // 2 + 1,)`.

    Bins between 0 Hz and half the sample rate count twice, for their negative frequencies. If
    `n_fft` is odd, the last bin is one of them.

    Args:
        scaling: `"psd"`: power per Hz, `1 / (sample_rate * sum(w ** 2))`; `"spectrum"`: power,
            `1 / sum(w) ** 2`. A sine of amplitude `a` on a bin then has power `a ** 2 / 2`.
        sample_rate: Number > 0, Hz.
        window: Array `(n_fft,)`.

    Source: scipy.signal `periodogram`, `ShortTimeFFT.scale_to`.
    """
    n_fft = len(window)
    total = sample_rate * np.sum(window**2) if scaling == "psd" else np.sum(window) ** 2
    twice = np.full(n_fft // 2 + 1, 2.0)
    twice[0] = 1.0
    if n_fft % 2 == 0:
        twice[-1] = 1.0
    return twice / total
