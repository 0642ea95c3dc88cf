"""Converts the transcripts of a table to targets of the CTC loss. Does not import Keras."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from kapre_like.models.text.normalization import TextRule
from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.training.transcription.settings import (
    AUTO,
    CHARACTERS,
    MAX_CLOSED_WORDS,
    MIN_CLOSED_WORDS,
    MIN_REPEATS,
    SUBWORDS,
    WORDS,
    TextSettings,
)

if TYPE_CHECKING:
    import pandas as pd

# Padding after the end of a text. The loss ignores negative numbers.
PADDING = -1


def learned_vocabulary(settings: TextSettings, texts: Iterable[str]) -> Vocabulary:
    """Returns the vocabulary of the texts, of the kind in the settings."""
    rule = TextRule(
        case=settings.case, punctuation=settings.punctuation, numbers=settings.numbers
    )
    texts, kind = list(texts), settings.vocabulary
    if kind == AUTO:
        kind = WORDS if _is_closed([rule(text) for text in texts]) else CHARACTERS
    size = settings.vocabulary_size if kind == SUBWORDS else None
    return Vocabulary.learned(texts, kind=kind, size=size, rule=rule)


def _is_closed(texts: list[str]) -> bool:
    """Returns whether texts have few different words. Spelling these only adds misspellings."""
    words = [word for text in texts for word in text.split()]
    different = len(set(words))
    in_range = MIN_CLOSED_WORDS <= different <= MAX_CLOSED_WORDS
    return in_range and len(words) >= MIN_REPEATS * different


def targets_of(texts: Iterable[str], vocabulary: Vocabulary) -> np.ndarray:
    """Returns the token numbers of each text, int32 `(texts, longest)`, padded with -1."""
    rows = [vocabulary.encode(text) for text in texts]
    targets = np.full((len(rows), max(map(len, rows), default=1) or 1), PADDING, "int32")
    for target, row in zip(targets, rows, strict=True):
        target[: len(row)] = row
    return targets


def frames_needed(numbers: Iterable[int]) -> int:
    """Returns the minimum number of frames to align a text with.

    Each token needs a frame, and two equal neighbors need a blank between them.
    """
    numbers = np.asarray(list(numbers))
    return len(numbers) + int((numbers[1:] == numbers[:-1]).sum())


def unlearnable_rows(
    table: "pd.DataFrame",
    vocabulary: Vocabulary,
    frames_of: Callable[[float], int],
) -> list[dict[str, str]]:
    """Returns the rows of a table that cannot be trained on with the CTC loss.

    Args:
        table: Table with `path`, `digest`, `label` and `duration_s`.
        vocabulary: The tokens of the network.
        frames_of: Function that maps the duration of a clip in seconds to the number of output
            frames.

    Returns:
        A dict of `digest`, `path` and `reason` for each such row.
    """
    found = []
    for row in table.itertuples():
        reason = _why_not(row.label, row.duration_s, vocabulary, frames_of)
        if reason:
            found.append({"digest": row.digest, "path": row.path, "reason": reason})
    return found


def _why_not(
    text: str, seconds: float, vocabulary: Vocabulary, frames_of: Callable[[float], int]
) -> str:
    if unknown := vocabulary.unknown(text):
        listed = ", ".join(map(repr, unknown))
        what = "words" if vocabulary.kind == "words" else "characters"
        return f"its transcript has {what} that are not in the vocabulary: {listed}"
    numbers = vocabulary.encode(text)
    if not numbers:
        return "its transcript is empty after normalization"
    frames, needed = frames_of(seconds), frames_needed(numbers)
    if frames >= needed:
        return ""
    return (
        f"too short for its transcript: {seconds:.2f} s give {frames} frames, and "
        f"{len(numbers)} tokens need {needed}"
    )
