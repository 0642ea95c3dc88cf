"""Clips of many lengths in few batches, with little padding."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from kapre_like.audio.decode import centre_crop

# Sound of one batch, padding included: more falls out of the processor's cache (340 clips of
# 3.6 s, an epoch of `vgg`: 8.0 s of processor time at 16 clips a batch, 10.5 s at 32).
BATCH_SECONDS = 64.0
BATCH = 32


def clip_batches(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Yields the numbers of clips that make a batch together, the shortest first.

    Args:
        lengths: Samples of each clip.
        most: Samples of a batch, padding included; one clip may have more. 0: one by one.

    Example:
        >>> from kapre_like.models.artifact.clip_batches import clip_batches
        >>> list(clip_batches([10, 90, 12], most=100))
        [[0, 2], [1]]
    """
    batch: list[int] = []
    for clip in np.argsort(lengths, kind="stable").tolist():
        if batch and (len(batch) == BATCH or (len(batch) + 1) * lengths[clip] > most):
            yield batch
            batch = []
        batch.append(clip)
    if batch:
        yield batch


def padded(waveforms: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Returns `waveform (clips, samples)` float32, zeros past each end, and `length (clips,)`.

    Of no samples at all one column of zeros is made: some operators refuse an empty axis.
    """
    length = np.array([len(waveform) for waveform in waveforms], "int32")
    rows = np.zeros((len(waveforms), max(1, length.max(initial=0))), "float32")
    for row, waveform in zip(rows, waveforms, strict=True):
        row[: len(waveform)] = waveform
    return rows, length


def predict_clips(
    call: Callable[[np.ndarray, np.ndarray], np.ndarray],
    waveforms: Sequence[np.ndarray],
    *,
    sample_rate: int,
    seconds: float | None,
) -> np.ndarray:
    """Returns what a network says of each clip, in the order of the clips.

    Args:
        call: Takes `waveform (batch, samples)` and `length (batch,)`.
        waveforms: 1-D, float32.
        sample_rate: Int > 0, Hz.
        seconds: Float > 0: only the middle `seconds` of each clip. `None`: all of it.
    """
    if seconds is not None:
        most = max(1, round(seconds * sample_rate))
        waveforms = [centre_crop(waveform, most) for waveform in waveforms]
    answers: list[np.ndarray] = [np.empty(0)] * len(waveforms)
    lengths = [len(waveform) for waveform in waveforms]
    for rows in clip_batches(lengths, round(BATCH_SECONDS * sample_rate)):
        said = np.asarray(call(*padded([waveforms[row] for row in rows])))
        for row, answer in zip(rows, said, strict=True):
            answers[row] = answer
    return np.stack(answers)
