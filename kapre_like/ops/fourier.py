"""Real Fourier transforms of the last axis; the one place where this library calls an FFT."""

import keras
import numpy as np
from keras import ops

from kapre_like.filters import dft_kernels
from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.lowering import plain


def rfft(x):
    """Returns the transform of `(..., n_fft)` as a pair `(..., n_fft // 2 + 1)`.

    Args:
        x: Float tensor whose last axis has a known length.
    """
    if not plain():
        return ops.rfft(x)
    dtype = keras.backend.standardize_dtype(x.dtype)
    real, imag = (kernel.astype(dtype) for kernel in dft_kernels(x.shape[-1]))
    return apply_matrix(x, matrix=real), apply_matrix(x, matrix=imag)


def irfft(real, imag, *, n_fft):
    """Returns `(..., n_fft)` of a pair `(..., n_fft // 2 + 1)`; undoes `rfft`."""
    if not plain():
        return ops.irfft((real, imag), fft_length=n_fft)
    dtype = keras.backend.standardize_dtype(real.dtype)
    cosine, sine = dft_kernels(n_fft)
    # Bins between 0 Hz and half the rate stand for their mirror image as well.
    twice = np.full(n_fft // 2 + 1, 2.0 / n_fft)
    twice[0] /= 2
    if n_fft % 2 == 0:
        twice[-1] /= 2
    inverse_real = (cosine * twice).T.astype(dtype)
    inverse_imag = (sine * twice).T.astype(dtype)
    return apply_matrix(real, matrix=inverse_real) + apply_matrix(imag, matrix=inverse_imag)
