"""A channel that says at which frequency a value stands."""

import numpy as np
from keras import ops

from kapre_like.ops.sizes import known


def concatenate_frequency_map(x):
    """Returns `x` with one channel more: 0 at the lowest frequency to 1 at the highest.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`.

    Returns:
        `(batch, frames, freqs, channels + 1)`.
    """
    return ops.concatenate([x, ops.ones_like(x[..., :1]) * _map(x)], axis=-1)


def _map(x):
    """The map `(freqs, 1)`, or with two axes of 1 before if `freqs` is not known yet."""
    freqs = known(x, 2)
    if freqs is not None:
        return ops.cast(np.linspace(0.0, 1.0, freqs)[:, None], x.dtype)
    # Counted in float32, since float16 counts to 2048 only.
    ones = ops.ones_like(x[:1, :1, :, :1], dtype="float32")
    last = ops.maximum(ops.sum(ones, axis=2, keepdims=True) - 1.0, 1.0)
    return ops.cast((ops.cumsum(ones, axis=2) - 1.0) / last, x.dtype)
