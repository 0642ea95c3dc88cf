"""Roots and quotients near 0: what underflows counts as 0, what is not a number stays so.

The slope of a root is its quotient: below the least normal number it is infinite on machines
that flush the others to 0, and infinity times 0 is not a number. Conditions ask for "below",
not for "above": a comparison with NaN is false, and NaN must come out of every layer it enters.
"""

import keras
from keras import ops

_LEAST_NORMAL = {"float16": 6.2e-5, "float64": 2.3e-308}


def vanishes(x):
    """Whether each value is below the least normal number of its dtype; false for NaN."""
    least = _LEAST_NORMAL.get(keras.backend.standardize_dtype(x.dtype), 1.2e-38)
    return x < least


def one_for(nothing, x):
    """Returns `x` with ones where `nothing` is true: a harmless number to divide by."""
    return ops.where(nothing, ops.ones_like(x), x)


def zero_for(nothing, x):
    """Returns `x` with zeros where `nothing` is true."""
    return ops.where(nothing, ops.zeros_like(x), x)


def unless_nan(x, *, of):
    """Returns `x`, but NaN where `of` is: for maxima, signs and sorts that pass over one.

    Whether they do differs from backend to backend, and between a call and its compiled form.
    """
    return ops.where(ops.not_equal(of, of), of, x)


def root(x):
    """Returns `sqrt(x)`; 0 with gradient 0 where `x` vanishes."""
    nothing = vanishes(x)
    return zero_for(nothing, ops.sqrt(one_for(nothing, x)))
