"""Real Fourier transforms of the last axis; the one place where this library calls an FFT."""

import keras
from keras import ops

from kapre_like.filters import dft_kernels
from kapre_like.filters.fourier import dft_factors, dft_steps
from kapre_like.ops.factored_fourier import forward_steps, inverse_steps, mirror_weights
from kapre_like.ops.filterbank import apply_matrix
from kapre_like.ops.lowering import plain


def rfft(x):
    """Returns the transform of `(..., n_fft)` as a pair `(..., n_fft // 2 + 1)`.

    Args:
        x: Float tensor whose last axis has a known length.
    """
    forward, _ = transforms(x.shape[-1], dtype=x.dtype)
    return forward(x)


def irfft(real, imag, *, n_fft):
    """Returns `(..., n_fft)` of a pair `(..., n_fft // 2 + 1)`; undoes `rfft`."""
    _, inverse = transforms(n_fft, dtype=real.dtype)
    return inverse(real, imag)


def transforms(n_fft, *, dtype):
    """Returns `rfft` and `irfft` of one size, for graphs that hold many of them.

    With plain operators each is a product with matrices, which are constants of the graph:
    what is returned here makes them at its first call and takes them again. Two steps where
    the size has factors: the constants of 8192 samples are 0.2 MB then, and 270 MB in one.
    """
    if not plain():
        return ops.rfft, lambda real, imag: ops.irfft((real, imag), fft_length=n_fft)
    kind = _in_one_step if dft_factors(n_fft) is None else _in_two_steps
    return kind(n_fft, keras.backend.standardize_dtype(dtype))


def _in_one_step(n_fft, dtype):
    made = {}

    def matrices(kind):
        if kind.__name__ not in made:
            pair = kind(n_fft)
            made[kind.__name__] = [ops.convert_to_tensor(m, dtype=dtype) for m in pair]
        return made[kind.__name__]

    def forward(x):
        real, imag = matrices(dft_kernels)
        return apply_matrix(x, matrix=real), apply_matrix(x, matrix=imag)

    def inverse(real, imag):
        from_real, from_imag = matrices(_inverse_kernels)
        return apply_matrix(real, matrix=from_real) + apply_matrix(imag, matrix=from_imag)

    return forward, inverse


def _in_two_steps(n_fft, dtype):
    names, made = ("first", "between", "second"), {}

    def constants():
        if not made:
            arrays = dft_steps(*dft_factors(n_fft))
            tensors = [ops.convert_to_tensor(array, dtype=dtype) for array in arrays]
            made.update(zip(names, tensors, strict=True))
        return made

    def forward(x):
        return forward_steps(x, **constants())

    def inverse(real, imag):
        return inverse_steps(real, imag, **constants())

    return forward, inverse


def _inverse_kernels(n_fft):
    """What a frame's real and imaginary parts are multiplied with to give its samples."""
    cosine, sine = dft_kernels(n_fft)
    twice = mirror_weights(n_fft)
    return (cosine * twice).T, (sine * twice).T
