"""Compression of levels: decibels, logarithms and mu-law codes.

Decibels use one reference and one dynamic range per clip.
"""

import math

from keras import ops

from kapre_like.ops.lowering import plain
from kapre_like.ops.masking import zero_invalid

# Smallest input of the logarithm where the floor above it is learned. Float32 can represent
# its logarithm.
SILENCE = 1e-30

# Where the level equals a learned floor, the result is 0.69 times this above the floor.
_SOFTNESS_DB = 0.01


def decibel(x, *, factor, ref, amin, top_db, mask):
    """Returns `factor * log10(max(x, amin) / ref)`, at most `top_db` below the clip's peak.

    The floor is applied before the logarithm, which is equivalent and saves one pass:
    `max(x, amin, peak * 10 ** (-top_db / factor))`.

    Args:
        x: Float tensor `(batch, time, ...)`, linear and >= 0.
        factor: Float > 0: 10 for power, 20 for amplitude.
        ref: Float > 0 that maps to 0 dB, or `"max"`: the peak of the clip.
        amin: Float > 0, lower limit of `x`. It makes the level of silence finite.
        top_db: Float > 0 in dB, or `None` for no floor below the peak.
        mask: Boolean `(batch, time)`, or `None`. Peaks are taken where it is true.

    Returns:
        Float tensor in dB, shape and dtype of `x`.
    """
    scale = factor / math.log(10.0)
    floor, shift = amin, 0.0 if ref == "max" else factor * math.log10(ref)
    if top_db is not None or ref == "max":
        peak = _peak(x, mask)
    if top_db is not None:
        floor = ops.maximum(peak * 10.0 ** (-top_db / factor), amin)
    if ref == "max":
        shift = scale * ops.log(ops.maximum(peak, amin))
    return scale * ops.log(ops.maximum(x, floor)) - shift


def affine_decibel(x, *, factor, amin, slope, reference_db, floor_db, relative, top_db, mask):
    """Returns `slope * (level - reference)` with a slope, reference and floor per band.

    Gradients flow into all three. `level = smooth_max(factor * log10(x), floor_db)`, at most
    `top_db` below the clip's peak. With slope 1 and the reference and floor of `decibel` it
    differs from `decibel` by at most 0.007 dB where `x` is near the floor, and not elsewhere.

    Args:
        x: Float tensor `(batch, time, ...)`, linear and >= 0.
        factor: Float > 0: 10 for power, 20 for amplitude.
        amin: Float > 0, lower limit of the clip's peak.
        slope: Float tensor that broadcasts to `x`, dB per dB.
        reference_db: Float tensor that broadcasts to `x`: the level that maps to 0.
        floor_db: Float tensor that broadcasts to `x`: the level of silence.
        relative: Whether `reference_db` is relative to the clip's peak.
        top_db: Float > 0 in dB, or `None`.
        mask: Boolean `(batch, time)`, or `None`. Peaks are taken where it is true.

    Returns:
        Float tensor, shape and dtype of `x`.
    """
    scale = factor / math.log(10.0)
    level = scale * ops.log(ops.maximum(x, min(amin, SILENCE)))
    level = _smooth_maximum(level, floor_db)
    if top_db is not None or relative:
        peak = scale * ops.log(ops.maximum(_peak(x, mask), amin))
    if top_db is not None:
        level = ops.maximum(level, peak - top_db)
    if relative:
        level = level - peak
    return slope * (level - reference_db)


def _smooth_maximum(a, b):
    """Returns `max(a, b)`, smoothed where they differ by less than a few hundredths of a dB."""
    distance = ops.abs(a - b) / _SOFTNESS_DB
    return ops.maximum(a, b) + _SOFTNESS_DB * ops.log1p(ops.exp(-distance))


def _peak(x, mask):
    """Returns the largest value of each clip, `(batch, 1, ...)`; 0 for an empty clip."""
    axes = tuple(range(1, len(x.shape)))
    return ops.max(zero_invalid(x, mask=mask), axis=axes, keepdims=True, initial=0.0)


# Without a floor, smaller inputs are replaced by this. Float32 can represent its logarithm.
_SMALLEST = 1e-37


def log_compression(x, *, scale, offset, floor, base):
    """Returns `log(max(scale * x + offset, floor)) / log(base)`, exact near 1.

    Args:
        x: Float tensor, >= 0.
        scale: Number > 0.
        offset: Number >= 0.
        floor: Number > 0, or `None`.
        base: Number > 0 but not 1, or `"e"`.
    """
    # JAX accepts no Python int beyond 32 bits.
    x = x if scale == 1 else float(scale) * x
    if offset == 1 and floor is None and not plain():
        y = ops.log1p(ops.maximum(x, 0.0))
    else:
        x = x + offset if offset else x
        y = ops.log(ops.maximum(x, _SMALLEST if floor is None else floor))
    return y if base == "e" else y / math.log(base)


def mu_law_encode(x, *, quantization_channels):
    """Returns codes `0 .. quantization_channels - 1`, int32.

    `floor((sign(x) * log(1 + mu |x|) / log(1 + mu) + 1) / 2 * mu + 1 / 2)` with
    `mu = quantization_channels - 1`. Values outside [-1, 1] give codes outside that range.

    Args:
        x: Float tensor, any shape, in [-1, 1].
        quantization_channels: Int > 1.
    """
    mu = quantization_channels - 1.0
    # In this order of operations the codes equal those of torchaudio and Kapre to the last bit.
    compressed = ops.sign(x) * ops.log1p(mu * ops.abs(x)) / math.log1p(mu)
    return ops.cast((compressed + 1.0) / 2.0 * mu + 0.5, "int32")


def mu_law_decode(codes, *, quantization_channels):
    """Returns `sign(y) * ((1 + mu) ** |y| - 1) / mu` with `y = 2 codes / mu - 1`.

    Args:
        codes: Float tensor, any shape.
        quantization_channels: Int > 1, as in `mu_law_encode`.
    """
    mu = quantization_channels - 1.0
    y = codes / mu * 2.0 - 1.0
    return ops.sign(y) * ops.expm1(ops.abs(y) * math.log1p(mu)) / mu
