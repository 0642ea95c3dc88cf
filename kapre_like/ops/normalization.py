"""Normalization: means and variances along time, and norms of pitch-class vectors.

Moments are those of a clip, of its bands, or of the frames around each frame.
"""

from keras import ops

from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.polar import one_for, vanishes


def clip_moments(x, *, axes, mask):
    """Returns mean and variance over the valid steps of each clip, with axes of size 1.

    The variance is the population's, taken around the mean in another pass; both are 0 for a
    clip without valid steps, and the variance of what does not change is 0 exactly.

    Args:
        x: Float tensor `(batch, time, ...)`.
        axes: Axes to take together, 1 among them.
        mask: Boolean `(batch, time)`, or `None`.
    """
    count = _steps(x, mask)
    for axis in axes[1:]:
        count = count * ops.cast(ops.shape(x)[axis], x.dtype)
    count = ops.maximum(count, 1.0)
    mean = ops.sum(zero_invalid(x, mask=mask), axis=axes, keepdims=True) / count
    # The rounding of one long sum, over a deviation of nothing else, would look like a signal.
    away = zero_invalid(x - mean, mask=mask)
    mean = mean + ops.sum(away, axis=axes, keepdims=True) / count
    away = zero_invalid(x - mean, mask=mask)
    return mean, ops.sum(away * away, axis=axes, keepdims=True) / count


def sliding_moments(x, *, window, align, min_window, mask):
    """Returns mean and variance of the valid steps around each step, shaped as `x`.

    `"center"`: `window` steps from `window // 2` before; at a clip's ends the window stays
    inside and keeps its size, so it is the whole clip if that is shorter. `"past"`: the last
    `window` steps up to this one; the first `min_window` steps share one window.

    Moments of `window` steps are joined from those of 1, 2, 4, ... steps: unlike differences
    of running totals, or of squares, they lose no digits over long clips or beside a burst.

    Args:
        x: Float tensor `(batch, time, ...)`.
        window: Int > 0, steps.
        align: `"center"` or `"past"`.
        min_window: Int in 1 .. `window`.
        mask: Boolean `(batch, time)`, or `None`.

    Source: Kaldi `apply-cmvn-sliding`; torchaudio `sliding_window_cmn`, whose window of
        `"past"` has one step more than it is told. T. Chan, G. Golub, R. LeVeque, Updating
        formulae and a pairwise algorithm for computing sample variances, 1979.
    """
    x = zero_invalid(x, mask=mask)
    pick = _picker(x, window, align, min_window, mask)
    there = ops.cast(_row(x) if mask is None else mask, x.dtype)
    there = ops.expand_dims(there, axis=tuple(range(2, len(x.shape))))
    count, mean, square = _windows((there, x, ops.zeros_like(x)), window, align)
    return pick(mean), pick(square / ops.maximum(count, 1.0))


def standardize(x, *, mean, variance, epsilon):
    """Returns `(x - mean) / sqrt(variance + epsilon)`; a spread of 0 divides by 1.

    `mean` or `variance` may be `None`: then nothing is subtracted, or nothing divided by.
    """
    x = x if mean is None else x - mean
    if variance is None:
        return x
    spread = variance + epsilon
    return x / ops.sqrt(one_for(vanishes(spread), spread))


def _steps(x, mask):
    """Valid steps per clip, `(batch or 1, 1, ...)`, of the rank and dtype of `x`."""
    there = _row(x) if mask is None else mask
    count = ops.sum(ops.cast(there, x.dtype), axis=1)
    return ops.reshape(count, (-1, *[1] * (len(x.shape) - 1)))


def _row(x):
    """Ones for the steps of a clip that is as long as its batch, int32 `(1, time)`."""
    x = x[:1]
    while len(x.shape) > 2:
        x = x[..., 0]
    return ops.ones_like(x, dtype="int32")


def _picker(x, window, align, min_window, mask):
    """A function that picks from what `_windows` gives the one window of each step."""
    row = _row(x)
    step = ops.cumsum(row, axis=1) - 1
    there = row if mask is None else ops.cast(mask, "int32")
    length = ops.sum(there, axis=1, keepdims=True)
    if align == "center":
        index = ops.minimum(step - window // 2, length - window)
    else:
        index = ops.minimum(ops.maximum(step, min_window - 1), length - 1)
    index = ops.maximum(index, 0)
    if mask is None:
        return lambda moments: ops.take(moments, index[0], axis=1)
    spread = ops.expand_dims(index, axis=tuple(range(2, len(x.shape))))
    return lambda moments: ops.take_along_axis(moments, spread, axis=1)


def _windows(moments, window, align):
    """Joins those of single steps: from each on (`"center"`), or up to each (`"past"`)."""
    edge = (0, window - 1) if align == "center" else (window - 1, 0)
    time = ops.shape(moments[1])[1]
    part = [ops.pad(m, [(0, 0), edge, *[(0, 0)] * (len(m.shape) - 2)]) for m in moments]
    total, done, size = None, 0, 1
    while True:
        if window & size:
            piece = [m[:, done : done + time] for m in part]
            total = piece if total is None else _joined(total, piece)
            done += size
        if done == window:
            return total
        reach = ops.shape(part[1])[1] - size
        part = _joined([m[:, :reach] for m in part], [m[:, size : size + reach] for m in part])
        size *= 2


def _joined(one, other):
    """Count, mean and summed squares around it of two sets of steps together."""
    count = one[0] + other[0]
    share, away = other[0] / ops.maximum(count, 1.0), other[1] - one[1]
    square = one[2] + other[2] + away * away * (one[0] * share)
    return count, one[1] + away * share, square


# Vectors with nothing above this stay as they are: silence has no pitch class.
_LEAST = 1e-30


def normalize(x, *, norm):
    """Returns `x` divided by the norm of its last axis; silence stays silence.

    Args:
        x: Float tensor `(..., classes)`.
        norm: `"max"`, 1 or 2, or `None` for `x` as it is.
    """
    if norm is None:
        return x
    peak = ops.stop_gradient(ops.max(ops.abs(x), axis=-1, keepdims=True))
    some = peak > _LEAST
    # By the peak first, as a mere number: squares of quiet values would vanish, also those
    # that the derivative of a quotient holds. Where there is silence, every formula sees a
    # one instead, so that gradients are finite.
    y = x / ops.where(some, peak, ops.ones_like(peak))
    size = _size(y, norm)
    return y / ops.where(some, size, ops.ones_like(size))


def _size(y, norm):
    if norm == 2:
        square = ops.sum(y * y, axis=-1, keepdims=True)
        return ops.sqrt(one_for(vanishes(square), square))
    over = ops.max if norm == "max" else ops.sum
    return over(ops.abs(y), axis=-1, keepdims=True)
