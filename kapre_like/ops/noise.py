"""Generated noise: random numbers, and noise with the spectrum of a color."""

import numpy as np
from keras import ops

from kapre_like.ops.fourier import irfft
from kapre_like.ops.sizes import channels_last

# A block of generated noise begins in the last part of the one before.
_OVERLAP_SHARE = 8


def noise_blocks(samples, *, size):
    """Returns how many blocks of `size` samples `colored_noise` needs for `samples` samples.

    Args:
        samples: Int or int tensor, at least 0.
        size: Int, a multiple of 8.
    """
    return (samples - 1) // (size - size // _OVERLAP_SHARE) + 2


def two_numbers(draws):
    """Returns two independent numbers, uniform over -1 .. 1, for each uniform number.

    Random bits take more time than all other steps of adding noise. Each result has at least
    11 of the 23 bits of a draw, which is fine enough for noise.

    Args:
        draws: Float32 tensor, uniform over [0, 1).

    Returns:
        A pair of tensors of the same shape.
    """
    scaled = draws * 4096.0
    high = ops.floor(scaled)
    # The middles of 4096 and of 2048 cells, so that the means are 0.
    return high / 2048.0 - (1 - 2**-12), 2.0 * (scaled - high) - (1 - 2**-11)


def colored_noise(bins, *, amplitude, samples):
    """Returns stationary noise whose spectrum has the given amplitudes.

    Each block of noise is the inverse Fourier transform of random bins. The squares of the
    weights with which two blocks overlap sum to 1, so the power is the same everywhere.

    Args:
        bins: Pair of float tensors `(batch, channels, blocks, freqs)`: independent random
            numbers with mean 0, as real and imaginary parts. `blocks` is `noise_blocks`.
        amplitude: Float tensor `(batch, freqs)`.
        samples: Int or int tensor, samples of the result.

    Returns:
        Float tensor `(batch, samples, channels)`.
    """
    size = 2 * (amplitude.shape[-1] - 1)
    overlap = size // _OVERLAP_SHARE
    y = irfft(*(part * amplitude[:, None, None] for part in bins), n_fft=size)
    angle = (np.arange(overlap) + 0.5) * (np.pi / 2 / overlap)
    rise, fall = (ops.convert_to_tensor(f(angle), dtype=y.dtype) for f in (np.sin, np.cos))
    joint = y[..., :-1, -overlap:] * fall + y[..., 1:, :overlap] * rise
    y = ops.concatenate([joint, y[..., 1:, overlap:-overlap]], axis=-1)
    batch, channels, count, hop = ops.shape(y)
    return channels_last(ops.reshape(y, (batch, channels, count * hop))[..., :samples])
