"""Kaiser windows as `tf.signal` has them, which Kapre names, in the precision asked for."""

import numpy as np


def kaiser(length: int, beta: float, dtype: str = "float64") -> np.ndarray:
    """Returns the symmetric Kaiser window `(length,)` of shape `beta`.

    Args:
        length: Int > 0, samples.
        beta: Number >= 0, shape; the more, the narrower.
        dtype: Float dtype that the formula's steps are rounded to, as TensorFlow's are.
    """
    if length == 1:
        return np.ones(1, dtype)
    one, beta = (np.asarray(number, dtype) for number in (1.0, beta))
    half = np.asarray((length - 1) / 2.0, dtype)
    place = (np.arange(length) - (length - 1) / 2.0).astype(dtype)
    height = beta * np.sqrt(np.maximum(one - np.square(place / half), 0))
    return np.exp(height - beta) * (_scaled_bessel(height) / _scaled_bessel(beta))


def _scaled_bessel(x):
    """Bessel's function I0 over `exp(x)`, which does not overflow, in the dtype of `x`."""
    wide = x.astype("float64")
    return (np.i0(wide) * np.exp(-wide)).astype(x.dtype)


def kaiser_bessel_derived(length: int, beta: float, dtype: str = "float64") -> np.ndarray:
    """Returns the window whose squares, half a window apart, add up to 1.

    Args:
        length: Even int > 0; an odd one gives a window of one sample less.
        beta: Shape of the Kaiser window whose running sums it is made of.
        dtype: Float dtype that the formula's steps are rounded to.
    """
    sums = np.cumsum(kaiser(length // 2 + 1, beta, dtype), dtype=dtype)
    rise = np.sqrt(sums[:-1] / sums[-1])
    return np.concatenate([rise, rise[::-1]])
