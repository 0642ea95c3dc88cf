"""Filterbanks whose centers and widths are tensors, so that they can be trained.

The formulas are those of `filters.bands`. Differences of frequencies are computed directly,
because float32 would lose most digits of a narrow band in a subtraction.
"""

import math

from keras import ops

from kapre_like.filters.bands import (
    GAMMATONE_AREA,
    GAMMATONE_WIDTH,
    GAUSS,
    SMALLEST_EXPONENT,
    SMALLEST_SUM,
    area_steps,
    scale_range,
)
from kapre_like.filters.scales import (
    CORNER_HZ,
    CORNER_MEL,
    LINEAR_HZ_PER_MEL,
    LOG_STEP,
    LOGARITHMIC,
)


def band_matrix(center, bandwidth, *, bank, offsets):
    """Returns the matrix `(freqs, bands)` of a filterbank.

    Args:
        center: Float tensor `(bands,)`, fractions of the scale.
        bandwidth: Float tensor `(bands,)`, fractions > 0.
        bank: `filters.filterbank.Filterbank`, for the scale, shape and normalization.
        offsets: Array `(freqs, bands)` of the same dtype: `bank.offsets(n_fft)`.
    """
    # The untrained offsets were computed in float64. A small shift keeps most of their digits.
    shift = ops.subtract(center, bank.center.astype(offsets.dtype))
    offsets = ops.subtract(offsets, shift)
    if bank.straight_in_hz:
        return _triangles_in_hz(center, bandwidth, bank, offsets)
    x = offsets / bandwidth
    if bank.normalization == "sum":
        return _sum_to_one(x, bank.shape)
    heights = _heights(x, bank.shape)
    return heights / _area(center, bandwidth, bank) if bank.normalization else heights


def _triangles_in_hz(center, bandwidth, bank, offsets):
    low, high = _hz_to(center, -bandwidth, bank), _hz_to(center, bandwidth, bank)
    hz = _hz_to(center, offsets, bank)
    heights = ops.maximum(1.0 - ops.maximum(hz / low, hz / high), 0.0)
    return heights * (2.0 / (high - low)) if bank.normalization == "area" else heights


def _heights(x, shape):
    """Heights of bands of peak 1, at distances of `x` widths from the center."""
    if shape == "triangle":
        return ops.maximum(1.0 - ops.abs(x), 0.0)
    if shape == "gammatone":
        square = 1.0 + ops.square(GAMMATONE_WIDTH * x)
        return 1.0 / ops.square(ops.square(square))
    return ops.exp(-GAUSS * ops.square(x))


def _sum_to_one(x, shape):
    """Heights divided by their sum over the bins."""
    if shape == "triangle":
        heights = _heights(x, shape)
        # The limit is not smaller because the gradient squares the sum in float32.
        return heights / ops.maximum(ops.sum(heights, axis=0, keepdims=True), SMALLEST_SUM)
    # A narrow Gaussian between two bins underflows in float32, so scale its peak to 1 first.
    exponent = -GAUSS * ops.square(x)
    peak = ops.max(exponent, axis=0, keepdims=True)
    heights = ops.exp(exponent - peak)
    heights = heights / ops.sum(heights, axis=0, keepdims=True)
    return ops.where(peak > SMALLEST_EXPONENT, heights, ops.zeros_like(heights))


def _area(center, bandwidth, bank):
    """Areas in Hz, as in `filters.bands`."""
    if bank.shape == "gammatone":
        return GAMMATONE_AREA * width_hz(center, bandwidth, bank=bank)
    place, decrease = area_steps(bank.shape)
    step = ops.maximum(ops.minimum(ops.multiply(place, bandwidth), 1.0 - center), -center)
    return ops.sum(ops.multiply(decrease, _hz_to(center, step, bank)), axis=0)


def width_hz(center, bandwidth, *, bank):
    """Returns widths in Hz: half the distance from one width below to one width above."""
    return 0.5 * (_hz_to(center, bandwidth, bank) - _hz_to(center, -bandwidth, bank))


def _hz_to(center, step, bank):
    """Difference in Hz between the fractions `center + step` and `center`."""
    low, span = scale_range(bank.scale, bank.sample_rate)
    return hz_between(center * span + low, step * span, bank.scale)


def hz_between(position, step, scale):
    """Returns the frequency at `position + step` minus the frequency at `position`, in Hz.

    Args:
        position: Float tensor, positions on the scale.
        step: Float tensor, of any sign.
        scale: One of `filters.scales.SCALES`.
    """
    if scale in LOGARITHMIC:
        a, b = LOGARITHMIC[scale]
        return b * ops.exp(position / a) * ops.expm1(step / a)
    if scale == "slaney":
        left = CORNER_MEL - position  # Distance to the corner, where the scale becomes curved.
        below = ops.minimum(step, left) - ops.minimum(left, 0.0)
        above = ops.maximum(step, left) - ops.maximum(left, 0.0)
        base = CORNER_HZ * ops.exp(LOG_STEP * ops.maximum(-left, 0.0))
        return LINEAR_HZ_PER_MEL * below + base * ops.expm1(LOG_STEP * above)
    if scale == "octave":
        octave = math.log(2.0)
        return ops.exp(position * octave) * ops.expm1(step * octave)
    if scale == "bark":
        return _bark_to_hz(position + step) - _bark_to_hz(position)
    return step


def _bark_to_hz(position):
    low, high = (position - 0.3) / 0.85, (position + 0.22 * 20.1) / 1.22
    z = ops.where(position < 2.0, low, ops.where(position > 20.1, high, position))
    z = ops.minimum(z, 26.0)
    return 1960.0 * (z + 0.53) / (26.28 - z)


def wide_enough(bandwidth, *, center, bank, min_hz, min_width, max_width):
    """Clips widths to `min_width` .. `max_width` and stretches them to at least `min_hz`.

    On every scale a band's width in Hz grows at least as fast as its fraction. One product is
    therefore enough.

    Args:
        bandwidth: Float tensor `(bands,)`, fractions, of any sign.
        center: Float tensor `(bands,)`, fractions.
        bank: `filters.filterbank.Filterbank`.
        min_hz: Array `(bands,)`, Hz.
        min_width: Array `(bands,)`, fractions > 0.
        max_width: Array `(bands,)`, fractions.
    """
    width = ops.clip(bandwidth, min_width, max_width)
    stretch = ops.divide(min_hz, width_hz(center, width, bank=bank))
    return width * ops.maximum(stretch, 1.0)
