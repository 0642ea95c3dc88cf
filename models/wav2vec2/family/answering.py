"""A Wav2Vec2 network that predicts for clips: text with times, segments, labels or scores."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kapre_like.models.artifact.card import card_of
from kapre_like.models.artifact.clip_batches import run_clips
from kapre_like.models.artifact.predicting import compiled
from kapre_like.models.artifact.stages import Stage
from kapre_like.models.checkpoints.folder import find_checkpoint, read_config
from kapre_like.models.training.explaining import explain_network
from kapre_like.models.wav2vec2.backbone.frame_times import frame_count, frame_seconds
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.checkpoint.loaded import Loaded
from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface
from kapre_like.models.wav2vec2.text.decoding import decode
from kapre_like.models.wav2vec2.text.tokenizer import CtcTokenizer

PRINTED = ("ctc", "frames", "classify", "regress")
# Heads by the end of the class name in a checkpoint.
_HEADS = {
    "ForCTC": "ctc",
    "ForAudioFrameClassification": "frames",
    "ForSequenceClassification": "classify",
}
_OF_HEADS = ("lm_head", "classifier", "projector")


class CheckpointModel:
    """A Wav2Vec2 network with the interface of an opened model.

    Args:
        model: Takes `[waveform, length]`; its card says its head, one of `PRINTED`.
        name: What to call it in errors.

    Attributes:
        recipe: `task` (the head), `class_names`, `sample_rate`, `seconds`.

    Raises:
        ValueError: If the head is none that can be said in words, or a CTC head has neither
            a tokenizer nor named tokens.
    """

    def __init__(self, model: keras.Model, name: str) -> None:
        self.model, self._card = model, card_of(model)
        self._head = self._card.task
        if self._head not in PRINTED:
            raise ValueError(_no_words(name, self._head))
        self._tokenizer = _tokenizer(model, name) if self._head == "ctc" else None
        self._padding = CheckpointFacts.of(model).padding
        self._run = compiled(model)
        self.recipe = {
            "family": name,
            "task": self._head,
            "class_names": self._names(),
            "sample_rate": self._card.sample_rate,
            "seconds": None,
            "length_rule": "whole",
        }

    def predict(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """Returns probabilities `(clips, classes)` or scores `(clips,)`.

        Raises:
            ValueError: If the head answers per frame.
        """
        if self._head not in ("classify", "regress"):
            raise ValueError(
                f"{self.recipe['family']}: its head {self._head!r} answers for each frame, and "
                "this is for one label or score per clip. Use `kapre-like predict`."
            )
        return np.stack(self._outputs(waveforms))

    @property
    def answers(self) -> Any:
        """Function that returns a record per clip; `None` for a single label or score.

        A function of waveforms. It returns per clip `text` and `words` (each `word`, `start`,
        `end` in seconds); for frames `segments` (each `label`, `start`, `end`), runs of frames
        of the same class.
        """
        return {"ctc": self._said, "frames": self._labelled}.get(self._head)

    def explain(self, waveform: np.ndarray) -> list[Stage]:
        """Returns what the network computed inside; see `explain_network`."""
        return explain_network(self.model, waveform)

    def _outputs(self, waveforms: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns the network's output for each clip, with frames of the padding."""
        # With Hugging Face's padding the output depends on the other clips of the batch.
        rows = run_clips(
            self._run,
            waveforms,
            sample_rate=self.recipe["sample_rate"],
            one_by_one=self._padding != "exact",
        )
        if self._head == "classify" and self._card.output_kind == "logits":
            return [_softmax(row) for row in rows]
        return rows

    def _counts(self, waveforms: Sequence[np.ndarray]) -> list[int]:
        return [frame_count(len(waveform), self.model) for waveform in waveforms]

    def _said(self, waveforms: Sequence[np.ndarray]) -> list[dict[str, Any]]:
        pairs = zip(self._outputs(waveforms), self._counts(waveforms), strict=True)
        return [self._texts(rows[None], [count])[0] for rows, count in pairs]

    def _labelled(self, waveforms: Sequence[np.ndarray]) -> list[dict[str, Any]]:
        pairs = zip(self._outputs(waveforms), self._counts(waveforms), strict=True)
        return [self._segments(rows[:count]) for rows, count in pairs]

    def _texts(self, rows: np.ndarray, counts: list[int]) -> list[dict[str, Any]]:
        texts = decode(
            rows, np.array(counts), self._tokenizer, seconds=frame_seconds(self.model)
        )
        return [
            {
                "text": said.text,
                "words": [
                    {"word": w.text, "start": _tidy(w.start), "end": _tidy(w.end)}
                    for w in said.words
                ],
            }
            for said in texts
        ]

    def _segments(self, rows: np.ndarray) -> dict[str, Any]:
        names, segments, start = self._names(), [], 0
        step = frame_seconds(self.model)
        for index, group in itertools.groupby(rows.argmax(axis=-1)):
            end = start + len(list(group))
            label = names[index] if names else str(index)
            segments.append(
                {"label": label, "start": _tidy(start * step), "end": _tidy(end * step)}
            )
            start = end
        return {"segments": segments}

    def _names(self) -> list[str] | None:
        if self._head not in ("classify", "frames"):
            return None
        return self._card.class_names


def open_checkpoint(path: Path) -> CheckpointModel:
    """Opens a `.keras` file of this package, or a folder as transformers writes it.

    Raises:
        ValueError: If it is damaged, or has no head that answers in words or numbers.
    """
    if path.is_file():
        from kapre_like.models.artifact.load import load_model

        return CheckpointModel(load_model(path, compile=False), str(path))
    values = read_config(find_checkpoint(path))
    listed = values.get("architectures") or ["none"]
    ends = [end for end in _HEADS if str(listed[0]).endswith(end)]
    if not ends:
        raise ValueError(_no_words(str(path), f"of {listed[0]}"))
    head = _HEADS[ends[0]]
    if head == "classify" and values.get("problem_type") == "regression":
        head = "regress"
    model = from_huggingface(path, head, report=_refuse_fresh_head)
    return CheckpointModel(model, str(path))


def _refuse_fresh_head(loaded: Loaded) -> None:
    """Raises an error if the head has random weights."""
    fresh = [name for name in loaded.fresh if name.startswith(_OF_HEADS)]
    if fresh:
        raise ValueError(
            f"{loaded.source}: its weights lack the head: {', '.join(fresh)}. Fine-tune it "
            "first, or name a checkpoint that has one."
        )


def _tokenizer(model: keras.Model, name: str) -> CtcTokenizer:
    """Returns the card's tokenizer, or one made from the class names."""
    facts = CheckpointFacts.of(model)
    if facts.tokenizer:
        return CtcTokenizer.from_files(facts.tokenizer)
    names = card_of(model).class_names
    if not names:
        raise ValueError(
            f"{name}: a CTC network without a vocabulary; its frames cannot be read. Put "
            "vocab.json into the folder, or build the model with `labels=` or "
            "`card={'tokenizer': {'vocab.json': ...}}`."
        )
    blank = {"pad_token": names[facts.network().pad_token_id or 0]}
    numbers = {token: number for number, token in enumerate(names)}
    return CtcTokenizer.from_files({"vocab.json": numbers, "tokenizer_config.json": blank})


def _softmax(rows: np.ndarray) -> np.ndarray:
    powers = np.exp(rows - rows.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _tidy(seconds: float) -> float:
    """Rounds to microseconds, so that 3 * 0.02 is 0.06."""
    return round(seconds, 6)


def _no_words(name: str, head: Any) -> str:
    what = "no head" if head is None else f"the head {head!r}"
    return (
        f"{name}: has {what}, and predict needs one for text (CTC), frames, labels or scores. "
        "Fine-tune it first: kapre-like train DATA --model wav2vec2 --set checkpoint=DIR "
        "--out DIR"
    )
