"""Weights with one number for each band, kept in their domain."""

import keras
import numpy as np
from keras import ops

from kapre_like.layers._inputs import constant, working_dtype


class Between(keras.constraints.Constraint):
    """Keeps a weight in `low` .. `high`; `None` is no bound on that side."""

    def __init__(self, low, high):
        self._low, self._high = low, high

    def __call__(self, w):
        w = w if self._low is None else ops.maximum(w, ops.cast(self._low, w.dtype))
        return w if self._high is None else ops.minimum(w, ops.cast(self._high, w.dtype))


def add_per_band(layer, name, *, start, low, high):
    """Adds the weight `name` and returns it; it starts at `start`, which counts as legal.

    Args:
        layer: The layer that owns it.
        name: The weight's name.
        start: Array `(bands,)`.
        low: Number or `None`, the least value it may take.
        high: Number or `None`, the greatest.
    """
    return layer.add_weight(
        name=name,
        shape=start.shape,
        initializer=constant(start),
        constraint=Between(
            None if low is None else min(low, float(start.min())),
            None if high is None else max(high, float(start.max())),
        ),
        dtype=working_dtype(layer),
        autocast=False,
    )


def known_bands(owner, shape):
    """Returns the size of axis 2, which whoever learns something per band has to know."""
    shape = tuple(shape)
    if len(shape) < 3 or shape[2] is None:
        raise ValueError(
            f"{owner}: `learn` must be None unless axis 2 of the input is a known number of "
            f"bands. Received: shape={shape}."
        )
    return shape[2]


def numbers(weight):
    """A weight as float64 array."""
    return np.asarray(ops.convert_to_numpy(weight), "float64")
