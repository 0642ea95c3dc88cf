"""Predictions from a network's outputs: text with times, segments, labels or scores.

Does not need Keras, so that exported files are read without it.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kapre_like.models.artifact.clip_batches import run_clips
from kapre_like.models.text.decoder import Decoder
from kapre_like.models.text.stitching import joined_frames
from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.wav2vec2.backbone.frame_times import FrameClock
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.config.head_plan import MULTI_LABEL
from kapre_like.models.wav2vec2.family.long_clips import mean_answer, windows_of
from kapre_like.models.wav2vec2.text.decoding import decode
from kapre_like.models.wav2vec2.text.tokenizer import CtcTokenizer

PRINTED = ("ctc", "frames", "classify", "regress")


class AnsweringNetwork:
    """A network that is opened for prediction, in Keras or an exported file.

    Args:
        run: Function of `waveform (batch, samples)` and `length (batch,)` that returns the
            network's output.
        card: Dict of the facts in the network's card. Its task is one of `PRINTED`.
        clock: See `FrameClock`.
        name: Name of the network for error messages.
        padded: Whether `run` supports batches of clips of different lengths. `clock` must then
            be able to count their frames.

    Attributes:
        recipe: Dict of `task` (the head), `class_names`, `sample_rate`, `seconds`,
            `length_rule`, and `multi_label`: whether a clip may have several classes.

    Raises:
        ValueError: If the network has none of the heads in `PRINTED`, or a CTC head has neither
            a tokenizer nor named tokens.
    """

    def __init__(
        self,
        run: Callable[[np.ndarray, np.ndarray], np.ndarray],
        card: dict[str, Any],
        clock: FrameClock,
        name: str,
        *,
        padded: bool,
    ) -> None:
        self._head = card["task"]
        if self._head not in PRINTED:
            raise ValueError(no_printable_head(name, self._head))
        facts = CheckpointFacts(**card["checkpoint"])
        self._run, self._clock, self._padded = run, clock, padded
        self._output_kind = card["output"]
        self._tokenizer = _tokenizer(facts, card, name) if self._head == "ctc" else None
        # Decodes logits to text. `None` takes each frame's most likely token.
        self.decoder: Decoder | None = None
        self._multi_label = facts.network().problem_type == MULTI_LABEL
        self.recipe = {
            "family": name,
            "task": self._head,
            "class_names": None if self._head == "ctc" else card["class_names"],
            "sample_rate": card["sample_rate"],
            "seconds": None,
            "length_rule": "whole",
            "multi_label": self._multi_label,
        }

    def predict(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Returns probabilities `(clips, classes)` or scores `(clips,)`.

        Raises:
            ValueError: If the head predicts per frame.
        """
        if self._head not in ("classify", "regress"):
            raise ValueError(
                f"{self.recipe['family']}: its head {self._head!r} predicts for each frame, "
                "not one label or score per clip. Use `kapre-like predict`."
            )
        return np.stack(self._outputs(waveforms))

    @property
    def answers(self) -> Any:
        """Function from waveforms to a record per clip, or `None` for one label or score.

        For CTC a record has `text` and `words` (each with `word`, `start` and `end` in
        seconds). For frames it has `segments`, runs of frames of the same class (each with
        `label`, `start` and `end`).
        """
        return {"ctc": self._texts, "frames": self._labeled}.get(self._head)

    def _outputs(self, waveforms: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns the network's output for each clip.

        Long clips are processed in windows, see `long_clips`.
        """
        windows = [windows_of(len(waveform), self._clock) for waveform in waveforms]
        pieces = [
            waveform[window.start : window.end]
            for waveform, cut in zip(waveforms, windows, strict=True)
            for window in cut
        ]
        rows = iter(self._rows(pieces, one_by_one=len(pieces) > len(waveforms)))
        join = joined_frames if self.answers else mean_answer
        return [join([next(rows) for _ in cut], cut) for cut in windows]

    def _rows(self, pieces: Sequence[np.ndarray], *, one_by_one: bool) -> list[np.ndarray]:
        """Returns the network's output for each piece, as probabilities for a classifier."""
        # A batch of long windows needs the memory of all of them, and saves no time.
        one_by_one = one_by_one or not self._padded
        rate = self.recipe["sample_rate"]
        rows = run_clips(self._run, pieces, sample_rate=rate, one_by_one=one_by_one)
        if self.answers and self._padded:
            # Remove the padding to the longest piece of the batch.
            counts = [self._clock.count(len(piece)) for piece in pieces]
            return [row[:count] for row, count in zip(rows, counts, strict=True)]
        if self._head == "classify" and self._output_kind == "logits":
            return [_sigmoid(row) if self._multi_label else _softmax(row) for row in rows]
        return rows

    def _labeled(self, waveforms: Sequence[np.ndarray]) -> list[dict[str, Any]]:
        return [self._segments(rows) for rows in self._outputs(waveforms)]

    def log_probabilities(self, waveforms: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns the log probabilities `(frames, tokens)` of a CTC head for each clip."""
        rows = self._outputs(waveforms)
        if self._output_kind == "probabilities":
            return [np.log(np.maximum(row, 1e-30)) for row in rows]
        return [row - np.logaddexp.reduce(row, axis=-1, keepdims=True) for row in rows]

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokens of a CTC head, one for each channel of its output."""
        return self._tokenizer.vocabulary()

    @property
    def frame_seconds(self) -> float:
        """Seconds between two frames of the output."""
        return self._clock.seconds

    def _texts(self, waveforms: Sequence[np.ndarray]) -> list[dict[str, Any]]:
        if self.decoder is None:
            return [self._text(rows) for rows in self._outputs(waveforms)]
        step = self.frame_seconds
        return [
            self.decoder(logs, self.vocabulary, frame_seconds=step).to_json()
            for logs in self.log_probabilities(waveforms)
        ]

    def _text(self, rows: np.ndarray) -> dict[str, Any]:
        (text,) = decode(rows[None], None, self._tokenizer, seconds=self._clock.seconds)
        words = [
            {"word": w.text, "start": _rounded(w.start), "end": _rounded(w.end)}
            for w in text.words
        ]
        return {"text": text.text, "words": words}

    def _segments(self, rows: np.ndarray) -> dict[str, Any]:
        names = self.recipe["class_names"] or [str(i) for i in range(rows.shape[1])]
        step = self._clock.seconds
        if self._multi_label:
            # A frame may have any number of classes.
            likely = rows >= (0.5 if self._output_kind == "probabilities" else 0.0)
            found = [(*run, i) for i in range(len(names)) for run in _runs(likely[:, i])]
            found = sorted((a, b, i) for a, b, present, i in found if present)
        else:
            found = _runs(rows.argmax(axis=-1))
        return {
            "segments": [
                {"label": names[i], "start": _rounded(a * step), "end": _rounded(b * step)}
                for a, b, i in found
            ]
        }


def _tokenizer(facts: CheckpointFacts, card: dict[str, Any], name: str) -> CtcTokenizer:
    """Returns the card's tokenizer, or a tokenizer from the class names."""
    if facts.tokenizer:
        return CtcTokenizer.from_files(facts.tokenizer)
    names = card["class_names"]
    if not names:
        raise ValueError(
            f"{name}: a CTC network without a vocabulary cannot be decoded. Put vocab.json "
            "into the folder, or build the model with `labels=` or "
            "`card={'tokenizer': {'vocab.json': ...}}`."
        )
    blank = {"pad_token": names[facts.network().pad_token_id or 0]}
    numbers = {token: number for number, token in enumerate(names)}
    return CtcTokenizer.from_files({"vocab.json": numbers, "tokenizer_config.json": blank})


def _softmax(rows: np.ndarray) -> np.ndarray:
    powers = np.exp(rows - rows.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _sigmoid(rows: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(rows / 2))


def _runs(values: np.ndarray) -> list[tuple[int, int, Any]]:
    """Returns first frame, end and value of each run of equal values."""
    runs, start = [], 0
    for value, group in itertools.groupby(values):
        end = start + len(list(group))
        runs.append((start, end, value))
        start = end
    return runs


def _rounded(seconds: float) -> float:
    """Rounds to microseconds, so that 3 * 0.02 is 0.06."""
    return round(seconds, 6)


def no_printable_head(name: str, head: Any) -> str:
    """Returns the error message for a network whose head `predict` does not support."""
    found = "no head" if head is None else f"the head {head!r}"
    return (
        f"{name}: has {found}, and predict needs one for text (CTC), frames, labels or scores. "
        "Fine-tune it first: kapre-like train DATA --model wav2vec2 --set checkpoint=DIR "
        "--out DIR"
    )
