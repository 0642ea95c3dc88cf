"""Moves the channel axis between the last place (layers) and the second (arithmetic)."""

from keras import ops

from kapre_like.ops.sizes import known


def channels_second(x):
    """Returns `(batch, ..., channels)` as `(batch, channels, ...)`.

    One channel, the usual case, is a reshape and costs no copy.
    """
    if known(x, -1) == 1:
        return ops.expand_dims(ops.squeeze(x, axis=-1), axis=1)
    return ops.moveaxis(x, -1, 1)


def channels_last(x):
    """Returns `(batch, channels, ...)` as `(batch, ..., channels)`; undoes the other."""
    if known(x, 1) == 1:
        return ops.expand_dims(ops.squeeze(x, axis=1), axis=-1)
    return ops.moveaxis(x, 1, -1)
