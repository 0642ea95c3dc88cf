"""Number and times of a network's frames, and labels per frame."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.models.wav2vec2.config.network import RATE, Wav2Vec2Config


@dataclass(frozen=True)
class FrameClock:
    """Relation between frames of a network and samples of its input.

    Attributes:
        config: Configuration of the network.
        front_end: Layer that replaces the convolutions, or `None`.
        sample_rate: Sample rate of the input in Hz.
        rate: Sample rate of the feature encoder in Hz.
        max_samples: Maximum samples of a clip at `rate`, or `None`.
        step: Samples at `rate` between two frames of the feature encoder.
        middle: Sample at `rate` in the middle of the first frame.
    """

    config: Wav2Vec2Config
    front_end: Any
    sample_rate: int
    rate: int
    max_samples: int | None
    step: float
    middle: float

    @classmethod
    def of(
        cls,
        config: Wav2Vec2Config,
        front_end: Any = None,
        *,
        sample_rate: int | None = None,
        rate: int = RATE,
        max_samples: int | None = None,
    ) -> "FrameClock":
        """Returns the clock of a network from its configuration and front end."""
        if front_end is None:
            step, middle = math.prod(config.conv_stride), config.receptive_field / 2
        else:
            from kapre_like.models.wav2vec2.backbone.front_ends import frame_clock

            step, middle = frame_clock(front_end)
        sample_rate = rate if sample_rate is None else sample_rate
        return cls(config, front_end, sample_rate, rate, max_samples, step, middle)

    @classmethod
    def of_model(cls, model: Any) -> "FrameClock":
        """Returns the clock of a model of this package.

        Raises:
            ValueError: If `model` is not a model of this package.
        """
        from kapre_like.models.artifact.card import card_of, walk_layers
        from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts

        facts = CheckpointFacts.of(model)
        layers = {layer.name: layer for layer in walk_layers(model)}
        encoder, clip = layers.get("feature_encoder"), layers.get("clip_input")
        return cls.of(
            facts.network(),
            None if encoder is None else encoder.front_end,
            sample_rate=card_of(model).sample_rate,
            rate=facts.sampling_rate,
            max_samples=None if clip is None else clip.max_samples,
        )

    @classmethod
    def of_facts(cls, facts: Any, sample_rate: int) -> "FrameClock":
        """Returns the clock of a network from its card alone.

        Args:
            facts: `CheckpointFacts`. They contain no front end, only the step between its
                frames. Do not use `count` and `first_seconds` of a network with a front end.
            sample_rate: Sample rate of the input in Hz.
        """
        clock = cls.of(
            facts.network(),
            sample_rate=sample_rate,
            rate=facts.sampling_rate,
            max_samples=facts.kept_samples,
        )
        step = facts.front_end_step
        return clock if step is None else replace(clock, step=step)

    @property
    def inner_seconds(self) -> float:
        """Seconds between two frames of the transformer."""
        return self.step / self.rate

    @property
    def seconds(self) -> float:
        """Seconds between two frames of the output."""
        config = self.config
        stride = config.adapter_stride**config.num_adapter_layers if config.add_adapter else 1
        return self.inner_seconds * stride

    @property
    def first_seconds(self) -> float:
        """Seconds from the start of a clip to the middle of its first frame."""
        return self.middle / self.rate

    def count(self, samples: int) -> int:
        """Returns the number of output frames for a clip of `samples` input samples."""
        _check.non_negative_int("frame_count", samples=samples)
        samples = -(-int(samples) * self.rate // self.sample_rate)
        samples = samples if self.max_samples is None else min(samples, self.max_samples)
        frames, config = self._frames(samples), self.config
        for _ in range(config.num_adapter_layers if config.add_adapter else 0):
            frames = (frames - 1) // config.adapter_stride + 1
        return frames

    def inside(self, seconds: float) -> int:
        """Returns the number of transformer frames for a clip of `seconds`."""
        return self._frames(int(seconds * self.rate))

    def _frames(self, samples: int) -> int:
        if self.front_end is not None:
            return int(self.front_end.compute_output_shape((1, max(samples, 1), 1))[1])
        count = max(samples, self.config.receptive_field)
        sizes = zip(self.config.conv_kernel, self.config.conv_stride, strict=True)
        for kernel, stride in sizes:
            count = (count - kernel) // stride + 1
        return count


# A configuration, a model of this package, or `None`.
Network = Wav2Vec2Config | Any | None

# Label of padded frames in transformers.
IGNORED = -100


def frame_count(samples: int, config: Network = None) -> int:
    """Returns the number of frames of a clip of `samples`: at least 1, and 49 for 16,000.

    Args:
        samples: Int >= 0. A clip under one frame is padded to one frame.
        config: Configuration of the network, or the model itself, whose feature encoder and
            sample rate are then used. `None` is the base size.
    """
    return _clock(config).count(samples)


def frame_seconds(config: Network = None, *, sampling_rate: int | None = None) -> float:
    """Returns the seconds between frames: 0.02 without adapters and front ends.

    Args:
        config: As in `frame_count`.
        sampling_rate: Int > 0, sample rate in Hz of a network that is given by its
            configuration. `None` is 16,000. Must be `None` for a model.
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

    A frame has the class of the segment that contains its middle. If there are several, it is
    that of the last one. If there are none, it is `background`.

    Args:
        segments: List of `(start, end, class)`, in seconds, without the end.
        samples: Int >= 0, samples of the clip.
        config: As in `frame_count`.
        background: Int, class of frames outside all segments.
        sampling_rate: As in `frame_seconds`.
    """
    clock = _clock(config, sampling_rate)
    middle = np.arange(clock.count(samples)) * clock.seconds + clock.first_seconds
    labels = np.full(middle.shape, background, "int32")
    for start, end, label in segments:
        labels[(middle >= start) & (middle < end)] = label
    return labels


def _clock(config: Network, sampling_rate: int | None = None) -> FrameClock:
    """Returns the clock of a model or a configuration."""
    if config is not None and not isinstance(config, Wav2Vec2Config):
        if sampling_rate is not None:
            _check.fail("frame_seconds", "sampling_rate", "None for a model", sampling_rate)
        return FrameClock.of_model(config)
    rate = RATE if sampling_rate is None else sampling_rate
    _check.positive_int("frame_seconds", sampling_rate=rate)
    return FrameClock.of(Wav2Vec2Config() if config is None else config, rate=rate)


def pad_frame_labels(labels: Sequence[np.ndarray]) -> np.ndarray:
    """Returns the labels of several clips, int32 `(clips, frames)`, padded with `IGNORED`."""
    frames = max((len(row) for row in labels), default=0)
    padded = np.full((len(labels), frames), IGNORED, "int32")
    for target, row in zip(padded, labels, strict=True):
        target[: len(row)] = row
    return padded
