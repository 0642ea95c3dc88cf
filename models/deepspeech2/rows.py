"""Architectures of the family `deepspeech2` as data, and the frames of their output.

The form is that of D. Amodei et al., "Deep Speech 2", ICML 2016: convolutions over a
spectrogram, bidirectional recurrent layers, CTC. `published` has the sizes of AssemblyAI's
tutorial "Building an End-to-End Speech Recognition Model in PyTorch" (2020), which replaces
plain convolutions by residual blocks: 23,705,373 parameters for 29 tokens. `tiny` trains on
two CPU cores. Its frames are 20 ms apart, because CTC needs a frame for every letter of fast
speech, and one more between two equal letters.
"""

import math
from typing import NamedTuple

from kapre_like import _check
from kapre_like.models.artifact.speech_frames import speech_frames


class Row(NamedTuple):
    """One architecture.

    Attributes:
        blocks: Int >= 0, residual blocks of two 3x3 convolutions.
        channels: Int > 0, channels of the convolutions.
        layers: Int > 0, recurrent layers.
        units: Int > 0, units of each direction, and of the dense layers around.
        n_mels: Int > 0, mel bands.
        strides: Ints 1 or 2: of each convolution in front, over time. All have stride 2 over
            frequency.
        dropout: Float in [0, 1).
    """

    blocks: int
    channels: int
    layers: int
    units: int
    n_mels: int
    strides: tuple[int, ...]
    dropout: float

    @property
    def subsampling(self) -> int:
        """Input frames per output frame."""
        return math.prod(self.strides)


ROWS: dict[str, Row] = {
    "tiny": Row(1, 16, 2, 128, 64, (2, 1), 0.1),
    "small": Row(2, 32, 3, 256, 80, (2, 2), 0.1),
    "published": Row(3, 32, 5, 512, 128, (2,), 0.1),
}


def output_frames(
    samples: int, row: str = "tiny", *, sample_rate: int = 16000, **frames
) -> int:
    """Returns the output frames of a clip, the same alone and in a padded batch.

    Args:
        samples: Int >= 0.
        row: Name in `ROWS`.
        sample_rate: Int > 0, Hz.
        **frames: `n_fft`, `win_length` and `hop_length`, as in `speech_frames`.
    """
    _check.one_of("output_frames", list(ROWS), row=row)
    return speech_frames(sample_rate, **frames).count(samples, ROWS[row].subsampling)


def frame_seconds(row: str = "tiny", *, sample_rate: int = 16000, **frames) -> float:
    """Returns the seconds between two output frames; arguments as in `output_frames`."""
    _check.one_of("frame_seconds", list(ROWS), row=row)
    return speech_frames(sample_rate, **frames).seconds(ROWS[row].subsampling)
