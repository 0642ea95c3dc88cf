"""Means and variances along time: of a clip, of its bands, of the frames around each."""

from keras import ops

from kapre_like.ops.masking import zero_invalid


def clip_moments(x, *, axes, mask):
    """Returns mean and variance over the valid steps of each clip, with axes of size 1.

    The variance is the population's, taken around the mean in a second pass; both are 0 for a
    clip without valid steps.

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
    away = zero_invalid(x - mean, mask=mask)
    return mean, ops.sum(away * away, axis=axes, keepdims=True) / count


def sliding_moments(x, *, window, align, min_window, mask):
    """Returns mean and variance of the valid steps around each step, shaped as `x`.

    `"center"`: `window` steps from `window // 2` before; at a clip's ends the window stays
    inside and keeps its size, so it is the whole clip if that is shorter. `"past"`: the last
    `window` steps up to this one; the first `min_window` steps share one window.

    Sums of `window` steps are made of sums of 1, 2, 4, ... steps: unlike differences of
    running totals they lose no digits over long clips.

    Args:
        x: Float tensor `(batch, time, ...)`.
        window: Int > 0, steps.
        align: `"center"` or `"past"`.
        min_window: Int in 1 .. `window`.
        mask: Boolean `(batch, time)`, or `None`.

    Source: Kaldi `apply-cmvn-sliding`; torchaudio `sliding_window_cmn`, whose window of
        `"past"` has one step more than it is told.
    """
    # Around the clip's own mean, where squares are small and their differences exact.
    middle, _ = clip_moments(x, axes=(1,), mask=mask)
    x = zero_invalid(x - middle, mask=mask)
    pick, count = _windows(x, window, align, min_window, mask)
    count = ops.cast(ops.maximum(count, 1), x.dtype)
    mean = pick(_sums(x, window, align)) / count
    square = pick(_sums(x * x, window, align)) / count
    return middle + mean, ops.maximum(square - mean * mean, 0.0)


def standardize(x, *, mean, variance, epsilon):
    """Returns `(x - mean) / sqrt(variance + epsilon)`; a spread of 0 divides by 1.

    `mean` or `variance` may be `None`: then nothing is subtracted, or nothing divided by.
    """
    x = x if mean is None else x - mean
    if variance is None:
        return x
    spread = variance + epsilon
    spread = ops.where(spread > 0, spread, ops.ones_like(spread))
    return x / ops.sqrt(spread)


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


def _windows(x, window, align, min_window, mask):
    """A function that picks from `_sums` the one of each step, and the steps in it."""
    row = _row(x)
    step = ops.cumsum(row, axis=1) - 1
    there = row if mask is None else ops.cast(mask, "int32")
    length = ops.sum(there, axis=1, keepdims=True)
    if align == "center":
        index = ops.minimum(step - window // 2, length - window)
        count = ops.minimum(length, window) * ops.ones_like(index)
    else:
        index = ops.minimum(ops.maximum(step, min_window - 1), length - 1)
        count = ops.minimum(index + 1, window)
    index = ops.maximum(index, 0)
    behind = tuple(range(2, len(x.shape)))
    count = ops.expand_dims(count, axis=behind)
    if mask is None:
        return lambda sums: ops.take(sums, index[0], axis=1), count
    spread = ops.expand_dims(index, axis=behind)
    return lambda sums: ops.take_along_axis(sums, spread, axis=1), count


def _sums(x, window, align):
    """Sums of `window` steps: from each on (`"center"`), or up to each (`"past"`)."""
    edge = (0, window - 1) if align == "center" else (window - 1, 0)
    time = ops.shape(x)[1]
    power = ops.pad(x, [(0, 0), edge, *[(0, 0)] * (len(x.shape) - 2)])
    total, done, size = 0.0, 0, 1
    while True:
        if window & size:
            total = total + power[:, done : done + time]
            done += size
        if done == window:
            return total
        reach = ops.shape(power)[1] - size
        power = power[:, :reach] + power[:, size : size + reach]
        size *= 2
