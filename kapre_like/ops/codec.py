"""What telephones and networks do to sound."""

import math

from keras import ops


def mu_law_round_trip(x, *, mu):
    """Returns `x` through a logarithmic quantizer, with the gradient of the identity.

    `sign(y) * ((1 + mu)^|y| - 1) / mu` of
    `y = round(k c) / k`, `c = sign(x) * log(1 + mu |x|) / log(1 + mu)`, `k = (mu - 1) / 2`.
    For mu = 255 these are 255 levels: the 256 codes of ITU-T G.711, two of which mean 0.
    The rounding counts as identity in the gradient (straight-through estimator: Bengio,
    Leonard and Courville, arXiv:1308.3432, 2013), and values beyond [-1, 1] become -1 or 1.

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
    """Returns `x` with packets replaced.

    Args:
        x: Float tensor `(batch, samples, channels)`.
        lost: Boolean tensor `(batch, packets)`, `packets = samples // packet + 1`.
        packet: Int > 0, samples per packet.
        repeat: Whether a lost packet is replaced by the one before if that arrived; else it
            is replaced by zeros.

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
