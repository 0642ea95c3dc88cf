"""The envelope of a band-pass filter that is the difference of two sinc functions."""

import numpy as np
from keras import ops


def windowed_sinc(times, members, *, band, reach):
    """Returns `sinc(band t) * hamming(t)`, 0 further out than `reach`.

    Times a cosine of the band's centre it is the difference of two low-pass filters with
    cut-offs at the band's ends, divided by twice the bandwidth.

    Args:
        times: Array of any shape, samples.
        members: Int array, the filters wanted.
        band: Float tensor `(filters,)`, > 0, bandwidths in cycles per sample.
        reach: Int > 0, samples.

    Returns:
        Float tensor `(*times.shape, len(members))`.
    """
    times = np.asarray(times)[..., None]
    near = np.abs(times) <= reach
    window = np.where(near, 0.54 + 0.46 * np.cos(np.pi * times / reach), 0.0)
    # 0 / 0 in the middle: there the formula sees another time, and its result is thrown away.
    middle = times == 0
    angle = np.where(middle, 1.0, np.pi * times)
    window, middle, angle = (
        ops.convert_to_tensor(a, dtype=band.dtype) for a in (window, middle, angle)
    )
    angle = angle * ops.take(band, members, axis=0)
    return window * (middle + (1.0 - middle) * ops.sin(angle) / angle)
