"""Kapre's frames: how many, and cutting them. Arithmetic: `ops.framing`."""

from kapre_like.ops.framing import pad_hops, whole_frames


def frame_count(samples, frame_length, hop_length, pad_end):
    """Returns how many frames `samples` give, an int or `None`; none if they are too few."""
    if samples is None:
        return None
    if pad_end:
        return -(-samples // hop_length)
    return max(0, 1 + (samples - frame_length) // hop_length)


def cut(x, frame_length, hop_length, pad_end, pad_value=0.0):
    """Returns `(..., samples)` as `(..., frames, frame_length)`."""
    if pad_end:
        x = pad_hops(
            x, frame_length=frame_length, hop_length=hop_length, value=pad_value
        )  # fmt: skip
    return whole_frames(x, frame_length=frame_length, hop_length=hop_length)
