"""Normalization: means and variances along time, and norms of pitch-class vectors.

Moments are those of a clip, of its bands, or of the frames around each frame.
"""

from keras import ops

from kapre_like.ops.masking import zero_invalid
from kapre_like.ops.polar import one_for, vanishes


def clip_moments(x, *, axes, mask):
    """Returns mean and variance over the valid steps of each clip; reduced axes have size 1.

    The variance is the population variance, computed around the mean in another pass. Both are
    0 for a clip without valid steps. The variance of a constant is exactly 0.

    Args:
        x: Float tensor `(batch, time, ...)`.
        axes: Axes to reduce. Axis 1 is one of them.
        mask: Boolean `(batch, time)`, or `None`.
    """
    count = _steps(x, mask)
    for axis in axes[1:]:
        count = count * ops.cast(ops.shape(x)[axis], x.dtype)
    count = ops.maximum(count, 1.0)
    mean = ops.sum(zero_invalid(x, mask=mask), axis=axes, keepdims=True) / count
    # A second pass corrects the rounding error of the mean. Divided by a deviation that
    # contains nothing else, the error would look like a signal.
    deviation = zero_invalid(x - mean, mask=mask)
    mean = mean + ops.sum(deviation, axis=axes, keepdims=True) / count
    deviation = zero_invalid(x - mean, mask=mask)
    return mean, ops.sum(deviation * deviation, axis=axes, keepdims=True) / count


def sliding_moments(x, *, window, align, min_window, mask):
    """Returns mean and variance of the valid steps around each step, in the shape of `x`.

    With `align="center"` the window starts `window // 2` steps before the step. At a clip's
    ends the window stays inside and keeps its size. If the clip is shorter than the window,
    the window is the whole clip. With `align="past"` the window ends with the step, and the
    first `min_window` steps share one window.

    Moments of `window` steps are computed by joining those of 1, 2, 4, ... steps. Unlike
    differences of running sums or of squares, they stay accurate in long clips and next to a
    burst.

    Args:
        x: Float tensor `(batch, time, ...)`.
        window: Int > 0, steps.
        align: `"center"` or `"past"`.
        min_window: Int in 1 .. `window`.
        mask: Boolean `(batch, time)`, or `None`.

    Source: Kaldi `apply-cmvn-sliding`; torchaudio `sliding_window_cmn`, where the window of
        `"past"` has one step more than its argument. T. Chan, G. Golub, R. LeVeque, Updating
        formulae and a pairwise algorithm for computing sample variances, 1979.
    """
    x = zero_invalid(x, mask=mask)
    pick = _picker(x, window, align, min_window, mask)
    valid = ops.cast(_row(x) if mask is None else mask, x.dtype)
    valid = ops.expand_dims(valid, axis=tuple(range(2, len(x.shape))))
    count, mean, square = _windows((valid, x, ops.zeros_like(x)), window, align)
    return pick(mean), pick(square / ops.maximum(count, 1.0))


def standardize(x, *, mean, variance, epsilon):
    """Returns `(x - mean) / sqrt(variance + epsilon)`; divides by 1 where the sum is 0.

    If `mean` is `None`, nothing is subtracted. If `variance` is `None`, `x` is not divided.
    """
    x = x if mean is None else x - mean
    if variance is None:
        return x
    spread = variance + epsilon
    return x / ops.sqrt(one_for(vanishes(spread), spread))


def _steps(x, mask):
    """Returns valid steps per clip, `(batch or 1, 1, ...)`, in the rank and dtype of `x`."""
    valid = _row(x) if mask is None else mask
    count = ops.sum(ops.cast(valid, x.dtype), axis=1)
    return ops.reshape(count, (-1, *[1] * (len(x.shape) - 1)))


def _row(x):
    """Returns ones for the steps of the longest clip, int32 `(1, time)`."""
    x = x[:1]
    while len(x.shape) > 2:
        x = x[..., 0]
    return ops.ones_like(x, dtype="int32")


def _picker(x, window, align, min_window, mask):
    """Returns a function that selects the window of each step from the output of `_windows`."""
    row = _row(x)
    step = ops.cumsum(row, axis=1) - 1
    valid = row if mask is None else ops.cast(mask, "int32")
    length = ops.sum(valid, axis=1, keepdims=True)
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
    """Joins moments of single steps to moments of windows.

    A window starts at each step (`align="center"`) or ends at it (`align="past"`).
    """
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
    """Returns count, mean and sum of squared deviations of the union of two sets of steps."""
    count = one[0] + other[0]
    share, distance = other[0] / ops.maximum(count, 1.0), other[1] - one[1]
    square = one[2] + other[2] + distance * distance * (one[0] * share)
    return count, one[1] + distance * share, square


# Vectors with no value above this are not scaled: silence has no pitch class.
_SMALLEST = 1e-30


def normalize(x, *, norm):
    """Returns `x` divided by the norm along its last axis; silence stays silence.

    Args:
        x: Float tensor `(..., classes)`.
        norm: `"max"`, 1 or 2, or `None` to return `x` unchanged.
    """
    if norm is None:
        return x
    peak = ops.stop_gradient(ops.max(ops.abs(x), axis=-1, keepdims=True))
    audible = peak > _SMALLEST
    # Divide by the peak first, without a gradient. Otherwise the squares of quiet values would
    # underflow, also in the gradient of a quotient. At silence the divisor is 1, which keeps
    # gradients finite.
    y = x / ops.where(audible, peak, ops.ones_like(peak))
    size = _size(y, norm)
    return y / ops.where(audible, size, ops.ones_like(size))


def _size(y, norm):
    if norm == 2:
        square = ops.sum(y * y, axis=-1, keepdims=True)
        return ops.sqrt(one_for(vanishes(square), square))
    over = ops.max if norm == "max" else ops.sum
    return over(ops.abs(y), axis=-1, keepdims=True)
