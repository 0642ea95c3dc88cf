"""Mu-law companding: a waveform as a few integer codes, finer near zero."""

import math

from keras import ops


def mu_law_encode(x, *, quantization_channels):
    """Returns codes `0 .. quantization_channels - 1`, int32.

    `floor((sign(x) * log(1 + mu |x|) / log(1 + mu) + 1) / 2 * mu + 1 / 2)` with
    `mu = quantization_channels - 1`. Values beyond [-1, 1] give codes beyond that range.

    Args:
        x: Float tensor, any shape, in [-1, 1].
        quantization_channels: Int > 1.
    """
    mu = quantization_channels - 1.0
    # In this order it gives torchaudio's and Kapre's codes to the last bit.
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
