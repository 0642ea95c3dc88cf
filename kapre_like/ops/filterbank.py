"""A filterbank is one matrix product over the frequency axis."""

from keras import ops


def apply_matrix(x, *, matrix):
    """Returns `x @ matrix` over the last axis, `(..., freqs)` to `(..., bands)`.

    Args:
        x: Float tensor of any rank.
        matrix: Float tensor or array `(freqs, bands)` of the same dtype.
    """
    # Not `ops.matmul`: on torch Keras 3.15 computes that in float32 even from float64.
    return ops.einsum("...k,kb->...b", x, matrix)
