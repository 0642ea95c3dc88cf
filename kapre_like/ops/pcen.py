"""Per-channel energy normalisation: automatic gain control and compression per band."""

import numbers

from keras import ops

from kapre_like.ops.quotients import one_for, vanishes, zero_for
from kapre_like.ops.recursion import first_order


def pcen(x, *, gain, bias, power, smoothing, eps, state):
    """Returns the normalised energies and the smoother's last state.

    `m[t] = (1 - smoothing) * m[t - 1] + smoothing * x[t]`, then
    `y[t] = (x[t] / (eps + m[t]) ** gain + bias) ** power - bias ** power`.
    A clip cut into pieces gives the same as the whole if each piece starts with the state
    that the last one returned.

    `gain`, `bias`, `power` and `smoothing` are numbers, or float tensors `(bands,)` of the
    dtype of `x`, into which gradients flow; then they must be positive. The number 0 stands
    for the limit where `bias` and `power` have one: `bias=0` is `(...) ** power`, `power=0`
    is `log(1 + ...)`.

    Args:
        x: Float tensor `(batch, channels, frames, bands)`, >= 0.
        gain: How much of the level is divided out, 0 (nothing) to 1 (all).
        bias: >= 0, added before the root.
        power: >= 0, exponent of the compression.
        smoothing: In [0, 1], share of a new frame in the smoothed energy.
        eps: Number > 0, added to the smoothed energy.
        state: `m[-1]`: float tensor or number that broadcasts to `(batch, channels, bands)`.
            1.0 is where librosa starts, `first_frame(x)` where LEAF does.

    Returns:
        `y`, shape of `x`, and the state after the last frame, `(batch, channels, bands)`.

    Source: Y. Wang et al., Trainable frontend for robust and far-field keyword spotting,
        2017; librosa 0.11 `pcen`.
    """
    smooth, state = first_order(x, decay=1.0 - smoothing, gain=smoothing, state=state)
    z = x * ops.exp(-gain * ops.log(smooth + eps))
    return _compress(z, bias, power), state


def first_frame(x):
    """The first frame of `(batch, channels, frames, bands)` without its axis; 0 if none."""
    return ops.sum(x[:, :, :1], axis=2)


def _compress(z, bias, power):
    """`(z + bias) ** power - bias ** power`, without the difference of near numbers."""
    if isinstance(power, numbers.Real) and power == 0:
        return ops.log1p(z)
    if isinstance(bias, numbers.Real) and bias == 0:
        nothing = vanishes(z)
        return zero_for(nothing, ops.power(one_for(nothing, z), power))
    return bias**power * ops.expm1(power * ops.log1p(z / bias))
