"""Runs a network in a file on rows (windows or patches)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kapre_like import _check
from kapre_like.models.embeddings.files.layouts import Layout, frames_of
from kapre_like.models.embeddings.files.programs import Program, Tensor

# Name of the input with the number of samples in each row, as in exports of this library.
LENGTH = "length"


@dataclass(frozen=True)
class RowRunner:
    """Computes the frames of rows with a network in a file.

    Attributes:
        owner: Name of the caller, for error messages.
        program: The open file.
        layout: The axes of its input.
        output: The output to compute.
        takes: Text of the argument `takes`, for error messages.
    """

    owner: str
    program: Program
    layout: Layout
    output: Tensor
    takes: str

    def run_all(self, clips: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns the result of `run` for each clip, in as few calls as possible."""
        frames = self._each(np.concatenate(clips))
        ends = np.cumsum([len(rows) for rows in clips])[:-1]
        return [np.concatenate(part) for part in np.split(frames, ends)]

    def run(self, rows: np.ndarray) -> np.ndarray:
        """Returns the frames of rows `(rows, ...)`, concatenated, `(frames, channels)`."""
        return np.concatenate(self._each(rows))

    def _each(self, rows: np.ndarray) -> np.ndarray:
        """Returns `(rows, frames, channels)`."""
        at_once = self.layout.rows
        parts = [rows[start : start + at_once] for start in range(0, len(rows), at_once)]
        return np.concatenate([self._call(part) for part in parts])

    def _call(self, rows: np.ndarray) -> np.ndarray:
        """Returns the frames of one call. A batch of fixed size is filled up with zeros."""
        missing = max((self.layout.batch or 0) - len(rows), 0)
        filled = np.concatenate([rows, np.zeros((missing, *rows.shape[1:]), "float32")])
        try:
            (output,) = self.program.run(self._feed(filled), [self.output.name])
        except Exception as error:  # each program raises its own error classes
            raise ValueError(self._failed(filled, error)) from error
        frames = frames_of(output, self.output, len(filled))
        if frames is None:
            rule = "an output (batch, channels) or (batch, frames, channels)"
            fix = f"It has {np.shape(output)} for {len(filled)} rows. {self.program.summary}"
            _check.fail(self.owner, "output", rule, self.output.name, fix)
        return frames[: len(rows)]

    def _feed(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Returns the inputs by name."""
        feed = {self.layout.tensor.name: self.layout.arrange(rows)}
        for tensor in self.program.inputs:
            if tensor.name == LENGTH and LENGTH not in feed:
                feed[LENGTH] = np.full(len(rows), rows.shape[1], tensor.dtype)
        return feed

    def _failed(self, rows: np.ndarray, error: Exception) -> str:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return (
            f"{self.owner}: {self.program.path.name} does not run on {rows.shape[1:]} of "
            f"takes={self.takes!r} ({lines[0].rstrip('.')}). {self.program.summary} If the "
            "network needs clips of one length, use waveform:RATE:SECONDS."
        )
