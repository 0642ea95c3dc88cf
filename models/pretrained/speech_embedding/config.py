"""Hyperparameters of the speech embedding.

Source: the LiteRT file of the package `pyopen-wakeword`. J. Lin et al., "Training Keyword
    Spotters with Limited and Synthesized Speech Data", ICASSP 2020, describe the network.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """Convolutions with equal channels, and the max pooling after them.

    Attributes:
        channels: Channels of every convolution.
        kernels: Size of each kernel in time and frequency. Time is not padded. Frequency is
            padded, so that a convolution keeps the number of bands.
        pool: Pool size in time and frequency.
        reach: Receptive field of a step after the pooling, in frames.
        stride: Frames between steps after the pooling.
    """

    channels: int
    kernels: tuple[tuple[int, int], ...]
    pool: tuple[int, int]
    reach: int
    stride: int


_FACTORED = ((1, 3), (3, 1), (1, 3), (3, 1))


@dataclass(frozen=True)
class SpeechEmbeddingConfig:
    """Hyperparameters of the network and of its spectrogram.

    Attributes:
        blocks: The blocks. One convolution with a kernel of `last` steps follows them.
        last: Steps of the last kernel.
        channels: Channels of the embeddings.
        slope: Slope of the leaky ReLU after every convolution but the last.
        floor: Minimum value after the leaky ReLU.
        bands: Mel bands.
        frames: Frames of a window, from which one embedding is computed.
        hop: Frames between embeddings.
        samples: Samples of a window: `(frames - 1) * 160 + 512`.
        hop_length: Samples between embeddings.
        context: Zeros on each side of a clip: half a window, in whole hops.
    """

    blocks: tuple[Block, ...] = (
        Block(24, ((3, 3), (1, 3), (3, 1)), (2, 2), 6, 2),
        Block(48, _FACTORED, (1, 2), 14, 2),
        Block(72, _FACTORED, (2, 2), 24, 4),
        Block(96, _FACTORED, (1, 2), 40, 4),
        Block(96, _FACTORED, (2, 2), 60, 8),
    )
    last: int = 3
    channels: int = 96
    slope: float = 0.2
    floor: float = -0.4
    bands: int = 32
    frames: int = 76
    hop: int = 8
    samples: int = 12512
    hop_length: int = 1280
    context: int = 6400


@dataclass(frozen=True)
class Convolution:
    """A convolution of the network.

    Attributes:
        name: Name of the layer.
        kernel: Size of the kernel in time and frequency.
        inputs: Channels of the input.
        outputs: Channels of the output.
    """

    name: str
    kernel: tuple[int, int]
    inputs: int
    outputs: int


def convolutions(config: SpeechEmbeddingConfig) -> list[list[Convolution]]:
    """Returns the convolutions of each block in order, then the last one in its own list."""
    found, channels, number = [], 1, 0
    for block in config.blocks:
        group = []
        for kernel in block.kernels:
            name = f"convolution_{number:02d}"
            group.append(Convolution(name, kernel, channels, block.channels))
            channels, number = block.channels, number + 1
        found.append(group)
    last = (config.last, 1)
    return [*found, [Convolution(f"convolution_{number:02d}", last, channels, config.channels)]]
