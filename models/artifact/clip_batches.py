"""Batches of clips of similar length, to reduce padding."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

# Seconds of sound in a batch, padding included. Larger batches exceed the processor's cache: an
# epoch of `vgg` on 340 clips of 3.6 s took 8.0 s with 16 clips per batch, and 10.5 s with 32.
BATCH_SECONDS = 64.0
BATCH = 32


def clip_batches(lengths: Sequence[int], max_samples: int) -> Iterator[list[int]]:
    """Yields the indices of the clips of each batch, the shortest clips first.

    Args:
        lengths: Samples of each clip.
        max_samples: Samples of a batch, padding included. A single clip may have more. 0 makes
            batches of one clip.

    Example:
        >>> from kapre_like.models.artifact.clip_batches import clip_batches
        >>> list(clip_batches([10, 90, 12], max_samples=100))
        [[0, 2], [1]]
    """
    batch: list[int] = []
    for clip in np.argsort(lengths, kind="stable").tolist():
        if batch and (len(batch) == BATCH or (len(batch) + 1) * lengths[clip] > max_samples):
            yield batch
            batch = []
        batch.append(clip)
    if batch:
        yield batch


def padded(waveforms: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Returns zero-padded `waveform (clips, samples)` float32, and `length (clips,)` int32.

    There is at least one column, because some operators refuse an empty axis.

    Raises:
        ValueError: For a waveform of several channels.
    """
    for waveform in waveforms:
        if np.ndim(waveform) != 1:
            raise ValueError(
                "predict: a waveform must be mono, of shape (samples,). Received: "
                f"shape={np.shape(waveform)}. Average its channels: x.mean(axis=1)."
            )
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
    """Returns the network's output for each clip, in the order of the clips.

    Outputs per frame have the length of the longest clip in the batch; the caller cuts them.

    Args:
        call: Takes `waveform (batch, samples)` and `length (batch,)`.
        waveforms: 1-D, float32.
        sample_rate: Int > 0, Hz.
        one_by_one: Whether each clip is a batch of its own, for networks whose output depends
            on the padding.
    """
    answers: list[np.ndarray] = [np.empty(0)] * len(waveforms)
    lengths = [len(waveform) for waveform in waveforms]
    max_samples = 0 if one_by_one else round(BATCH_SECONDS * sample_rate)
    for rows in clip_batches(lengths, max_samples):
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
    """Returns the outputs of `run_clips` as one array. They must have equal shapes."""
    return np.stack(run_clips(call, waveforms, sample_rate=sample_rate, one_by_one=one_by_one))
