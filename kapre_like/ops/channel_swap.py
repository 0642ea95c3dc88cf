"""Channels in another order."""

from keras import ops


def permuted(x, *, draws, axis):
    """Returns `x` with its channels in the order in which `draws` sort.

    Args:
        x: Tensor `(batch, ...)` of any dtype.
        draws: Float `(batch, channels)`, independent and uniform: every order is then equally
            likely. A batch of 1 stands for one order in all clips.
        axis: Int > 0, the axis of the channels, whose number is known.
    """
    channels, shape = x.shape[axis], [1] * len(x.shape)
    shape[0], shape[axis] = -1, channels
    order = ops.reshape(ops.argsort(draws, axis=-1), shape)
    # Not `take_along_axis`, which on TensorFlow fails where another axis is unknown and empty.
    first, *others = ops.split(x, channels, axis=axis)
    y = ops.broadcast_to(first, ops.shape(x))
    for index, channel in enumerate(others, start=1):
        y = ops.where(order == index, channel, y)
    return y
