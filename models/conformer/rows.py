"""Architectures of the family `conformer` as data, and the frames of their output.

`small` has the encoder of Conformer (S) in table 1 of A. Gulati et al., "Conformer:
Convolution-augmented Transformer for Speech Recognition", Interspeech 2020. The 10.3 million
parameters there contain the decoder of a transducer, which a CTC network does not have.
`tiny` has the same form and trains on two CPU cores. Its frames are 20 ms apart, because CTC
needs a frame for every letter of fast speech, and one more between two equal letters.
"""

from typing import NamedTuple

from kapre_like import _check
from kapre_like.models.artifact.speech_frames import speech_frames


class Row(NamedTuple):
    """One architecture.

    Attributes:
        blocks: Int > 0.
        channels: Int > 0, channels of a block, even and a multiple of `heads`.
        heads: Int > 0, heads of attention.
        kernel: Int > 0, odd: frames that the depthwise convolution looks at.
        convolution: Int > 0, channels of the convolutions with stride 2.
        n_mels: Int > 0, mel bands.
        left_context: Int > 0, earlier frames that a causal block attends to.
        dropout: Float in [0, 1).
        subsampling: 2 or 4, input frames per output frame.
    """

    blocks: int
    channels: int
    heads: int
    kernel: int
    convolution: int
    n_mels: int
    left_context: int
    dropout: float
    subsampling: int


ROWS: dict[str, Row] = {
    "tiny": Row(4, 96, 4, 15, 16, 64, 100, 0.1, 2),
    "small": Row(16, 144, 4, 31, 144, 80, 64, 0.1, 4),
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
