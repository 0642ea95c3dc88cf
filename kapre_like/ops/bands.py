"""Bands from their centres and widths, which may be weights."""

from keras import ops


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
