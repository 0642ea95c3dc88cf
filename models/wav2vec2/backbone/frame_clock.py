"""How many frames a clip has and when they are, for any feature encoder."""

import math
from dataclasses import dataclass
from typing import Any

from kapre_like import _check
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config

RATE = 16000


@dataclass(frozen=True)
class FrameClock:
    """Frames of a network by samples of its input.

    Attributes:
        config: The network.
        front_end: What stands in the place of its convolutions, or `None`.
        sample_rate: Hz, of the input.
        rate: Hz, of what the feature encoder sees.
        most: Samples at `rate` that are kept of a clip, or `None`.
        step: Samples at `rate` from one frame of the feature encoder to the next.
        middle: Sample at `rate` in the middle of the first frame.
    """

    config: Wav2Vec2Config
    front_end: Any
    sample_rate: int
    rate: int
    most: int | None
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
        most: int | None = None,
    ) -> "FrameClock":
        """Returns the clock of a network described by its parts."""
        if front_end is None:
            step, middle = math.prod(config.conv_stride), config.receptive_field / 2
        else:
            from kapre_like.models.wav2vec2.backbone.front_ends import frame_clock

            step, middle = frame_clock(front_end)
        own = rate if sample_rate is None else sample_rate
        return cls(config, front_end, own, rate, most, step, middle)

    @classmethod
    def of_model(cls, model: Any) -> "FrameClock":
        """Returns the clock of a model of this package.

        Raises:
            ValueError: If `model` is none.
        """
        from kapre_like.models.wav2vec2.checkpoint.card import read_card, walk_layers

        card = read_card(model)
        layers = {layer.name: layer for layer in walk_layers(model)}
        encoder, clip = layers.get("feature_encoder"), layers.get("clip_input")
        return cls.of(
            card.network(),
            None if encoder is None else encoder.front_end,
            sample_rate=card.sample_rate,
            rate=card.sampling_rate,
            most=None if clip is None else clip.most,
        )

    @property
    def inner_seconds(self) -> float:
        """Seconds from one frame of the transformer to the next."""
        return self.step / self.rate

    @property
    def seconds(self) -> float:
        """Seconds from one frame of the output to the next."""
        config = self.config
        fewer = config.adapter_stride**config.num_adapter_layers if config.add_adapter else 1
        return self.inner_seconds * fewer

    @property
    def first_seconds(self) -> float:
        """Seconds from a clip's beginning to the middle of its first frame."""
        return self.middle / self.rate

    def count(self, samples: int) -> int:
        """Returns the frames of the output for a clip of `samples` of the input."""
        _check.non_negative_int("frame_count", samples=samples)
        samples = -(-int(samples) * self.rate // self.sample_rate)
        samples = samples if self.most is None else min(samples, self.most)
        frames, config = self._frames(samples), self.config
        for _ in range(config.num_adapter_layers if config.add_adapter else 0):
            frames = (frames - 1) // config.adapter_stride + 1
        return frames

    def inside(self, seconds: float) -> int:
        """Returns the frames of the transformer for a clip of `seconds`."""
        return self._frames(int(seconds * self.rate))

    def _frames(self, samples: int) -> int:
        if self.front_end is not None:
            return int(self.front_end.compute_output_shape((1, max(samples, 1), 1))[1])
        count = max(samples, self.config.receptive_field)
        sizes = zip(self.config.conv_kernel, self.config.conv_stride, strict=True)
        for kernel, stride in sizes:
            count = (count - kernel) // stride + 1
        return count
