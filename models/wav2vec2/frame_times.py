"""Frames and seconds: how many there are, when they are, and what is said in each."""

import math
from collections.abc import Sequence

import numpy as np

from kapre_like.models.wav2vec2.config import Wav2Vec2Config

# What Hugging Face marks padding with.
IGNORED = -100


def frame_count(samples: int, config: Wav2Vec2Config | None = None) -> int:
    """Returns how many frames a clip of `samples` has: one at least, 49 for 16,000.

    Args:
        samples: Int >= 0; a clip under one frame is filled up to one.
        config: The network; `None` is the base size.
    """
    config = Wav2Vec2Config() if config is None else config
    count = max(samples, config.receptive_field)
    for kernel, stride in zip(config.conv_kernel, config.conv_stride, strict=True):
        count = (count - kernel) // stride + 1
    for _ in range(config.num_adapter_layers if config.add_adapter else 0):
        count = (count - 1) // config.adapter_stride + 1
    return count


def frame_seconds(config: Wav2Vec2Config | None = None, *, sampling_rate: int = 16000) -> float:
    """Returns the seconds from one frame to the next: 0.02 but for adapters."""
    config = Wav2Vec2Config() if config is None else config
    step = math.prod(config.conv_stride)
    if config.add_adapter:
        step *= config.adapter_stride**config.num_adapter_layers
    return step / sampling_rate


def frame_labels(
    segments: Sequence[tuple[float, float, int]],
    samples: int,
    config: Wav2Vec2Config | None = None,
    *,
    background: int = 0,
    sampling_rate: int = 16000,
) -> np.ndarray:
    """Returns the class of each frame, int32 `(frames,)`.

    A frame has the class of the segment that its middle lies in, the last of several, and
    `background` in none.

    Args:
        segments: `(start, end, class)`, seconds; the end is not in it.
        samples: Int >= 0, length of the clip.
        config: The network; `None` is the base size.
        background: Int, class of what no segment covers.
        sampling_rate: Int > 0, Hz.
    """
    config = Wav2Vec2Config() if config is None else config
    step = frame_seconds(config, sampling_rate=sampling_rate)
    frame = np.arange(frame_count(samples, config))
    middle = frame * step + config.receptive_field / 2 / sampling_rate
    labels = np.full(frame.shape, background, "int32")
    for start, end, label in segments:
        labels[(middle >= start) & (middle < end)] = label
    return labels


def pad_frame_labels(labels: Sequence[np.ndarray]) -> np.ndarray:
    """Returns the labels of several clips, int32 `(clips, frames)`, `IGNORED` behind each."""
    frames = max((len(row) for row in labels), default=0)
    padded = np.full((len(labels), frames), IGNORED, "int32")
    for target, row in zip(padded, labels, strict=True):
        target[: len(row)] = row
    return padded
