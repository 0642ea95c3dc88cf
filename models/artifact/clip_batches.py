"""Clips of many lengths in few batches, with little padding."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

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


def run_clips(
    call: Callable[[np.ndarray, np.ndarray], np.ndarray],
    waveforms: Sequence[np.ndarray],
    *,
    sample_rate: int,
    one_by_one: bool = False,
) -> list[np.ndarray]:
    """Returns what a network answers for each clip, in the order of the clips.

    Answers per frame are as long as the longest clip of the batch: cut them.

    Args:
        call: Takes `waveform (batch, samples)` and `length (batch,)`.
        waveforms: 1-D, float32.
        sample_rate: Int > 0, Hz.
        one_by_one: Whether each clip is a batch of its own, for networks whose answer depends
            on the padding.
    """
    answers: list[np.ndarray] = [np.empty(0)] * len(waveforms)
    lengths = [len(waveform) for waveform in waveforms]
    most = 0 if one_by_one else round(BATCH_SECONDS * sample_rate)
    for rows in clip_batches(lengths, most):
        output = np.asarray(call(*padded([waveforms[row] for row in rows])))
        for row, answer in zip(rows, output, strict=True):
            answers[row] = answer
    return answers


def predict_clips(
    call: Callable[[np.ndarray, np.ndarray], np.ndarray],
    waveforms: Sequence[np.ndarray],
    *,
    sample_rate: int,
    one_by_one: bool = False,
) -> np.ndarray:
    """Returns the answers of `run_clips`, one per clip and alike in shape, as one array."""
    return np.stack(run_clips(call, waveforms, sample_rate=sample_rate, one_by_one=one_by_one))
