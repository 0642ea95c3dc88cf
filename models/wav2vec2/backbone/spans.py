"""Random spans along an axis of known validity."""

import keras
from keras import ops


def random_spans(valid, *, probability, length, least, seed):
    """Returns which positions lie in a span, bool `(batch, positions)`.

    Per row, `n = int(probability * count / length + u)` spans, `u` uniform in [0, 1) and one
    for the batch, but at least `least` and at most as many as fit side by side into the
    longest row, begin at different positions, each equally likely, such that no span reaches
    past the row's valid ones.

    Args:
        valid: Bool `(batch, positions)`, true first and false after.
        probability: Float in [0, 1).
        length: Int > 0, positions per span.
        least: Int >= 0, spans per row.
        seed: `keras.random.SeedGenerator`.
    """
    count = ops.sum(ops.cast(valid, "int32"), axis=1, keepdims=True)
    u = keras.random.uniform((), seed=seed)
    wanted = probability * ops.cast(count, "float32") / length + u
    wanted = ops.maximum(ops.cast(ops.floor(wanted), "int32"), least)
    wanted = ops.minimum(wanted, ops.shape(valid)[1] // length)
    # No span in a row shorter than one; never more spans than places to begin.
    wanted = ops.minimum(wanted, ops.maximum(count - (length - 1), 0))
    # A position begins a span if its random number is among the `wanted` greatest ones.
    position = ops.cumsum(ops.ones_like(valid, dtype="int32"), axis=1)
    may_begin = position <= count - (length - 1)
    draw = keras.random.uniform(ops.shape(valid), seed=seed)
    order = ops.argsort(ops.where(may_begin, draw, -1.0), axis=1)
    rank = ops.shape(valid)[1] - 1 - ops.argsort(order, axis=1)
    begins = ops.cast(ops.cast(rank, "int32") < wanted, "int32")
    # Begun within the last `length` positions: a sliding sum by two running ones.
    begun = ops.cumsum(begins, axis=1)
    earlier = ops.pad(begun, [(0, 0), (length, 0)])[:, : ops.shape(begun)[1]]
    return begun > earlier
