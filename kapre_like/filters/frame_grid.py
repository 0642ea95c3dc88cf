"""Positions of frames in a clip."""

from dataclasses import dataclass

from kapre_like.filters.frames import frame_count


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
