"""Distortions of a waveform's shape: limited or bent at its peaks."""

from keras import ops

from kapre_like.ops.quotients import one_for, root, vanishes


def peak(x):
    """Returns the greatest magnitude of each example, `(batch, 1, 1)`."""
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
    """Returns `c * tanh(g * x / peak)`, `c` such that the RMS stays; silence stays silence.

    Args:
        x: Float tensor `(batch, samples, channels)`, zero past each example's end.
        drive_db: Float tensor `(batch,)`, dB: `g = 10 ** (drive_db / 20)`.
    """
    gain = ops.power(10.0, ops.cast(ops.reshape(drive_db, (-1, 1, 1)), x.dtype) / 20.0)
    top = peak(x)
    bent = ops.tanh(gain * x / one_for(vanishes(top), top))
    # The sums run over the same samples, so their number drops out.
    before, after = (_root_of_squares(part) for part in (x, bent))
    return bent * (before / one_for(vanishes(after), after))


def _root_of_squares(x):
    return root(ops.sum(x * x, axis=(1, 2), keepdims=True))
