"""Per-channel energy normalisation: automatic gain control and compression per band."""

import math
import numbers

from keras import ops

from kapre_like.ops.lowering import plain
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
    return _normalized(x, smooth + eps, gain, bias, power), state


def _normalized(x, level, gain, bias, power):
    """`(x / level ** gain + bias) ** power - bias ** power`."""
    learned = not any(isinstance(v, numbers.Real) for v in (gain, bias, power))
    if learned and not plain():
        return _learned(x, level, gain, bias, power)
    return _compress(x * ops.exp(-gain * ops.log(level)), bias, power)


def first_frame(x):
    """The first frame of `(batch, channels, frames, bands)` without its axis; 0 if none."""
    return ops.sum(x[:, :, :1], axis=2)


def _compress(z, bias, power):
    """`(z + bias) ** power - bias ** power`, without the difference of near numbers."""
    if isinstance(power, numbers.Real) and power == 0:
        return ops.log1p(z)
    if isinstance(power, numbers.Real) and power == 0.5 and bias > 0:
        # The same by the sum of the two roots: a quarter of the time.
        return z / (ops.sqrt(z + bias) + math.sqrt(bias))
    if isinstance(bias, numbers.Real) and bias == 0:
        nothing = vanishes(z)
        return zero_for(nothing, ops.power(one_for(nothing, z), power))
    return bias**power * ops.expm1(power * ops.log1p(z / bias))


@ops.custom_gradient
def _learned(x, level, gain, bias, power):
    """The same from tensors, with a gradient that takes over what the value has computed.

    Derived by the backend, the gradient would compute the exponentials once more.

    Args:
        x: `(batch, channels, frames, bands)`.
        level: The same, > 0.
        gain: `(bands,)`.
        bias: `(bands,)`, > 0.
        power: `(bands,)`, > 0.
    """
    log_level = ops.log(level)
    share = ops.exp(-gain * log_level) / bias
    ratio = x * share
    log_ratio = ops.log1p(ratio)
    rise = ops.expm1(power * log_ratio)
    scale = bias**power

    def gradient(*args, upstream=None):
        slope = args[0] if upstream is None else upstream
        per_power = slope / (ratio + 1.0)
        # Of the bias: a difference of near numbers, if it were taken after the sum.
        by_bias = per_power * (rise - ratio)
        by_ratio = by_bias + slope  # divided by `power`
        by_power = by_ratio * (ratio + 1.0) * log_ratio
        by_log = by_ratio * ratio
        outer = power * scale
        return (
            outer * by_ratio * share,
            by_log * (-gain * outer) / level,
            -outer * _over_clips(by_log * log_level),
            outer / bias * _over_clips(by_bias),
            scale * (_over_clips(by_power) + ops.log(bias) * _over_clips(slope * rise)),
        )

    return scale * rise, gradient


def _over_clips(x):
    """The sum of everything in a band."""
    return ops.sum(x, axis=(0, 1, 2))
