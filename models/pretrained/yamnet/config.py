"""Hyperparameters of YAMNet.

Source: tensorflow/models, `research/audioset/yamnet/yamnet.py` and `params.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class YamnetConfig:
    """Hyperparameters of the network and of its patches.

    Attributes:
        layers: Stride and channels of each layer. The first layer is a convolution. Each other
            layer is a depthwise convolution and a 1x1 convolution.
        frames: Frames of a patch.
        hop: Frames between patches.
        bands: Mel bands.
        samples: Samples of a patch: `(frames - 1) * 160 + 400`.
        hop_length: Samples between patches.
        n_classes: Number of classes.
        epsilon: Added to the variance in the original's batch normalization.
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
        name: Name of the Keras layer.
        stride: Stride on both axes.
        size: Size of the kernel on both axes.
        inputs: Channels of the input.
        outputs: Channels of the output.
        depthwise: Whether the convolution is depthwise.
    """

    source: str
    name: str
    stride: int
    size: int
    inputs: int
    outputs: int
    depthwise: bool = False


def convolutions(config: YamnetConfig) -> list[Convolution]:
    """Returns the convolutions in order."""
    stride, channels = config.layers[0]
    found = [Convolution("layer1/conv", "block_00", stride, 3, 1, channels)]
    for number, (stride, wider) in enumerate(config.layers[1:], start=1):
        layer, block = f"layer{number + 1}", f"block_{number:02d}"
        depthwise = (f"{layer}/depthwise_conv", f"{block}_depthwise", stride, 3)
        found.append(Convolution(*depthwise, channels, channels, depthwise=True))
        found.append(Convolution(f"{layer}/pointwise_conv", block, 1, 1, channels, wider))
        channels = wider
    return found
