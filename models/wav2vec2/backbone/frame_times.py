"""Frames and seconds: how many there are, when they are, and what is said in each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.models.wav2vec2.backbone.frame_clock import RATE, FrameClock
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config

# A configuration, a model of this package, or `None`.
Network = Wav2Vec2Config | Any | None

# What Hugging Face marks padding with.
IGNORED = -100


def frame_count(samples: int, config: Network = None) -> int:
    """Returns how many frames a clip of `samples` has: one at least, 49 for 16,000.

    Args:
        samples: Int >= 0; a clip under one frame is filled up to one.
        config: The network: its configuration, or the model itself, which knows its feature
            encoder and its sample rate too; `None` is the base size.
    """
    return _clock(config).count(samples)


def frame_seconds(config: Network = None, *, sampling_rate: int | None = None) -> float:
    """Returns the seconds from one frame to the next: 0.02 but for adapters and front ends.

    Args:
        config: As in `frame_count`.
        sampling_rate: Int > 0, Hz, that a configuration's samples are taken at; `None` is
            16,000. A model knows it.
    """
    return _clock(config, sampling_rate).seconds


def frame_labels(
    segments: Sequence[tuple[float, float, int]],
    samples: int,
    config: Network = None,
    *,
    background: int = 0,
    sampling_rate: int | None = None,
) -> np.ndarray:
    """Returns the class of each frame, int32 `(frames,)`.

    A frame has the class of the segment that its middle lies in, the last of several, and
    `background` in none.

    Args:
        segments: `(start, end, class)`, seconds; the end is not in it.
        samples: Int >= 0, length of the clip.
        config: As in `frame_count`.
        background: Int, class of what no segment covers.
        sampling_rate: As in `frame_seconds`.
    """
    clock = _clock(config, sampling_rate)
    middle = np.arange(clock.count(samples)) * clock.seconds + clock.first_seconds
    labels = np.full(middle.shape, background, "int32")
    for start, end, label in segments:
        labels[(middle >= start) & (middle < end)] = label
    return labels


def _clock(config: Network, sampling_rate: int | None = None) -> FrameClock:
    """What tells the frames of a network, however it is named."""
    if config is not None and not isinstance(config, Wav2Vec2Config):
        if sampling_rate is not None:
            _check.fail("frame_seconds", "sampling_rate", "None for a model", sampling_rate)
        return FrameClock.of_model(config)
    rate = RATE if sampling_rate is None else sampling_rate
    _check.positive_int("frame_seconds", sampling_rate=rate)
    return FrameClock.of(Wav2Vec2Config() if config is None else config, rate=rate)


def pad_frame_labels(labels: Sequence[np.ndarray]) -> np.ndarray:
    """Returns the labels of several clips, int32 `(clips, frames)`, `IGNORED` behind each."""
    frames = max((len(row) for row in labels), default=0)
    padded = np.full((len(labels), frames), IGNORED, "int32")
    for target, row in zip(padded, labels, strict=True):
        target[: len(row)] = row
    return padded
