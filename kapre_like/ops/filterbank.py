"""Filterbanks as matrix products over the frequency axis, and their inverse."""

import keras
import numpy as np
from keras import ops

from kapre_like.filters.column_blocks import column_blocks
from kapre_like.ops.lowering import plain
from kapre_like.ops.sizes import known

# On two cores, 16 clips of 10 s, 257 bins to 80 mel bands: 5.9 ms of processor time in one
# product, 3.1 ms in six.
_BLOCKS = 6


def apply_matrix(x, *, matrix):
    """Returns `x @ matrix` over the last axis, `(..., freqs)` to `(..., bands)`.

    Args:
        x: Float tensor of any rank.
        matrix: Float tensor or array `(freqs, bands)` of the same dtype.
    """
    # Rows as one axis: TensorFlow derives an einsum over more axes by one product per row.
    # Not `ops.matmul`: on torch Keras 3.15 computes that in float32 even from float64.
    rows = ops.reshape(x, (-1, matrix.shape[0]))
    y = ops.einsum("nk,kb->nb", rows, matrix)
    return ops.reshape(y, (*ops.shape(x)[:-1], matrix.shape[-1]))


def apply_bands(x, *, matrix):
    """The same for bands that each take few frequencies: leaves products with zeros out.

    Args:
        x: Float tensor of any rank.
        matrix: Array or tensor `(freqs, bands)` of the same dtype; only an array, which is
            known now, can be cut.
    """
    known = isinstance(matrix, np.ndarray)
    if not known or keras.config.backend() != "tensorflow" or plain():
        return apply_matrix(x, matrix=matrix)
    # Reshaped once, not once a block: a graph of fewer operations is traced sooner.
    rows = ops.reshape(x, (-1, matrix.shape[0]))
    parts = [
        ops.matmul(rows[:, first:stop], part)
        for first, stop, part in column_blocks(matrix, _BLOCKS)
    ]
    y = ops.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]
    return ops.reshape(y, (*ops.shape(x)[:-1], matrix.shape[-1]))


def band_matrix(centre, bandwidth, *, bands, away):
    """Returns the matrix `(freqs, bands)` of filters at these places.

    Args:
        centre: Float tensor `(bands,)`, fractions of the scale.
        bandwidth: Float tensor `(bands,)`, fractions > 0.
        bands: `filters.bands.Bands`, which says scale, shape and norm.
        away: Array `(freqs, bands)` of the same dtype: `bands.away(n_fft)`.
    """
    # Distances, not positions: an untrained band keeps the digits it has in float64.
    moved = ops.subtract(centre, bands.centre.astype(away.dtype))
    return bands.matrix(ops.subtract(away, moved), centre, bandwidth, xp=ops)


def wide_enough(bandwidth, *, centre, bands, least_hz, least, most):
    """Returns widths of at least `least_hz`, for bands at `centre`, and of at most `most`.

    In Hz a band grows at least as fast as its width does on any of the scales, so one product
    is enough.

    Args:
        bandwidth: Float tensor `(bands,)`, fractions, of any sign.
        centre: Float tensor `(bands,)`, fractions.
        bands: `filters.bands.Bands`.
        least_hz: Array `(bands,)`, Hz.
        least: Array `(bands,)`, fractions > 0, from where the product starts.
        most: Array `(bands,)`, fractions.
    """
    width = ops.clip(bandwidth, least, most)
    stretch = ops.divide(least_hz, bands.width_hz(centre, width, xp=ops))
    return width * ops.maximum(stretch, 1.0)


# Bands and bins below this count as silent: a quotient of two of them says nothing.
_SILENT = 1e-30


def inverse_filterbank(bands, *, matrix, n_iter):
    """Returns non-negative `(..., freqs)` whose product with `matrix` is near `bands`.

    Starts from the mean of each bin's bands, every band spread evenly over its bins, and
    multiplies `n_iter` times by the bands' mean quotient of what is wanted and what is there.
    A smooth start stays smooth where the bands leave a choice; all bands, quiet ones too, are
    met relative to themselves.

    Args:
        bands: Float tensor `(..., bands)`; what is negative counts as 0.
        matrix: Array `(freqs, bands)`, >= 0, float64.
        n_iter: Int > 0, multiplications.

    Returns:
        Float tensor `(..., freqs)`; 0 where no band reaches.

    Source: W. Richardson, Bayesian-based iterative method of image restoration, 1972;
        L. Lucy, An iterative technique for the rectification of observed distributions, 1974.
    """
    area, reach = matrix.sum(axis=0), matrix.sum(axis=1, keepdims=True)
    # Each bin takes the mean over its bands, weighted as they weigh it.
    back = np.divide(matrix, reach, out=np.zeros_like(matrix), where=reach > 0).T
    spread = np.divide(1.0, area, out=np.zeros_like(area), where=area > 0)[:, None] * back
    bands = ops.relu(bands)
    # Tensors, so that a graph holds each matrix once and not once per multiplication.
    spread, forward, back = (
        ops.convert_to_tensor(m, dtype=bands.dtype) for m in (spread, matrix, back)
    )
    x = apply_matrix(bands, matrix=spread)
    for _ in range(n_iter):
        there = apply_matrix(x, matrix=forward)
        some = there > _SILENT
        quotient = bands / ops.where(some, there, ops.ones_like(there))
        quotient = ops.where(some, quotient, ops.zeros_like(quotient))
        x = x * apply_matrix(quotient, matrix=back)
    return x


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
