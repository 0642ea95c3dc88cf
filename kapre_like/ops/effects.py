"""Effects on waveforms with random strength: filters, distortion, telephone codecs.

A filter is an impulse response. All responses of a batch have one length, and each example has
its own cutoffs. A response is computed from its formula at the frequencies of a Fourier
transform that is longer than the filter rings, and transformed to a kernel for
`convolution.convolve`. All filters are causal and have the phase of the recursive filter: they
agree with `scipy.signal.sosfilt`.
"""

import math

import numpy as np
from keras import ops

from kapre_like.ops.convolution import complex_product
from kapre_like.ops.fourier import transforms
from kapre_like.ops.polar import one_for, root, vanishes


def low_pass(cutoff, *, order, size):
    """Returns kernels of Butterworth low-pass filters.

    Args:
        cutoff: Float tensor `(batch,)`, radians per sample, where the gain is -3 dB.
        order: Int > 0.
        size: Even int, taps.

    Returns:
        `(batch, size)`.
    """
    sine, cosine = _half_angles(size, cutoff.dtype)
    edge = ops.expand_dims(cutoff, axis=-1) / 2.0
    ratio = sine * ops.cos(edge), cosine * ops.sin(edge)
    return _kernel(_butterworth(*ratio, order), size, cutoff.dtype)


def high_pass(cutoff, *, order, size):
    """Returns kernels of Butterworth high-pass filters; arguments as in `low_pass`."""
    sine, cosine = _half_angles(size, cutoff.dtype)
    edge = ops.expand_dims(cutoff, axis=-1) / 2.0
    ratio = -cosine * ops.sin(edge), sine * ops.cos(edge)
    return _kernel(_butterworth(*ratio, order), size, cutoff.dtype)


def band_pass(low, high, *, order, size):
    """Returns kernels of Butterworth band-pass filters with `2 * order` poles.

    Args:
        low: Float tensor `(batch,)`, radians per sample, the lower edge.
        high: Float tensor `(batch,)`, the upper edge.
        order: Int > 0.
        size: Even int, taps.
    """
    sine, cosine = _half_angles(size, low.dtype)
    low, high = (ops.expand_dims(edge, axis=-1) / 2.0 for edge in (low, high))
    both = ops.sin(low) * ops.sin(high)
    # (W^2 - W1 W2) / (W (W2 - W1)) of W = tan(w / 2), times the product of the cosines.
    above = sine**2 * ops.cos(low) * ops.cos(high) - cosine**2 * both
    below = sine * cosine * ops.sin(high - low)
    return _kernel(_butterworth(above, below, order), size, low.dtype)


def peaking(center, gain_db, q, *, size):
    """Returns kernels of peaking filters in series.

    `H(z) = (1 + a A - 2 cos(w0) / z + (1 - a A) / z^2) / (1 + a / A - ...)` with
    `a = sin(w0) / (2 q)` and `A = 10^(gain_db / 40)`: Bristow-Johnson, "Cookbook formulae for
    audio equalizer biquad filter coefficients".

    Args:
        center: Float tensor `(batch, bands)`, radians per sample.
        gain_db: Float tensor `(batch, bands)`, dB at the center.
        q: Float tensor `(batch, bands)`, center over bandwidth.
        size: Even int, taps.
    """
    sine, cosine = _half_angles(size, center.dtype)
    response = None
    for band in range(center.shape[1]):
        w0, gain, width = (n[:, band : band + 1] for n in (center, gain_db, q))
        # cos(w) - cos(w0), exact near w0.
        near = 2.0 * (ops.sin(w0 / 2.0) ** 2 - sine**2)
        root_gain = ops.power(10.0, gain / 40.0)
        across = ops.sin(w0) / (2.0 * width) * 2.0 * sine * cosine
        one = _quotient((near, across * root_gain), (near, across / root_gain))
        response = one if response is None else complex_product(response, one)
    return _kernel(response, size, center.dtype)


def _butterworth(above, below, order):
    """Returns the response `1 / B(j above / below)`, `B` a Butterworth polynomial."""
    norm = ops.sqrt(above**2 + below**2)
    above, below = above / norm, below / norm
    response = None
    for section in range(order // 2):
        damping = 2.0 * math.sin(math.pi * (2 * section + 1) / (2 * order))
        bottom = below**2 - above**2, damping * above * below
        one = _quotient((below**2, ops.zeros_like(below)), bottom)
        response = one if response is None else complex_product(response, one)
    if order % 2:
        one = (below**2, -above * below)
        response = one if response is None else complex_product(response, one)
    return response


def _quotient(top, bottom):
    """Returns the quotient of two complex numbers as pairs; the second must not be 0."""
    norm = bottom[0] ** 2 + bottom[1] ** 2
    real, imag = complex_product(top, (bottom[0], -bottom[1]))
    return real / norm, imag / norm


def _half_angles(size, dtype):
    """Returns sine and cosine of half of each frequency, `(1, size // 2 + 1)`."""
    angle = np.pi * np.arange(size // 2 + 1)[None] / size
    sine, cosine = np.sin(angle), np.cos(angle)
    # Exactly 0, not 6e-17: a low-pass filter passes nothing at half the sample rate.
    cosine[:, -1] = 0.0
    return ops.convert_to_tensor(sine, dtype=dtype), ops.convert_to_tensor(cosine, dtype=dtype)


def _kernel(response, size, dtype):
    _, inverse = transforms(size, dtype=dtype)
    return inverse(*response)


def peak(x):
    """Returns the largest magnitude of each example, `(batch, 1, 1)`."""
    return ops.max(ops.abs(x), axis=(1, 2), keepdims=True, initial=0.0)


def clipped(x, *, share):
    """Returns `x` limited to `share` of each example's peak.

    Args:
        x: Float tensor `(batch, samples, channels)`.
        share: Float tensor `(batch,)` in 0 .. 1.
    """
    limit = peak(x) * ops.cast(ops.reshape(share, (-1, 1, 1)), x.dtype)
    return ops.maximum(ops.minimum(x, limit), -limit)


def saturated(x, *, drive_db):
    """Returns `c * tanh(g * x / peak)`, where `c` keeps the RMS; silence stays silence.

    Args:
        x: Float tensor `(batch, samples, channels)`, zero past each example's end.
        drive_db: Float tensor `(batch,)`, dB: `g = 10 ** (drive_db / 20)`.
    """
    gain = ops.power(10.0, ops.cast(ops.reshape(drive_db, (-1, 1, 1)), x.dtype) / 20.0)
    top = peak(x)
    bent = ops.tanh(gain * x / one_for(vanishes(top), top))
    # Both sums run over the same samples, so their number cancels in the ratio.
    before, after = (_root_of_squares(part) for part in (x, bent))
    return bent * (before / one_for(vanishes(after), after))


def _root_of_squares(x):
    return root(ops.sum(x * x, axis=(1, 2), keepdims=True))


def mu_law_round_trip(x, *, mu):
    """Returns `x` through a logarithmic quantizer, with the gradient of the identity.

    `sign(y) * ((1 + mu)^|y| - 1) / mu` of
    `y = round(k c) / k`, `c = sign(x) * log(1 + mu |x|) / log(1 + mu)`, `k = (mu - 1) / 2`.
    For mu = 255 these are 255 levels: the 256 codes of ITU-T G.711, two of which mean 0.
    The gradient treats the rounding as the identity (straight-through estimator: Bengio,
    Leonard and Courville, arXiv:1308.3432, 2013). Values outside [-1, 1] become -1 or 1.

    Args:
        x: Float tensor, any shape.
        mu: Odd int > 1.
    """
    steps = (mu - 1) // 2
    limited = ops.clip(x, -1.0, 1.0)
    compressed = ops.sign(limited) * ops.log1p(mu * ops.abs(limited)) / math.log1p(mu)
    rounded = ops.round(compressed * steps) / steps
    decoded = ops.sign(rounded) * ops.expm1(ops.abs(rounded) * math.log1p(mu)) / mu
    return x + ops.stop_gradient(decoded - x)


def lose_packets(x, *, lost, packet, repeat):
    """Returns `x` with lost packets replaced.

    Args:
        x: Float tensor `(batch, samples, channels)`.
        lost: Boolean tensor `(batch, packets)`, `packets = samples // packet + 1`.
        packet: Int > 0, samples per packet.
        repeat: Whether to replace a lost packet by the packet before it, if that one arrived.
            Otherwise the packet is replaced by zeros.

    Returns:
        Float tensor, shape and dtype of `x`.
    """
    batch, samples, channels = ops.shape(x)
    count = samples // packet + 1
    whole = ops.pad(x, [(0, 0), (0, packet), (0, 0)])[:, : count * packet]
    packets = ops.reshape(whole, (batch, count, packet, channels))
    gone = ops.reshape(lost, (batch, count, 1, 1))
    arrived = ops.where(gone, 0.0, packets)
    if repeat:
        before = ops.pad(arrived, [(0, 0), (1, 0), (0, 0), (0, 0)])[:, :-1]
        arrived = ops.where(gone, before, arrived)
    return ops.reshape(arrived, (batch, count * packet, channels))[:, :samples]
