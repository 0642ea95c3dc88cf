"""VGG architectures as data: each row is a tuple of stages `(convolutions, channels)`.

A stage is `convolutions` times 3x3 convolution, batch normalization and ReLU, then a 2x2 pool.
`vgg11` and `vgg16` are columns A and D of table 1 in K. Simonyan, A. Zisserman, "Very Deep
Convolutional Networks for Large-Scale Image Recognition", ICLR 2015. `tiny` and `small`
have the same form and are small enough to train on two CPU cores
(benchmarks/bench_vgg_epoch.py).
"""

ROWS: dict[str, tuple[tuple[int, int], ...]] = {
    "tiny": ((1, 8), (1, 16), (1, 32), (1, 64)),
    "small": ((1, 8), (1, 24), (1, 48), (2, 96)),
    "vgg11": ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)),
    "vgg16": ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)),
}
