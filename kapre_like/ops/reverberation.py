"""Convolution with impulse responses at the level of the dry sound."""

from keras import ops

from kapre_like.ops.fast_convolution import PIECES, convolve
from kapre_like.ops.levels import energy, gain_to
from kapre_like.ops.pieces import over_clips


def reverberate(x, *, kernel, delay, length):
    """Returns `x` convolved with a kernel per example, at the level that it had.

    Args:
        x: Float tensor `(batch, samples, channels)`, zero past each end.
        kernel: Float tensor `(batch, taps)`.
        delay: Int >= 0, the tap that does not move the signal.
        length: int32 `(batch,)`, valid samples.
    """

    def changed(x, kernel, length):
        return with_level_of(x, y=convolve(x, kernel=kernel, delay=delay), length=length)

    return over_clips(changed, x, kernel, length, most=PIECES)


def with_level_of(x, *, y, length):
    """Returns `y` with the energy that `x` has, both measured on the valid samples.

    Args:
        x: Float tensor `(batch, samples, channels)`, zero past each end.
        y: Float tensor of the same shape.
        length: int32 `(batch,)`, valid samples.
    """
    gain = gain_to(energy(x), present=energy(y, length=length))
    return y * ops.reshape(gain, (-1, 1, 1))
