"""Arc tangent by a continued fraction, for runtimes that have no arc tangent."""

import math

import keras
from keras import ops


def arctan_by_fraction(x, *, terms):
    """Returns `x / (1 + x**2 / (3 + (2 x)**2 / (5 + ... )))`, which tends to arctan(x).

    The more terms, the further from 0 it is near: with 100 to about |x| = 30.

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

    Where `x` is 0 it is pi or -pi by the sign of `y`, as Kapre has it, not half of that.

    Args:
        y: Float tensor.
        x: Float tensor of the same shape and dtype.
        terms: Int >= 0.
    """
    across = ops.equal(x, 0.0)
    # A quotient that counts nowhere must not spoil the gradient either.
    ratio = ops.where(across, ops.zeros_like(y), y) / ops.where(across, ops.ones_like(x), x)
    half_turn = ops.full_like(x, math.pi)
    turn = ops.where(y >= 0, half_turn, -half_turn)
    angle = arctan_by_fraction(ratio, terms=terms)
    angle = ops.where(x < 0, angle + turn, angle)
    return ops.where(across, half_turn * ops.sign(y), angle)
