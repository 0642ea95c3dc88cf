"""What Kaldi does to each frame before the transform."""

from keras import ops


def condition(frames, *, remove_dc, preemphasis):
    """Returns frames without their mean and with high frequencies raised, frame by frame.

    `y[n] = x[n] - preemphasis * x[n - 1]`, where the sample before a frame is its first one.

    Args:
        frames: Float tensor `(..., frames, samples)`.
        remove_dc: Whether each frame's mean is subtracted first.
        preemphasis: Number in [0, 1].

    Source: Kaldi, feat/feature-window.cc.
    """
    if remove_dc:
        frames = frames - ops.mean(frames, axis=-1, keepdims=True)
    if preemphasis:
        before = ops.concatenate([frames[..., :1], frames[..., :-1]], axis=-1)
        frames = frames - preemphasis * before
    return frames
