"""Table of the architectures of the family `vgg`.

`vgg11` and `vgg16` are columns A and D of table 1 in K. Simonyan, A. Zisserman, "Very Deep
Convolutional Networks for Large-Scale Image Recognition", ICLR 2015. `tiny` and `small` have
the same structure and are small enough to train on two CPU cores
(benchmarks/bench_vgg_epoch.py). `residual` has a convolution with stride 2, then residual
blocks of two 3x3 convolutions, as in K. He et al., "Deep Residual Learning for Image
Recognition", 2016.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """One architecture.

    Attributes:
        stages: Pairs of a number of 3x3 convolutions, or of residual blocks, and a number of
            channels.
        residual: Whether stages consist of residual blocks. Then the first layer is a
            convolution with stride 2, and the clip is pooled by maximum plus mean over time.
    """

    stages: tuple[tuple[int, int], ...]
    residual: bool = False


ROWS: dict[str, Row] = {
    "tiny": Row(((1, 8), (1, 16), (1, 32), (1, 64))),
    "small": Row(((1, 8), (1, 24), (1, 48), (2, 96))),
    "residual": Row(((1, 24), (1, 48), (1, 96), (1, 192)), residual=True),
    "vgg11": Row(((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))),
    "vgg16": Row(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))),
}
