"""Hyperparameters of VGGish.

Source: tensorflow/models, `research/audioset/vggish/vggish_slim.py` and `vggish_params.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class VggishConfig:
    """Hyperparameters of the network and of its patches.

    Attributes:
        blocks: Channels of the 3x3 convolutions of each block. 2x2 max pooling follows a block.
        dense: Units of the dense layers. The last one returns the embedding.
        frames: Frames of a patch. Patches do not overlap.
        bands: Mel bands.
        samples: Samples of a patch: `(frames - 1) * 160 + 400`.
        hop_length: Samples between patches.
        quantized: Minimum and maximum of the 8-bit quantization after the PCA.
    """

    blocks: tuple[tuple[int, ...], ...] = ((64,), (128,), (256, 256), (512, 512))
    dense: tuple[int, ...] = (4096, 4096, 128)
    frames: int = 96
    bands: int = 64
    samples: int = 15600
    hop_length: int = 15360
    quantized: tuple[float, float] = (-2.0, 2.0)


@dataclass(frozen=True)
class Part:
    """A convolution or a dense layer.

    Attributes:
        name: Name of the layer.
        tensorflow: Name in the TensorFlow checkpoint.
        torch: Name in the PyTorch file.
        inputs: Channels of the input.
        outputs: Channels of the output.
    """

    name: str
    tensorflow: str
    torch: str
    inputs: int
    outputs: int


def convolutions(config: VggishConfig) -> list[list[Part]]:
    """Returns the convolutions of each block in order."""
    found, channels, place = [], 1, 0
    for block, widths in enumerate(config.blocks, start=1):
        group = []
        for number, width in enumerate(widths, start=1):
            scope = f"conv{block}" if len(widths) == 1 else f"conv{block}/conv{block}_{number}"
            name = f"convolution_{block}_{number}"
            torch = f"features.{place}"
            group.append(Part(name, f"vggish/{scope}", torch, channels, width))
            # PyTorch also numbers each ReLU, and the pooling layer after a block.
            channels, place = width, place + 2
        place += 1
        found.append(group)
    return found


def dense_layers(config: VggishConfig) -> list[Part]:
    """Returns the dense layers in order."""
    shrunk = 2 ** len(config.blocks)
    inputs = (config.frames // shrunk) * (config.bands // shrunk) * config.blocks[-1][-1]
    found = []
    for number, (scope, units) in enumerate(
        zip(("fc1/fc1_1", "fc1/fc1_2", "fc2"), config.dense, strict=True)
    ):
        torch = f"embeddings.{2 * number}"
        found.append(Part(f"dense_{number + 1}", f"vggish/{scope}", torch, inputs, units))
        inputs = units
    return found
