"""Positions of frames in a clip."""

from dataclasses import dataclass


def frame_count(samples: int, n_fft: int, hop_length: int, center: bool) -> int:
    """Returns the number of frames of a clip. It is at least 1, because clips are padded.

    Args:
        samples: Int >= 0, samples in the clip.
        n_fft: Int > 0, samples per frame.
        hop_length: Int > 0, samples between frames.
        center: Whether `n_fft // 2` samples are added at both ends.
    """
    added = 2 * (n_fft // 2) if center else 0
    return max(1, 1 + (samples + added - n_fft) // hop_length)


@dataclass(frozen=True)
class FrameGrid:
    """Positions of the frames that a layer cuts out of a clip.

    A clip has at least one frame, because a clip that is too short is padded.

    Attributes:
        length: Int > 0, samples that must be in the clip for a frame to exist.
        hop_length: Int > 0, samples between the starts of two frames.
        center: Whether `length // 2` samples are added at both ends of the clip.
    """

    length: int
    hop_length: int
    center: bool = False

    @property
    def side(self) -> int:
        """Samples that are added at each end of the clip."""
        return self.length // 2 if self.center else 0

    @property
    def middle(self) -> float:
        """Samples from the start of the clip to the middle of the first frame."""
        return self.length / 2 - self.side

    def count(self, samples: int | None) -> int | None:
        """Returns the number of frames of a clip, `None` if its length is unknown."""
        if samples is None:
            return None
        return frame_count(samples, self.length, self.hop_length, self.center)

    def seconds(self, sample_rate: float, frames: int = 1) -> float:
        """Returns the seconds from the start of a frame to that of the frame `frames` later."""
        return self.hop_length * frames / sample_rate
