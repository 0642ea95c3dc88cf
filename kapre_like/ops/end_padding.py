"""Fills a waveform up at its end so that its last frame is whole."""

from keras import ops


def fill(x, *, mask, value):
    """Returns `x (batch, samples, channels)` with `value` where `mask` is false.

    Args:
        x: Float tensor.
        mask: Boolean `(batch, samples)`, or `None`: `x` stays as it is.
        value: Float.
    """
    if mask is None:
        return x
    valid = ops.expand_dims(ops.cast(mask, "bool"), axis=-1)
    return ops.where(valid, x, ops.full_like(x, value))


def pad_end(x, *, frame_length, hop_length, value, every):
    """Returns `x` as long as its frames reach, filled with `value`.

    Args:
        x: Float tensor `(batch, channels, samples)`.
        frame_length: Int > 0, samples.
        hop_length: Int in 1 .. `frame_length`, samples between frames.
        value: Float.
        every: Whether a frame starts at every hop inside the clip. Else only a clip too short
            for one frame is filled up.
    """
    samples = ops.shape(x)[-1]
    if every:
        hops = (samples + hop_length - 1) // hop_length
        wanted = (hops - 1) * hop_length + frame_length
    else:
        wanted = samples
    if isinstance(samples, int):
        added = max(wanted, frame_length) - samples
        return _filled(x, added, value) if added else x
    return _filled(x, frame_length, value)[:, :, : ops.maximum(wanted, frame_length)]


def _filled(x, added, value):
    edges = [(0, 0)] * (len(x.shape) - 1)
    return ops.pad(x, [*edges, (0, added)], constant_values=value)
