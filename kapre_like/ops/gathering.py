"""Steps of each example at positions of its own: gathers and linear interpolation."""

from keras import ops


def rows_at(x, index):
    """Returns the steps of each example at its own positions.

    Args:
        x: Tensor `(batch, time, ...)`.
        index: Int32 `(batch, n)`, positions in 0 .. time - 1.

    Returns:
        `(batch, n, ...)`.
    """
    batch, time, *inner = ops.shape(x)
    count = ops.shape(index)[1]
    # One gather of rows: `take_along_axis` would need an index for every channel.
    first = ops.expand_dims(time * ops.arange(batch, dtype="int32"), axis=1)
    rows = ops.take(
        ops.reshape(x, (batch * time, *inner)), ops.reshape(index + first, (-1,)), axis=0
    )
    return ops.reshape(rows, (batch, count, *inner))


def interpolated(x, position, *, last):
    """Returns each example between its steps, by linear interpolation.

    Args:
        x: Float tensor `(batch, time, ...)`.
        position: Float tensor `(batch, n)`, where to read; outside 0 .. last the nearest step.
        last: Number or float tensor `(batch, 1)`, the last step that may be read.

    Returns:
        `(batch, n, ...)`.
    """
    position = ops.maximum(ops.minimum(position, last), 0.0)
    before = ops.floor(position)
    after = ops.maximum(ops.minimum(before + 1.0, last), 0.0)
    part = ops.cast(position - before, x.dtype)
    part = ops.expand_dims(part, axis=tuple(range(2, len(x.shape))))
    low, high = (rows_at(x, ops.cast(at, "int32")) for at in (before, after))
    return (1.0 - part) * low + part * high
