"""Time stretching at constant pitch by a phase vocoder."""

import math
from fractions import Fraction

import keras
import numpy as np
from keras import ops

from kapre_like.ops.lowering import plain
from kapre_like.ops.masking import lengths
from kapre_like.ops.polar import phase, power
from kapre_like.ops.sizes import known

# Without float64 the rate is a fraction with numerator and denominator up to this. Their
# products with `_BLOCK` fit into int32.
_FINEST = 10**6
_BLOCK = 1024


def stretched(frames, *, rate):
    """Returns `ceil(frames / rate)` for an int, with the quotient rounded in float64."""
    return math.ceil(frames / rate)


def stretch_mask(mask, *, rate):
    """Returns the mask of the stretched frames that each clip would have alone."""
    valid, frames = lengths(mask), known(mask, 1)
    if frames is None:
        count = _ceil(valid, rate)
    else:
        counts = [stretched(n, rate=rate) for n in range(frames + 1)]
        count = ops.take(np.array(counts, "int32"), valid, axis=0)
    return ops.less(_positions(mask, rate), ops.expand_dims(count, axis=-1))


def _positions(row, rate):
    """Returns `[[0, 1, ...]]`, int32, one number per stretched frame of `row`."""
    frames = known(row, 1)
    if frames is not None:
        return np.arange(stretched(frames, rate=rate), dtype="int32")[None]
    # The length is known only when the graph runs: count enough frames, then cut.
    ones = ops.repeat(ops.ones_like(row[:1, :], dtype="int32"), math.ceil(1 / rate), axis=1)
    counted = ops.cumsum(ops.concatenate([ones, ones[:, :1]], axis=1), axis=1) - 1
    return counted[:, : _count(ops.shape(row)[1], rate)]


def _count(frames, rate):
    """Returns `stretched` of a size that is unknown during tracing.

    JAX needs an expression, which has no rounding. If `frames / rate` is an integer except for
    the rounding of `rate`, the result may be one frame less than `stretched`.
    """
    if keras.config.backend() != "jax":
        return _ceil(frames, rate)
    fraction = as_fraction(rate)
    whole, rest = divide(frames, fraction.denominator, fraction.numerator)
    return whole + (rest + fraction.numerator - 1) // fraction.numerator


def _in_float64():
    """Returns whether quotients of unknown sizes can be rounded in float64, as in NumPy."""
    return not plain() and keras.config.backend() != "jax"


def _ceil(frames, rate):
    """Returns `stretched` of an int32 tensor."""
    if _in_float64():
        return ops.cast(ops.ceil(ops.cast(frames, "float64") / rate), "int32")
    fraction = as_fraction(rate)
    whole, rest = divide(frames, fraction.denominator, fraction.numerator)
    return whole + ops.where(rest > 0, 1, _missed(whole, rate))


def _steps(row, rate, dtype):
    """Returns the position of each stretched frame: the frame before it, and the remainder."""
    position = _positions(row, rate)[0]
    if isinstance(position, np.ndarray):
        step = position * np.float64(rate)
        return np.floor(step).astype("int32"), (step % 1.0).astype(dtype)
    if _in_float64():
        step = ops.cast(position, "float64") * rate
        at = ops.floor(step)
        return ops.cast(at, "int32"), ops.cast(step - at, dtype)
    fraction = as_fraction(rate)
    at, rest = divide(position, fraction.numerator, fraction.denominator)
    missed = ops.where(rest > 0, 0, _missed(at, rate))
    return at - missed, ops.cast(rest, dtype) / fraction.denominator + ops.cast(missed, dtype)


def as_fraction(rate):
    """Returns the nearest fraction to `rate` with both parts at most a million."""
    exact = Fraction(float(rate))
    if exact <= 1:
        return exact.limit_denominator(_FINEST)
    return 1 / (1 / exact).limit_denominator(_FINEST)


def _missed(whole, rate):
    """Returns 1 where float64 misses an integer because of the rate's rounding, else 0.

    `90 * 0.7` is less than 63, and `63 / 0.7` is more than 90, because 0.7 in float64 is less
    than seven tenths. An integer `m * 2 ** e` with `1 <= m < 2` is missed if the error of the
    rate, times `m`, is more than half of the last of 53 binary digits.
    """
    error = float(1 - Fraction(float(rate)) / as_fraction(rate))
    limit = 2.0**-53 / error if error > 0 else 2.0
    if limit >= 2:
        return ops.zeros_like(whole)
    powers = 2.0 ** np.arange(31)
    number = ops.expand_dims(ops.cast(whole, "float32"), axis=-1)
    above = ops.cast(number > (limit * powers).astype("float32"), "int32")
    below = ops.cast(number >= (2.0 * powers).astype("float32"), "int32")
    return ops.minimum(ops.sum(above - below, axis=-1), 1)


def divide(count, numerator, denominator):
    """Returns `divmod(count * numerator, denominator)` of int32 without overflow.

    `count` is `a * block + b`. The result is the sum of `a * divmod(block * numerator)` and
    `b * divmod(numerator)`.
    """
    a, b = count // _BLOCK, count % _BLOCK
    (whole_a, rest_a), (whole_b, rest_b) = (
        divmod(n * numerator, denominator) for n in (_BLOCK, 1)
    )
    rest = a * rest_a + b * rest_b
    return a * whole_a + b * whole_b + rest // denominator, rest % denominator


def time_stretch(real, imag, *, rate):
    """Returns the spectrum at frames `0, rate, 2 * rate, ...`, with continuous phases.

    Output frame `t` is at `s = t * rate`, between input frames `i = floor(s)` and `i + 1`. Its
    magnitude is interpolated linearly between theirs. Its phase is the phase of output frame
    `t - 1` plus the phase difference between the two input frames around `t - 1`. The
    published formula subtracts the expected phase advance of each bin, wraps, and adds the
    advance again. This changes a phase only by whole turns, so it is omitted.

    Args:
        real: Float tensor `(batch, channels, frames, freqs)`, 0 past a clip's end.
        imag: Float tensor of the same shape.
        rate: Float > 0; above 1 is faster.

    Returns:
        Pair `(real, imag)`, each `(batch, channels, ceil(frames / rate), freqs)`.

    Source: J. Flanagan, R. Golden, Phase vocoder, 1966; agrees with librosa 0.11
        `phase_vocoder`.
    """
    at, near = _steps(real[:1, 0, :, 0], rate, keras.backend.standardize_dtype(real.dtype))
    # Rounding may place the last frame exactly at the end, as `60 * 0.7` of 42 frames. Zeros
    # are appended for this case.
    real, imag = (ops.pad(part, [(0, 0), (0, 0), (0, 1), (0, 0)]) for part in (real, imag))
    magnitude = power(real, imag, exponent=1)
    before, after = ops.take(magnitude, at, axis=2), ops.take(_next(magnitude), at, axis=2)
    level = before + ops.reshape(near, (-1, 1)) * (after - before)
    turned = _turned(phase(real, imag), at)
    return level * ops.cos(turned), level * ops.sin(turned)


def _next(x):
    """Returns the successor of each frame; zeros for the last one."""
    return ops.pad(x, [(0, 0), (0, 0), (0, 1), (0, 0)])[:, :, 1:]


def _turned(angle, at):
    """Returns the phase of each stretched frame: the first angle plus all differences before.

    The sum is computed in int32, in units of 2 ** -32 of a turn. Integers wrap around exactly
    at a whole turn, so the sum stays exact in clips of any length. A float32 sum loses one
    decimal digit for every factor of ten in the number of frames. The gradient is that of the
    float sum.
    """
    turns = angle / (2.0 * math.pi)
    # Half a turn exceeds the largest int32 by one.
    inside = ops.clip(ops.stop_gradient(turns), -0.49999997, 0.49999997)
    units = ops.cast(inside * 2.0**32, "int32")
    exact = ops.cast(_summed(units, at), turns.dtype) * 2.0**-32
    plain_sum = _summed(turns, at)
    return 2.0 * math.pi * (exact + (plain_sum - ops.stop_gradient(plain_sum)))


def _summed(angle, at):
    """Returns the cumulative sum of `angle[0]` and the differences from frame `at[t]` on."""
    turn = ops.take(_next(angle) - angle, at, axis=2)
    return ops.cumsum(ops.concatenate([angle[:, :, :1], turn[:, :, :-1]], axis=2), axis=2)
