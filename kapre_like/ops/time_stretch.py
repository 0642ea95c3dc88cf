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

# Where float64 is not to be had, the rate is a fraction with parts up to this. Int32 holds
# its products with `_BLOCK`.
_FINEST = 10**6
_BLOCK = 1024


def stretched(frames, *, rate):
    """Returns `ceil(frames / rate)` of an int, as float64 rounds the quotient."""
    return math.ceil(frames / rate)


def stretch_mask(mask, *, rate):
    """Returns which stretched frames a clip has alone; boolean, of as many frames."""
    valid, frames = lengths(mask), known(mask, 1)
    if frames is None:
        count = _ceil(valid, rate)
    else:
        counts = [stretched(n, rate=rate) for n in range(frames + 1)]
        count = ops.take(np.array(counts, "int32"), valid, axis=0)
    return ops.less(_positions(mask, rate), ops.expand_dims(count, axis=-1))


def _positions(row, rate):
    """`[[0, 1, ...]]`, int32, one number per stretched frame of `row`, `(batch, frames)`."""
    frames = known(row, 1)
    if frames is not None:
        return np.arange(stretched(frames, rate=rate), dtype="int32")[None]
    # The length is known when the graph runs: count on enough ones, then cut.
    ones = ops.repeat(ops.ones_like(row[:1, :], dtype="int32"), math.ceil(1 / rate), axis=1)
    counted = ops.cumsum(ops.concatenate([ones, ones[:, :1]], axis=1), axis=1) - 1
    return counted[:, : _count(ops.shape(row)[1], rate)]


def _count(frames, rate):
    """`stretched` of a size that this trace does not know.

    JAX needs it as an expression. It knows no rounding: where `frames / rate` is whole but for
    the rounding of `rate`, there may be one frame less than `stretched` says.
    """
    if keras.config.backend() != "jax":
        return _ceil(frames, rate)
    fraction = as_fraction(rate)
    whole, rest = divide(frames, fraction.denominator, fraction.numerator)
    return whole + (rest + fraction.numerator - 1) // fraction.numerator


def _in_float64():
    """Whether quotients of unknown sizes can be rounded as NumPy rounds them."""
    return not plain() and keras.config.backend() != "jax"


def _ceil(frames, rate):
    """`stretched` of an int32 tensor."""
    if _in_float64():
        return ops.cast(ops.ceil(ops.cast(frames, "float64") / rate), "int32")
    fraction = as_fraction(rate)
    whole, rest = divide(frames, fraction.denominator, fraction.numerator)
    return whole + ops.where(rest > 0, 1, _missed(whole, rate))


def _steps(row, rate, dtype):
    """Where each stretched frame stands: the frame before it, and how far behind that."""
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
    """1 where float64 gets to the other side of a whole number and to it not, else 0.

    `90 * 0.7` is less than 63, and `63 / 0.7` more than 90, for 0.7 is a little less than
    seven tenths. A whole number `m * 2 ** e` with `1 <= m < 2` is missed where the error of
    the rate, times `m`, is more than half of the last of 53 digits.
    """
    error = float(1 - Fraction(float(rate)) / as_fraction(rate))
    most = 2.0**-53 / error if error > 0 else 2.0
    if most >= 2:
        return ops.zeros_like(whole)
    powers = 2.0 ** np.arange(31)
    number = ops.expand_dims(ops.cast(whole, "float32"), axis=-1)
    above = ops.cast(number > (most * powers).astype("float32"), "int32")
    below = ops.cast(number >= (2.0 * powers).astype("float32"), "int32")
    return ops.minimum(ops.sum(above - below, axis=-1), 1)


def divide(count, numerator, denominator):
    """Returns `divmod(count * numerator, denominator)` of int32 without overflow.

    `count` is split in blocks: `(a * block + b) * numerator` has the parts
    `a * divmod(block * numerator)` and `b * divmod(numerator)`.
    """
    a, b = count // _BLOCK, count % _BLOCK
    (whole_a, rest_a), (whole_b, rest_b) = (
        divmod(n * numerator, denominator) for n in (_BLOCK, 1)
    )
    rest = a * rest_a + b * rest_b
    return a * whole_a + b * whole_b + rest // denominator, rest % denominator


def time_stretch(real, imag, *, rate):
    """Returns the spectrum that passes `rate` frames per frame, in phase with itself.

    Frame `t` stands at `s = t * rate`, between frames `i = floor(s)` and `i + 1`. Its
    magnitude is the mean of theirs, weighted by nearness; its phase is that of the frame
    before plus the turn from `i` to `i + 1` that the frame before stood at. A whole turn
    more or less is the same phase, so that the turn each bin is expected to make between
    two frames, which the published formula takes off and puts back, drops out.

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
    # Rounding may put the last frame on the end itself, `60 * 0.7` of 42: silence is there.
    real, imag = (ops.pad(part, [(0, 0), (0, 0), (0, 1), (0, 0)]) for part in (real, imag))
    magnitude = power(real, imag, exponent=1)
    before, after = ops.take(magnitude, at, axis=2), ops.take(_next(magnitude), at, axis=2)
    level = before + ops.reshape(near, (-1, 1)) * (after - before)
    turned = _turned(phase(real, imag), at)
    return level * ops.cos(turned), level * ops.sin(turned)


def _next(x):
    """Every frame's successor; zeros are the last one's."""
    return ops.pad(x, [(0, 0), (0, 0), (0, 1), (0, 0)])[:, :, 1:]


def _turned(angle, at):
    """The phase at each stretched frame: the first angle, and all turns before it.

    Angles and turns are summed in 2 ** -32 of a whole turn, in int32, which wraps around
    where a turn does: nothing is lost however long the clip, where a float32 sum loses a
    digit every ten frames. The gradient is that of the plain sum.
    """
    turns = angle / (2.0 * math.pi)
    # Half a turn is one more than int32 holds.
    inside = ops.clip(ops.stop_gradient(turns), -0.49999997, 0.49999997)
    units = ops.cast(inside * 2.0**32, "int32")
    exact = ops.cast(_summed(units, at), turns.dtype) * 2.0**-32
    plain_sum = _summed(turns, at)
    return 2.0 * math.pi * (exact + (plain_sum - ops.stop_gradient(plain_sum)))


def _summed(angle, at):
    """`angle[0]` and then, one by one, the turns from frame `at[t]` to the next."""
    turn = ops.take(_next(angle) - angle, at, axis=2)
    return ops.cumsum(ops.concatenate([angle[:, :, :1], turn[:, :, :-1]], axis=2), axis=2)
