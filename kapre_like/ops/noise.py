"""Noise beside a signal."""

from keras import ops

from kapre_like.ops.fast_convolution import PIECES, convolve
from kapre_like.ops.levels import energy, gain_to
from kapre_like.ops.pieces import over_clips


def add_noise(x, *, noise, deviation):
    """Returns `x + deviation * noise`.

    Args:
        x: Float tensor `(batch, time, ...)`.
        noise: Float tensor of the same shape.
        deviation: Float tensor `(batch,)`, one per clip.
    """
    return x + ops.reshape(deviation, (-1, *[1] * (len(x.shape) - 1))) * noise


def add_noise_at_snr(x, *, noise, snr_db, length):
    """Returns `x` with noise at a ratio of energies, measured on the valid samples.

    `10 log10(sum(x ** 2) / sum((y - x) ** 2)) = snr_db`, both sums over all channels. Where
    the signal or the noise is silent, the result is `x`.

    Args:
        x: Float tensor `(batch, samples, channels)`, zero past each end.
        noise: Float tensor `(batch, samples, channels)` or `(batch, samples, 1)`.
        snr_db: Float tensor `(batch,)`, dB.
        length: int32 `(batch,)`, valid samples.
    """
    # A mono recording is in every channel, so its energy counts once for each.
    copies = ops.shape(x)[-1] // ops.shape(noise)[-1]
    present = energy(noise, length=length) * ops.cast(copies, x.dtype)
    wanted = energy(x) * ops.power(10.0, -snr_db / 10.0)
    return add_noise(x, noise=noise, deviation=gain_to(wanted, present=present))


def colored(white, *, kernel):
    """Returns stationary noise with the spectrum of a kernel.

    Args:
        white: Float tensor `(batch, samples + taps - 1, channels)`, white noise.
        kernel: Float tensor `(batch, taps)`, or `(1, taps)` for one kernel for all examples.

    Returns:
        Float tensor `(batch, samples, channels)`: only samples that the whole kernel reaches.
    """
    taps = kernel.shape[1]

    def whole(x, row=kernel):
        return convolve(x, kernel=row, delay=0)[:, taps - 1 :]

    own = () if kernel.shape[0] == 1 else (kernel,)
    return over_clips(whole, white, *own, most=PIECES)


def take_repeated(blocks, *, first, count, begin, samples):
    """Returns a stretch of each example's recording, which repeats when it ends.

    Args:
        blocks: Float tensor `(blocks, size)`, all recordings one after the other.
        first: int32 `(batch,)`, first block of the recording.
        count: int32 `(batch,)`, blocks of the recording.
        begin: int32 `(batch,)`, block of the recording where the stretch begins.
        samples: Int or int tensor, length of the stretch.

    Returns:
        `(batch, samples)`.
    """
    size = blocks.shape[-1]
    steps = ops.expand_dims(ops.arange(samples // size + 1, dtype="int32"), axis=0)
    first, count, begin = (ops.expand_dims(n, axis=-1) for n in (first, count, begin))
    taken = ops.take(blocks, first + (begin + steps) % count, axis=0)
    return ops.reshape(taken, (-1, (samples // size + 1) * size))[:, :samples]
