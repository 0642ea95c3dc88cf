"""Convolution of long signals with long kernels by Fourier transforms."""

import functools

import numpy as np
from keras import ops

from kapre_like.ops.axes import channels_last, channels_second
from kapre_like.ops.fourier import transforms

_LARGEST_SIZE = 2**30


def convolve(x, *, kernel, delay):
    """Returns `y[t] = sum_k kernel[k] x[t + delay - k]` for the times of `x`.

    Samples before and after the array count as zero.

    Args:
        x: Float tensor `(batch, samples, channels)`.
        kernel: Float tensor `(batch, taps)`, or `(1, taps)` for one kernel for all examples.
        delay: Int >= 0, the tap that does not move the signal.

    Returns:
        Float tensor, shape and dtype of `x`.
    """
    x = channels_second(x)
    samples = ops.shape(x)[-1]
    size = fft_size(samples + ops.shape(kernel)[-1] - 1)
    forward, inverse = transforms(size, dtype=x.dtype)
    signal = forward(_padded(x, size))
    response = forward(_padded(ops.expand_dims(kernel, axis=1), size))
    y = inverse(*complex_product(signal, response))
    return channels_last(y[..., delay : delay + samples])


def complex_product(a, b):
    """Returns the product of two complex numbers, each a pair of real and imaginary part."""
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def fft_size(least):
    """Returns the smallest even product of 2, 3 and 5 that is not below `least`.

    Args:
        least: Int, or int tensor where a graph does not know the length.
    """
    sizes = _sizes()
    if isinstance(least, int):
        return int(sizes[np.searchsorted(sizes, least)])
    sizes = ops.convert_to_tensor(sizes)
    return ops.min(ops.where(sizes >= least, sizes, _LARGEST_SIZE))


@functools.cache
def _sizes():
    """All sizes in order, int32."""
    powers = [np.array([float(base) ** n for n in range(31)]) for base in (2, 3, 5)]
    products = 2 * np.multiply.outer(np.multiply.outer(*powers[:2]), powers[2]).ravel()
    return np.sort(products[products <= _LARGEST_SIZE]).astype("int32")


def _padded(x, size):
    """Returns `x` with zeros at its end, `(..., size)`."""
    more = size - ops.shape(x)[-1]
    return ops.pad(x, [*[(0, 0)] * (len(x.shape) - 1), (0, more)])
