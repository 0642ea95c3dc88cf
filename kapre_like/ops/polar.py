"""Complex numbers as pairs `(real, imaginary)`: magnitude, power, phase, and back.

Gradients stay finite at zero: where both parts vanish, the formula sees a harmless number
and its result is thrown away, so that no 0/0 enters the backward pass.
"""

import keras
from keras import ops

from kapre_like.ops.quotients import one_for, root, vanishes, zero_for


def is_complex(x):
    """Whether the tensor has a complex dtype."""
    return "complex" in keras.backend.standardize_dtype(x.dtype)


def real_imag(x):
    """Returns the pair of a complex tensor, or of a real one with a last axis of 2."""
    if is_complex(x):
        return ops.real(x), ops.imag(x)
    return x[..., 0], x[..., 1]


def as_complex(real, imag):
    """Returns `real + 1j * imag`: complex64, or complex128 from float64."""
    wide = keras.backend.standardize_dtype(real.dtype) == "float64"
    dtype = "complex128" if wide else "complex64"
    return ops.cast(real, dtype) + 1j * ops.cast(imag, dtype)


def power(real, imag, *, exponent):
    """Returns `|x| ** exponent`; 2 costs no root, other exponents have gradient 0 at 0.

    That is, where `|x| ** 2` underflows: the result is 0 there.
    """
    square = real * real + imag * imag
    if exponent == 2:
        return square
    if exponent == 1:
        return root(square)
    nothing = vanishes(square)
    return zero_for(nothing, ops.power(one_for(nothing, square), exponent / 2))


def phase(real, imag):
    """Returns the angle in radians, in [-pi, pi]; 0 where `|x| ** 2` underflows to 0.

    An angle has no scale: brought near 1, where the slope's `1 / |x| ** 2` cannot overflow.
    """
    nothing = vanishes(real * real + imag * imag)
    x, y = one_for(nothing, real), zero_for(nothing, imag)
    size = ops.stop_gradient(ops.abs(x) + ops.abs(y))
    return ops.arctan2(y / size, x / size)
