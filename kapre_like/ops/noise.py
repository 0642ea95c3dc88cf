"""Noise beside a signal."""

from keras import ops

from kapre_like.ops.masking import zero_invalid


def add_noise(x, *, noise, deviation, mask):
    """Returns `x + deviation * noise`, and `x` as it is where `mask` is false.

    Args:
        x: Float tensor `(batch, time, ...)`.
        noise: Float tensor of the same shape.
        deviation: Float, or float tensor `(batch,)`, one per clip.
        mask: Boolean `(batch, time)`, or `None`.
    """
    if not isinstance(deviation, float):
        deviation = ops.reshape(deviation, (-1, *[1] * (len(x.shape) - 1)))
    return x + zero_invalid(deviation * noise, mask=mask)
