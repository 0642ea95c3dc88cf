"""Converts clips to the input rows of a network in a file: windows or patches."""

import abc
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from kapre_like.models.artifact.clip_batches import padded
from kapre_like.models.embeddings.patches import PatchFrontEnd

if TYPE_CHECKING:
    import keras


class Feed(abc.ABC):
    """Base class of feeds, which convert clips to rows.

    Attributes:
        sample_rate: Int > 0, sample rate of the clips in Hz.
        sizes: Shape of a row, with `None` for free sizes.
        exact: Whether rows of several clips can be run at once.
        about: A sentence on how a clip is converted.
    """

    sample_rate: int
    sizes: tuple[int | None, ...]
    exact: bool = True
    about: str = ""

    @abc.abstractmethod
    def rows(self, clips: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns the rows of each clip, float32 `(rows, ...)`, one row or more."""

    @property
    def model(self) -> "keras.Model | None":
        """The feed as a Keras model of `waveform` and `length`; `None` if there is none.

        Its outputs are rows `(batch, rows, ..., 1)` and their number, int32 `(batch,)`.
        """
        return None

    @property
    def silence(self) -> np.ndarray:
        """A row of zeros, one second long if the length is free."""
        sizes = (self.sample_rate if size is None else size for size in self.sizes)
        return np.zeros((1, *sizes), "float32")


class WholeClips(Feed):
    """Uses each clip as one row, which is as long as the clip."""

    sizes = (None,)
    exact = False

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate

    def rows(self, clips: Sequence[np.ndarray]) -> list[np.ndarray]:
        # At least one sample, because a network may fail on an empty axis.
        return [np.resize(clip, (1, max(1, len(clip)))).astype("float32") for clip in clips]


class Windows(Feed):
    """Cuts each clip into windows of one length. The last window is padded with zeros.

    Args:
        sample_rate: Int > 0, Hz.
        samples: Int > 0, window length in samples.
        hop: Int > 0, hop length in samples.
    """

    def __init__(self, sample_rate: int, samples: int, hop: int) -> None:
        self.sample_rate, self.samples, self.hop = sample_rate, samples, hop
        self.sizes = (samples,)
        self.about = (
            f"clips are cut into windows of {samples / sample_rate:.6g} s, one every "
            f"{hop / sample_rate:.6g} s; the last one, and a shorter clip, is padded with zeros"
        )

    @property
    def model(self) -> "keras.Model | None":
        if self.hop > self.samples:
            return None
        from kapre_like.models.embeddings.files.keras_states import window_model

        return window_model(self.samples, self.hop)

    def rows(self, clips: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [self._cut(clip) for clip in clips]

    def _cut(self, clip: np.ndarray) -> np.ndarray:
        rest = max(len(clip) - self.samples, 0)
        count = 1 + -(-rest // self.hop)
        whole = np.zeros((count - 1) * self.hop + self.samples, "float32")
        kept = clip[: len(whole)]
        whole[: len(kept)] = kept
        return np.lib.stride_tricks.sliding_window_view(whole, self.samples)[:: self.hop]


class Patches(Feed):
    """Cuts each clip into patches of a pretrained network's spectrogram.

    Args:
        front_end: See `PatchFrontEnd`.
    """

    def __init__(self, front_end: PatchFrontEnd) -> None:
        self._front_end = front_end
        self.sample_rate = front_end.sample_rate
        self.sizes = (front_end.frames, front_end.bands)
        self.about = (
            f"clips become patches of {front_end.name}, each of {front_end.seconds:.6g} s, one "
            f"every {front_end.hop_seconds:.6g} s; a clip shorter than a patch is padded"
        )

    @cached_property
    def model(self) -> "keras.Model":
        """The front end; see `PatchFrontEnd.build`."""
        return self._front_end.build()

    @cached_property
    def _run(self) -> Any:
        from kapre_like.models.artifact.predicting import compiled

        return compiled(self.model)

    def rows(self, clips: Sequence[np.ndarray]) -> list[np.ndarray]:
        patches, counts = self._run(*padded(clips))
        return [
            one[:count, ..., 0] for one, count in zip(patches, counts.tolist(), strict=True)
        ]
