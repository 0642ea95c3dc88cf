"""Fills a waveform up at its end so that its last frame is whole."""

from keras import ops

from kapre_like.ops.sizes import greatest, known


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
    wanted = _end_of_frames(samples, frame_length, hop_length) if every else samples
    return _until(x, wanted, least=frame_length, most=frame_length, value=value)


def pad_hops(x, *, frame_length, hop_length, value):
    """Returns `x` so long that a frame starts at every hop inside the clip, and no longer.

    Unlike `pad_end` it gives a clip of no samples no frame, and hops may be longer than frames.

    Args:
        x: Tensor `(..., samples)`.
        frame_length: Int > 0, samples.
        hop_length: Int > 0, samples between frames.
        value: Number that fills up, of the dtype of `x`.
    """
    samples = ops.shape(x)[-1]
    wanted = _end_of_frames(samples, frame_length, hop_length)
    return _until(x, wanted, least=samples, most=frame_length, value=value)


def _end_of_frames(samples, frame_length, hop_length):
    hops = (samples + hop_length - 1) // hop_length
    return (hops - 1) * hop_length + frame_length


def _until(x, wanted, *, least, most, value):
    """`x` filled up to the greater of `wanted` and `least` samples, by at most `most`."""
    samples = ops.shape(x)[-1]
    if known(x, -1) is not None:
        added = max(wanted, least) - samples
        return _filled(x, added, value) if added else x
    return _filled(x, most, value)[..., : greatest(wanted, least)]


def _filled(x, added, value):
    edges = [(0, 0)] * (len(x.shape) - 1)
    return ops.pad(x, [*edges, (0, added)], constant_values=value)
