"""Weights whose constraint is applied whenever they are read.

Keras applies a constraint only in the steps of its optimizers. Training loops of other
frameworks, moving averages of weights and accumulated gradients bypass it.
"""

import keras
from keras import ops


class Between(keras.constraints.Constraint):
    """Clips a weight to `low` .. `high`. `None` means no limit on that side."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __call__(self, w):
        w = w if self.low is None else ops.maximum(w, ops.cast(self.low, w.dtype))
        return w if self.high is None else ops.minimum(w, ops.cast(self.high, w.dtype))


def kept(weight, dtype):
    """Returns a weight in `dtype` with its constraint applied.

    The gradient is that of the weight itself, so that a weight out of range can return.
    """
    value = ops.cast(weight, dtype)
    if weight.constraint is None:
        return value
    # The difference is 0, so the sum is exactly the constrained value.
    return ops.stop_gradient(weight.constraint(value)) + (value - ops.stop_gradient(value))


def kept_numbers(weight):
    """Returns the constrained weight as a float64 array, for descriptions."""
    dtype = keras.backend.standardize_dtype(weight.dtype)
    return ops.convert_to_numpy(kept(weight, dtype)).astype("float64")
