"""Hyperparameters of the pretrained audio neural networks (PANNs).

Source: Q. Kong et al., "PANNs: Large-Scale Pretrained Audio Neural Networks for Audio Pattern
    Recognition", IEEE/ACM TASLP 28, 2020, table 2; for the spectrogram: section 4.1.
"""

from dataclasses import dataclass

N_MELS = 64
N_CLASSES = 527


@dataclass(frozen=True)
class PannsConfig:
    """Hyperparameters of one network.

    Attributes:
        channels: Channels of the convolutional blocks.
        pools: Size of each block's average pooling, in frames and in bands.
        kernel: Size of a convolution's kernel, in frames and in bands.
        convolutions: Number of convolutions in a block.
        sample_rate: Sample rate in Hz.
        n_fft: Samples of a frame.
        hop_length: Samples between frames.
        fmin: Lower end of the mel bands in Hz.
        fmax: Upper end of the mel bands in Hz.
    """

    channels: tuple[int, ...] = (64, 128, 256, 512)
    pools: tuple[int, ...] = (2, 2, 2, 2)
    kernel: int = 3
    convolutions: int = 2
    sample_rate: int = 32000
    n_fft: int = 1024
    hop_length: int = 320
    fmin: float = 50.0
    fmax: float = 14000.0

    @property
    def min_frames(self) -> int:
        """Frames of the spectrogram that the pooling layers reduce to one."""
        frames = 1
        for pool in self.pools:
            frames *= pool
        return frames

    @property
    def min_samples(self) -> int:
        """Samples of the shortest clip that has `min_frames` frames. Frames are centered."""
        return (self.min_frames - 1) * self.hop_length


_CNN14 = {"channels": (64, 128, 256, 512, 1024, 2048), "pools": (2, 2, 2, 2, 2, 1)}

ROWS = {
    "cnn6": PannsConfig(kernel=5, convolutions=1),
    "cnn10": PannsConfig(),
    "cnn14": PannsConfig(**_CNN14),
    "cnn14_16k": PannsConfig(
        **_CNN14, sample_rate=16000, n_fft=512, hop_length=160, fmax=8000.0
    ),
}
