"""Noise beside a signal."""

from keras import ops


def add_noise(x, *, noise, deviation):
    """Returns `x + deviation * noise`.

    Args:
        x: Float tensor `(batch, time, ...)`.
        noise: Float tensor of the same shape.
        deviation: Float tensor `(batch,)`, one per clip.
    """
    return x + ops.reshape(deviation, (-1, *[1] * (len(x.shape) - 1))) * noise
