"""Weights that keep in range wherever they are used, whoever trains them.

A constraint acts in a step of a Keras optimizer alone. Native loops, moving averages of weights
and accumulated gradients pass it by, so every call applies it once more.
"""

import keras
from keras import ops


class Between(keras.constraints.Constraint):
    """Keeps a weight in `low` .. `high`; `None` is no bound on that side."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __call__(self, w):
        w = w if self.low is None else ops.maximum(w, ops.cast(self.low, w.dtype))
        return w if self.high is None else ops.minimum(w, ops.cast(self.high, w.dtype))


def kept(weight, dtype):
    """Returns a weight in `dtype` with its constraint applied.

    The gradient is that of the weight itself, so that a weight out of range can come back.
    """
    value = ops.cast(weight, dtype)
    if weight.constraint is None:
        return value
    # The difference is 0, and the sum is exactly what the constraint gives.
    return ops.stop_gradient(weight.constraint(value)) + (value - ops.stop_gradient(value))


def kept_numbers(weight):
    """The same as float64 array, for descriptions."""
    dtype = keras.backend.standardize_dtype(weight.dtype)
    return ops.convert_to_numpy(kept(weight, dtype)).astype("float64")
