"""Cepstra: the cosine transform of log bands, lifters, and derivatives over time."""

import math

import numpy as np

# Scalings of the cosine transform; see `dct_matrix`.
DCT_NORMS = (None, "htk", "ortho")
# Numbering of the lifter's coefficients; see `lifter_weights`.
LIFTER_TYPES = ("htk", "librosa")


def dct_matrix(n_in: int, n_out: int, norm: str | None) -> np.ndarray:
    """Returns the first `n_out` functions of the cosine transform DCT-II, `(n_in, n_out)`.

    Column `j` is `2 * cos(pi * j * (i + 0.5) / n_in)`, scaled:

    | norm | factor | used by |
    |---|---|---|
    | `None` | 1 | `scipy.fft.dct(norm=None)` |
    | `"htk"` | `sqrt(1 / (2 * n_in))` | HTK, TensorFlow's and Kapre's MFCC |
    | `"ortho"` | the same, column 0 times `sqrt(1/2)` | librosa, torchaudio; orthonormal |

    Args:
        n_in: Int > 0, bands.
        n_out: Int in 1 .. `n_in`, coefficients.
        norm: One of `DCT_NORMS`.
    """
    matrix = 2.0 * np.cos(np.pi / n_in * np.outer(np.arange(n_in) + 0.5, np.arange(n_out)))
    if norm is not None:
        matrix *= math.sqrt(0.5 / n_in)
    if norm == "ortho":
        matrix[:, 0] *= math.sqrt(0.5)
    return matrix


def lifter_weights(n_out: int, lifter: float, kind: str) -> np.ndarray:
    """Returns `(n_out,)`, `1 + lifter / 2 * sin(pi * n / lifter)`; ones if `lifter` is 0.

    Args:
        n_out: Int > 0, coefficients.
        lifter: Number >= 0.
        kind: `"htk"`: `n` begins at 0, so that coefficient 0 has weight 1. `"librosa"`: `n`
            begins at 1.

    Source: B.-H. Juang, L. Rabiner, J. Wilpon, On the use of bandpass liftering in speech
        recognition, 1987; S. Young et al., The HTK Book, and Kaldi (htk); librosa 0.11
        `feature.mfcc` (librosa).
    """
    if lifter == 0:
        return np.ones(n_out)
    n = np.arange(n_out) + (kind == "librosa")
    return 1.0 + lifter / 2 * np.sin(np.pi * n / lifter)


def derivative_weights(n_points: int, order: int) -> np.ndarray:
    """Returns the weights `(n_points,)` of consecutive points in their derivative.

    The derivative is that of the polynomial of degree `order` fitted to the points by least
    squares; it is the same at all of them. For order 1 the weights of `2 n + 1` points are
    `k / sum(k ** 2)`, k from -n to n. The weights are 0 if there are too few points.

    Args:
        n_points: Int >= 0.
        order: Int > 0, order of the derivative.

    Source: A. Savitzky, M. Golay, Smoothing and differentiation of data by simplified least
        squares procedures, 1964.
    """
    if n_points <= order:
        return np.zeros(n_points)
    position = np.arange(n_points) - (n_points - 1) / 2
    fit = np.linalg.pinv(np.vander(position, order + 1, increasing=True))
    return math.factorial(order) * fit[order]
