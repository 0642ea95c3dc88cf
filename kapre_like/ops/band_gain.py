"""Random gains over bands of frequency: the arithmetic of FilterAugment."""

import numpy as np
from keras import ops


def band_edges(*, count, draws, freqs, narrowest):
    """Returns edges of bands: `count` bands from 0 to `freqs - 1`, and the last edge again.

    Edges are uniform among those that keep all bands at least `narrowest` bins wide, or
    `(freqs - 1) / count` if there are too few bins.

    Args:
        count: Float32 `(batch,)`, bands of each example, up to `n`.
        draws: Float32 `(batch, n - 1)` in [0, 1).
        freqs: Int or int tensor, bins.
        narrowest: Number > 0, bins.

    Returns:
        Float32 `(batch, n + 1)`, rising.
    """
    last = ops.maximum(ops.cast(freqs, "float32") - 1.0, 0.0)
    count = ops.expand_dims(count, axis=1)
    least = ops.minimum(float(narrowest), last / count)
    number = ops.convert_to_tensor(np.arange(1, draws.shape[1] + 1, dtype="float32"))
    # Draws that are not needed are sorted to the end.
    inner = number < count
    free = ops.sort(ops.where(inner, draws, 2.0), axis=1)
    edges = ops.where(inner, least * number + free * (last - least * count), last)
    edges = ops.pad(edges, [(0, 0), (1, 0)])
    return ops.concatenate([edges, last * ops.ones_like(count)], axis=1)


def band_gains(edges, *, gains, freqs, linear):
    """Returns the gain of each bin, `(batch, freqs)`.

    Args:
        edges: Float32 `(batch, n + 1)`, rising from 0 to `freqs - 1`.
        gains: Float32 `(batch, n + 1)`, one per edge; of the steps one per lower edge.
        freqs: Int or int tensor, bins.
        linear: Whether gains change evenly from edge to edge; else by steps at the edges.
    """
    position = ops.cast(ops.arange(freqs, dtype="int32"), "float32")
    position = ops.expand_dims(position, axis=(0, 2))
    low, high = (ops.expand_dims(part, axis=1) for part in (edges[:, :-1], edges[:, 1:]))
    first, second = (ops.expand_dims(part, axis=1) for part in (gains[:, :-1], gains[:, 1:]))
    width, last = high - low, ops.expand_dims(edges[:, -1:], axis=1)
    # A band ends where the next one begins; the last bin belongs to the last band.
    inside = (position >= low) & ((position < high) | ((position == high) & (high == last)))
    inside = inside & (width > 0)
    part = (position - low) / ops.where(width > 0, width, 1.0) if linear else 0.0
    value = first + part * (second - first)
    return ops.sum(ops.where(inside, value, ops.zeros_like(value)), axis=2)
