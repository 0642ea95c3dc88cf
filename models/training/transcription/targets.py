"""From the transcripts of a table to what the CTC loss takes. Needs no Keras."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from kapre_like.models.text.normalization import TextRule
from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.training.transcription.settings import (
    AUTO,
    CHARACTERS,
    CLOSED_TIMES,
    CLOSED_WORDS,
    FEWEST_WORDS,
    SUBWORDS,
    WORDS,
    TextSettings,
)

if TYPE_CHECKING:
    import pandas as pd

# What is behind the end of a text; the loss leaves negative numbers out.
PADDING = -1


def learned_vocabulary(settings: TextSettings, texts: Iterable[str]) -> Vocabulary:
    """Returns the vocabulary of some texts, as the settings ask for it."""
    rule = TextRule(
        case=settings.case, punctuation=settings.punctuation, numbers=settings.numbers
    )
    texts, kind = list(texts), settings.vocabulary
    if kind == AUTO:
        kind = WORDS if _is_closed([rule(text) for text in texts]) else CHARACTERS
    size = settings.vocabulary_size if kind == SUBWORDS else None
    return Vocabulary.learned(texts, kind=kind, size=size, rule=rule)


def _is_closed(texts: list[str]) -> bool:
    """Whether texts are made of few words: a network that spells them only gets them wrong."""
    words = [word for text in texts for word in text.split()]
    different = len(set(words))
    some = FEWEST_WORDS <= different <= CLOSED_WORDS
    return some and len(words) >= CLOSED_TIMES * different


def targets_of(texts: Iterable[str], vocabulary: Vocabulary) -> np.ndarray:
    """Returns the numbers of each text, int32 `(texts, longest)`, padded with -1."""
    rows = [vocabulary.encode(text) for text in texts]
    targets = np.full((len(rows), max(map(len, rows), default=1) or 1), PADDING, "int32")
    for target, row in zip(targets, rows, strict=True):
        target[: len(row)] = row
    return targets


def frames_needed(numbers: Iterable[int]) -> int:
    """Returns the fewest frames that a text can be aligned with.

    A frame for each token, and a blank between two of the same.
    """
    numbers = np.asarray(list(numbers))
    return len(numbers) + int((numbers[1:] == numbers[:-1]).sum())


def unlearnable_rows(
    table: "pd.DataFrame",
    vocabulary: Vocabulary,
    frames_of: Callable[[float], int],
) -> list[dict[str, str]]:
    """Returns the rows of a table that the CTC loss cannot learn from.

    Args:
        table: With `path`, `digest`, `label` and `duration_s`.
        vocabulary: The tokens of the network.
        frames_of: Function from the seconds of a clip to the frames of the network's output.

    Returns:
        A dict of `digest`, `path` and `reason` for each.
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
        return f"its transcript has {what} that the vocabulary lacks: {listed}"
    numbers = vocabulary.encode(text)
    if not numbers:
        return "its transcript is empty once it is normalized"
    frames, needed = frames_of(seconds), frames_needed(numbers)
    if frames >= needed:
        return ""
    return (
        f"too short for its transcript: {seconds:.2f} s give {frames} frames, and "
        f"{len(numbers)} tokens need {needed}"
    )
