"""From bands back to frequency bins: the non-negative spectrum that gives the same bands."""

import numpy as np
from keras import ops

from kapre_like.ops.filterbank import apply_matrix

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
