"""Runs rows of one shape, windows or patches, through the file of a network."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kapre_like import _check
from kapre_like.models.embeddings.files.layouts import Layout, frames_of
from kapre_like.models.embeddings.files.programs import Program, Tensor

# Name of the input that tells the samples of each row, as in exports of this library.
LENGTH = "length"


@dataclass(frozen=True)
class RowRunner:
    """A network in a file, from rows to frames.

    Attributes:
        owner: Name of the caller, for error messages.
        program: The open file.
        layout: The axes of its input.
        output: The output that is computed.
        takes: What it takes, for error messages.
    """

    owner: str
    program: Program
    layout: Layout
    output: Tensor
    takes: str

    def run_all(self, clips: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns what `run` does for the rows of each clip, in as few calls as can be."""
        frames = self._each(np.concatenate(clips))
        ends = np.cumsum([len(rows) for rows in clips])[:-1]
        return [np.concatenate(part) for part in np.split(frames, ends)]

    def run(self, rows: np.ndarray) -> np.ndarray:
        """Returns the frames of rows `(rows, ...)` after each other, `(frames, channels)`."""
        return np.concatenate(self._each(rows))

    def _each(self, rows: np.ndarray) -> np.ndarray:
        """Returns `(rows, frames, channels)`."""
        at_once = self.layout.rows
        parts = [rows[start : start + at_once] for start in range(0, len(rows), at_once)]
        return np.concatenate([self._call(part) for part in parts])

    def _call(self, rows: np.ndarray) -> np.ndarray:
        """Returns the frames of one call; a batch that the file fixes is filled up."""
        missing = max((self.layout.batch or 0) - len(rows), 0)
        filled = np.concatenate([rows, np.zeros((missing, *rows.shape[1:]), "float32")])
        try:
            (output,) = self.program.run(self._feed(filled), [self.output.name])
        except Exception as error:  # each program has errors of its own
            raise ValueError(self._refused(filled, error)) from error
        frames = frames_of(output, self.output, len(filled))
        if frames is None:
            rule = "an output (batch, channels) or (batch, frames, channels)"
            fix = f"It gave {np.shape(output)} for {len(filled)} rows. {self.program.said}"
            _check.fail(self.owner, "output", rule, self.output.name, fix)
        return frames[: len(rows)]

    def _feed(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Returns the inputs by name."""
        feed = {self.layout.tensor.name: self.layout.arrange(rows)}
        for tensor in self.program.inputs:
            if tensor.name == LENGTH and LENGTH not in feed:
                feed[LENGTH] = np.full(len(rows), rows.shape[1], tensor.dtype)
        return feed

    def _refused(self, rows: np.ndarray, error: Exception) -> str:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return (
            f"{self.owner}: {self.program.path.name} does not run on {rows.shape[1:]} of "
            f"takes={self.takes!r} ({lines[0].rstrip('.')}). {self.program.said} For a network "
            "that needs a length, say it: waveform:RATE:SECONDS."
        )
