"""Frames of a speech network: the sizes of its log-mel front end, and its output frames."""

from dataclasses import dataclass

from kapre_like import _check
from kapre_like.filters import FrameGrid

# Window and hop of speech recognition, in milliseconds.
WINDOW_MS, HOP_MS = 25, 10


@dataclass(frozen=True)
class SpeechFrames:
    """Analysis frames of a clip.

    Attributes:
        sample_rate: Int > 0, Hz.
        n_fft: Int > 0, samples per Fourier transform.
        win_length: Int > 0, samples per window.
        hop_length: Int > 0, samples between frames.
    """

    sample_rate: int
    n_fft: int
    win_length: int
    hop_length: int

    @property
    def grid(self) -> FrameGrid:
        """Positions of the analysis frames in a clip."""
        return FrameGrid(self.n_fft, self.hop_length, center=True)

    def count(self, samples: int, subsampling: int) -> int:
        """Returns the number of output frames of a clip, at one per `subsampling` frames."""
        return -(-self.grid.count(samples) // subsampling)

    def seconds(self, subsampling: int) -> float:
        """Returns the seconds between two output frames."""
        return self.grid.seconds(self.sample_rate, subsampling)


def speech_frames(
    sample_rate: int = 16000,
    *,
    n_fft: int | None = None,
    win_length: int | None = None,
    hop_length: int | None = None,
) -> SpeechFrames:
    """Returns the frames of a front end. By default they are 25 ms long, every 10 ms.

    Args:
        sample_rate: Int > 0, Hz.
        n_fft: Int > 0, samples. `None` means the smallest power of two >= `win_length`.
        win_length: Int > 0, samples. `None` means 25 ms.
        hop_length: Int > 0, samples. `None` means 10 ms.
    """
    _check.positive_int("speech_frames", sample_rate=sample_rate)
    if win_length is None:
        window = max(1, round(sample_rate * WINDOW_MS / 1000))
        win_length = window if n_fft is None else min(window, n_fft)
    hop_length = (
        max(1, round(sample_rate * HOP_MS / 1000)) if hop_length is None else hop_length
    )
    n_fft = 1 << (win_length - 1).bit_length() if n_fft is None else n_fft
    _check.positive_int(
        "speech_frames", n_fft=n_fft, win_length=win_length, hop_length=hop_length
    )
    return SpeechFrames(sample_rate, n_fft, win_length, hop_length)
