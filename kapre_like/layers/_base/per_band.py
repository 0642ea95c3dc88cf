"""Weights with one value per band, constrained to a range."""

from kapre_like.layers._base.inputs import constant, working_dtype
from kapre_like.layers._base.kept import Between


def add_per_band(layer, name, *, start, low, high):
    """Adds a weight and returns it. The range is extended to contain the initial values.

    Args:
        layer: Layer that owns the weight.
        name: Name of the weight.
        start: Array `(bands,)`, initial values.
        low: Number or `None`, smallest allowed value.
        high: Number or `None`, largest allowed value.
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
    """Returns the number of bands, axis 2. Raises an error if it is unknown."""
    shape = tuple(shape)
    if len(shape) < 3 or shape[2] is None:
        raise ValueError(
            f"{owner}: `learn` must be None unless axis 2 of the input is a known number of "
            f"bands. Received: shape={shape}."
        )
    return shape[2]
