"""Numbers of YAMNet.

Source: tensorflow/models, `research/audioset/yamnet/yamnet.py` and `params.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class YamnetConfig:
    """Numbers of the network and of its patches.

    Attributes:
        layers: Stride and channels of each layer. The first is a convolution, the others are
            a depthwise convolution and one of size 1.
        frames: Frames of a patch.
        hop: Frames between patches.
        bands: Mel bands.
        samples: Samples of a patch: `(frames - 1) * 160 + 400`.
        hop_length: Samples between patches.
        n_classes: Number of classes.
        epsilon: What the original's batch normalization adds to the variance.
    """

    layers: tuple[tuple[int, int], ...] = (
        (2, 32), (1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512),
        (1, 512), (1, 512), (1, 512), (1, 512), (1, 512), (2, 1024), (1, 1024),
    )  # fmt: skip
    frames: int = 96
    hop: int = 48
    bands: int = 64
    samples: int = 15600
    hop_length: int = 7680
    n_classes: int = 521
    epsilon: float = 1e-4


@dataclass(frozen=True)
class Convolution:
    """A convolution of the network.

    Attributes:
        source: Name in published files.
        name: Name of the layer here.
        stride: Stride of both axes.
        size: Length of the kernel on both axes.
        inputs: Channels of the input.
        outputs: Channels of the output.
        depthwise: Whether each channel has a kernel of its own.
    """

    source: str
    name: str
    stride: int
    size: int
    inputs: int
    outputs: int
    depthwise: bool = False


def convolutions(config: YamnetConfig) -> list[Convolution]:
    """Returns the convolutions in their order."""
    stride, channels = config.layers[0]
    found = [Convolution("layer1/conv", "block_00", stride, 3, 1, channels)]
    for number, (stride, wider) in enumerate(config.layers[1:], start=1):
        layer, block = f"layer{number + 1}", f"block_{number:02d}"
        depthwise = (f"{layer}/depthwise_conv", f"{block}_depthwise", stride, 3)
        found.append(Convolution(*depthwise, channels, channels, depthwise=True))
        found.append(Convolution(f"{layer}/pointwise_conv", block, 1, 1, channels, wider))
        channels = wider
    return found
