"""Random shifts, crops and spans of waveforms, gathering of steps, permuted channels.

No function draws random numbers: functions receive numbers from [0, 1) as `draws`.
"""

from keras import ops

from kapre_like.ops.masking import length_mask, zero_invalid


def one_of_ints(draws, *, min_value, max_value):
    """Returns ints in `min_value` .. `max_value`, all equally likely, as int32.

    Args:
        draws: Float32 tensor in [0, 1).
        min_value: Int or int32 tensor that broadcasts against `draws`.
        max_value: The same, not below `min_value`.
    """
    choices = ops.cast(max_value - min_value + 1, "float32")
    return min_value + ops.cast(ops.floor(draws * choices), "int32")


def steps(x):
    """Returns `[[0, 1, ...]]`, int32 `(1, time)`, of a tensor `(batch, time, ...)`."""
    row = ops.ones_like(x[:1], dtype="int32")
    while len(row.shape) > 2:
        row = row[..., 0]
    return positions(row, axis=1)


def positions(x, *, axis):
    """Returns 0, 1, 2, ... along `axis` of `x`, int32; its other axes have size 1."""
    row = x
    for other in range(len(x.shape)):
        if other != axis:
            # Slices, not indices: an axis may be empty.
            row = row[tuple([slice(None)] * other + [slice(0, 1)])]
    return ops.cumsum(ops.ones_like(row, dtype="int32"), axis=axis) - 1


def shifted(x, *, shift, length, wrap):
    """Returns `y[t] = x[t - shift]` inside each example's valid samples.

    Args:
        x: Float tensor `(batch, samples, channels)`, zero from `length` on.
        shift: Int32 `(batch,)`, samples; above 0 is later.
        length: Int32 `(batch,)`, valid samples.
        wrap: Whether samples that leave at one end enter at the other. Otherwise zeros enter.
    """
    length = ops.expand_dims(length, axis=1)
    source = steps(x) - ops.expand_dims(shift, axis=1)
    if wrap:
        # Samples past the end are not used, but their index must be valid.
        source = ops.mod(source, ops.maximum(length, 1))
        return zero_invalid(rows_at(x, source), mask=steps(x) < length)
    inside = (source >= 0) & (source < length) & (steps(x) < length)
    source = ops.clip(source, 0, ops.maximum(ops.shape(x)[1] - 1, 0))
    return zero_invalid(rows_at(x, source), mask=inside)


def cropped(x, *, draws, length, samples):
    """Returns `samples` valid samples of each example, from a start that `draws` choose.

    Args:
        x: Float tensor `(batch, samples, channels)`.
        draws: Float32 `(batch,)` in [0, 1).
        length: Int32 `(batch,)`, valid samples.
        samples: Int > 0; an example that has fewer keeps all.

    Returns:
        Pair of `(batch, min(time, samples), channels)` and the lengths of the result.
    """
    start = one_of_ints(draws, min_value=0, max_value=ops.maximum(length - samples, 0))
    source = ops.expand_dims(start, axis=1) + steps(x[:, :samples])
    source = ops.clip(source, 0, ops.maximum(ops.shape(x)[1] - 1, 0))
    ends = ops.minimum(length, samples)
    y = rows_at(x, source)
    return zero_invalid(y, mask=length_mask(y, length=ends)), ends


def in_chunks(x, *, count, draws, min_length, max_length, length):
    """Returns which samples lie in one of an example's chunks, boolean `(batch, samples)`.

    Args:
        x: Tensor `(batch, samples, channels)`; only its shape is used.
        count: Int32 `(batch,)`, chunks of each example.
        draws: Float32 `(batch, 2, chunks)` in [0, 1): for the lengths and the starts.
        min_length: Int > 0, samples of the shortest chunk.
        max_length: Int >= `min_length`, samples of the longest chunk.
        length: Int32 `(batch,)`, valid samples; no chunk is longer.
    """
    length = ops.expand_dims(length, axis=1)
    shortest, longest = ops.minimum(min_length, length), ops.minimum(max_length, length)
    width = one_of_ints(draws[:, 0], min_value=shortest, max_value=longest)
    start = one_of_ints(draws[:, 1], min_value=0, max_value=length - width)
    number = ops.arange(draws.shape[2], dtype="int32")
    width = ops.where(number < ops.expand_dims(count, axis=1), width, 0)
    start, width = ops.expand_dims(start, axis=1), ops.expand_dims(width, axis=1)
    position = ops.expand_dims(steps(x), axis=2)
    return ops.any((position >= start) & (position < start + width), axis=2)


def rows_at(x, index):
    """Gathers steps of each example at its own positions.

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
    """Returns values of each example between its steps, by linear interpolation.

    Args:
        x: Float tensor `(batch, time, ...)`.
        position: Float tensor `(batch, n)`. Outside 0 .. `last` the nearest step is read.
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


def permuted(x, *, draws, axis):
    """Returns `x` with its channels in the order that sorts `draws`.

    Args:
        x: Tensor `(batch, ...)` of any dtype.
        draws: Float `(batch, channels)`. If they are independent and uniform, every order is
            equally likely. A batch of 1 applies one order to all clips.
        axis: Int > 0, the channel axis. Its size must be known.
    """
    channels, shape = x.shape[axis], [1] * len(x.shape)
    shape[0], shape[axis] = -1, channels
    order = ops.reshape(ops.argsort(draws, axis=-1), shape)
    # Not `take_along_axis`: on TensorFlow it fails if another axis is unknown and empty.
    first, *others = ops.split(x, channels, axis=axis)
    y = ops.broadcast_to(first, ops.shape(x))
    for index, channel in enumerate(others, start=1):
        y = ops.where(order == index, channel, y)
    return y
