"""Weights with one number for each band, kept in their domain."""

from kapre_like.layers._base.inputs import constant, working_dtype
from kapre_like.layers._base.kept import Between


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
