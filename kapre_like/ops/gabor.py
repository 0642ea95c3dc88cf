"""Gaussian envelopes of filters and of windows over energies, as functions of time."""

import math

import numpy as np
from keras import ops


def gaussian(times, members, *, width, reach):
    """Returns `exp(-t ** 2 / (2 w ** 2)) / (sqrt(2 pi) * w)`, 0 further out than `reach`.

    Args:
        times: Array of any shape, samples.
        members: Int array, the filters wanted.
        width: Float tensor `(filters,)`, standard deviations in samples.
        reach: Number, samples.

    Returns:
        Float tensor `(*times.shape, len(members))`.
    """
    width = ops.take(width, members, axis=0)
    times = np.asarray(times)[..., None]
    near = ops.convert_to_tensor(np.abs(times) <= reach, dtype=width.dtype)
    scaled = ops.convert_to_tensor(times, dtype=width.dtype) / width
    return near * ops.exp(-0.5 * scaled * scaled) / (math.sqrt(2.0 * math.pi) * width)
