"""Clips of many lengths in few batches, with little padding."""

from collections.abc import Iterator, Sequence

import numpy as np

# Sound of one batch, padding included: more falls out of the processor's cache.
BATCH_SECONDS = 64.0
_BATCH = 32


def clip_batches(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Yields the numbers of clips that make a batch together, the shortest first.

    Args:
        lengths: Samples of each clip.
        most: Samples of a batch, padding included; one clip may have more. 0: one by one.

    Example:
        >>> from kapre_like.models.wav2vec2.clip_batches import clip_batches
        >>> list(clip_batches([10, 90, 12], most=100))
        [[0, 2], [1]]
    """
    batch: list[int] = []
    for clip in np.argsort(lengths, kind="stable").tolist():
        if batch and (len(batch) == _BATCH or (len(batch) + 1) * lengths[clip] > most):
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
