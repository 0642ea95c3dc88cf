"""Spectrograms read at other positions along time and along frequency.

Functions take numbers from [0, 1) and return positions for `ops.gathering.interpolated`.
"""

from keras import ops

from kapre_like.ops.gathering import interpolated
from kapre_like.ops.segments import steps
from kapre_like.ops.spec_augment import fill_value


def warped_time(x, *, draws, window, length):
    """Returns `x` with one point of time moved: before and after it time runs evenly.

    Source frame `c`, at least `w` frames from both ends, moves to `c + d`, `d` in -w .. w,
    `w = min(window, (length - 1) / 2)`. The first and the last valid frame stay.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`.
        draws: Float32 `(batch, 2)` in [0, 1), for `c` and `d`.
        window: Int > 0, frames: W of the paper.
        length: Int32 `(batch,)`, valid frames.

    Source: D. S. Park et al., SpecAugment, 2019, section 2: there a thin-plate spline, of
        which one dimension and one moved point are left.
    """
    last = ops.expand_dims(ops.maximum(ops.cast(length, "float32") - 1.0, 0.0), axis=1)
    most = ops.minimum(float(window), last / 2.0)
    point = most + draws[:, :1] * (last - 2.0 * most)
    target = point + most * (2.0 * draws[:, 1:] - 1.0)
    position = ops.cast(steps(x), "float32")
    before = point * position / ops.maximum(target, 1e-6)
    rest = (last - point) / ops.maximum(last - target, 1e-6)
    source = ops.where(position <= target, before, last - (last - position) * rest)
    return interpolated(x, source, last=last)


def resized(x, *, factor, anchor, length, fill):
    """Returns `x` stretched along time about a point of each example.

    `y[t] = x[a + (t - a) / factor]`, between two frames by linear interpolation.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`; for frequency with these swapped.
        factor: Float32 `(batch,)` > 0; above 1 everything is longer.
        anchor: Float32 `(batch,)` in [0, 1): `a` as a share of the valid frames.
        length: Int32 `(batch,)`, valid frames.
        fill: `None` for the nearest frame, or what stands where nothing is left to read,
            broadcasting against `x`.
    """
    last = ops.expand_dims(ops.maximum(ops.cast(length, "float32") - 1.0, 0.0), axis=1)
    point = ops.expand_dims(anchor, axis=1) * last
    position = ops.cast(steps(x), "float32")
    source = point + (position - point) / ops.expand_dims(factor, axis=1)
    y = interpolated(x, source, last=last)
    return y if fill is None else _filled(y, source, last, fill)


def shifted_bins(x, *, shift, fill):
    """Returns `y[..., f, :] = x[..., f - shift, :]`.

    Args:
        x: Float tensor `(batch, frames, freqs, channels)`.
        shift: Int32 `(batch,)`, bins; above 0 is up.
        fill: `None` for the edge bin of the same frame, or what enters, broadcasting against
            `x`.
    """
    x = ops.swapaxes(x, 1, 2)
    source = ops.cast(steps(x) - ops.expand_dims(shift, axis=1), "float32")
    last = ops.cast(ops.shape(x)[1], "float32") - 1.0
    y = interpolated(x, source, last=last)
    y = y if fill is None else _filled(y, source, last, fill)
    return ops.swapaxes(y, 1, 2)


def outside_value(x, *, kind, mask):
    """Returns what fills a spectrogram: `None` for `"edge"`, else as `fill_value` does."""
    return None if kind == "edge" else fill_value(x, kind=kind, mask=mask)


def _filled(y, source, last, fill):
    inside = ops.expand_dims((source >= 0) & (source <= last), axis=(2, 3))
    return ops.where(inside, y, fill)
