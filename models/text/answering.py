"""Transcribes clips with a network that returns log probabilities. Does not import Keras."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from kapre_like.models.artifact.clip_batches import run_clips
from kapre_like.models.text.decoder import Decoder
from kapre_like.models.text.stitching import cut_windows, joined_frames
from kapre_like.models.text.transcript import Transcript
from kapre_like.models.text.vocabulary import Vocabulary

# Seconds: clips longer than this are cut into windows, length of a window, overlap of windows.
LONG_SECONDS = 60.0
WINDOW_SECONDS = 30.0
OVERLAP_SECONDS = 4.0


class Transcriber:
    """Converts the output of a network to text. The network can be any function.

    A long clip is processed in overlapping windows. Their frames are joined before decoding, so
    that no word is repeated or lost.

    Args:
        run: Function of `waveform (batch, samples)` and `length (batch,)` that returns log
            probabilities `(batch, frames, tokens)`.
        recipe: Recipe with `sample_rate`, and in `text` the `vocabulary` and `frame_seconds`.

    Attributes:
        recipe: As given.
        cuts_itself: True, because this class cuts the windows.
        calibrated: True, because no calibration applies to the words' confidences.
        decoder: Converts log probabilities to text. It can be replaced.
        vocabulary: See `Vocabulary`.
        frame_seconds: Float, hop between output frames in seconds.
    """

    cuts_itself = True
    calibrated = True

    def __init__(
        self, run: Callable[[np.ndarray, np.ndarray], np.ndarray], recipe: dict[str, Any]
    ) -> None:
        self._run, self.recipe = run, recipe
        self.vocabulary = Vocabulary.from_json(recipe["text"]["vocabulary"])
        self.frame_seconds = float(recipe["text"]["frame_seconds"])
        self.decoder = Decoder()

    def predict(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Returns the texts of clips, as an array of strings `(clips,)`."""
        return np.array([one.text for one in self.transcripts(waveforms)], dtype=object)

    def answers(self, waveforms: Sequence[np.ndarray]) -> list[dict[str, Any]]:
        """Returns a record per clip: `text`, `words`, `confidence`, `score`."""
        return [one.to_json() for one in self.transcripts(waveforms)]

    def transcripts(self, waveforms: Sequence[np.ndarray]) -> list[Transcript]:
        """Returns the decoder's transcript of each clip."""
        return [
            self.decoder(logs, self.vocabulary, frame_seconds=self.frame_seconds)
            for logs in self.log_probabilities(waveforms)
        ]

    def log_probabilities(self, waveforms: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns the network's output for each clip, `(frames, tokens)`.

        In a batch, frames after the end of a clip have the blank with probability 1.
        """
        rate = self.recipe["sample_rate"]
        windows = [
            cut_windows(
                len(waveform),
                frame=Fraction(self.frame_seconds * rate).limit_denominator(1000),
                long=LONG_SECONDS * rate,
                width=WINDOW_SECONDS * rate,
                overlap=OVERLAP_SECONDS * rate,
            )
            for waveform in waveforms
        ]
        pieces = [
            waveform[window.start : window.end]
            for waveform, cut in zip(waveforms, windows, strict=True)
            for window in cut
        ]
        rows = iter(run_clips(self._run, pieces, sample_rate=rate))
        return [joined_frames([next(rows) for _ in cut], cut) for cut in windows]
