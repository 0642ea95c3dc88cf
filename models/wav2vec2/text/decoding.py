"""Decodes CTC logits to text with the times of its words."""

from dataclasses import dataclass, field

import numpy as np

from kapre_like.models.text.collapse import Run, collapse, words_of
from kapre_like.models.wav2vec2.text.tokenizer import CtcTokenizer


@dataclass(frozen=True)
class CtcWord:
    """A word with its start and end.

    Attributes:
        text: The word, in the spelling of the vocabulary.
        start: Start of the first letter's first frame, in seconds from the clip's start.
        end: End of the last letter's last frame, in seconds from the clip's start.
    """

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class CtcText:
    """Text of a clip.

    Attributes:
        text: The words, separated by spaces.
        words: The words with their times.
    """

    text: str
    words: list[CtcWord] = field(default_factory=list)


def decode(
    logits: np.ndarray,
    length: np.ndarray | None,
    tokenizer: CtcTokenizer,
    *,
    seconds: float = 0.02,
    skip_special_tokens: bool = False,
) -> list[CtcText]:
    """Decodes greedily: takes each frame's most likely token, and drops repeats and blanks.

    Args:
        logits: Logits or probabilities, `(clips, frames, tokens)`.
        length: `(clips,)`, number of valid frames (`frame_times.frame_count`). `None` decodes
            all frames. This is correct with `padding="exact"`, which predicts the blank past a
            clip's end.
        tokenizer: See `CtcTokenizer`.
        seconds: Float > 0, seconds between frames (`frame_times.frame_seconds`).
        skip_special_tokens: Whether to drop special tokens such as `<unk>` from the text. As in
            transformers, this also drops the blanks before repeats are merged, so a double
            letter becomes one.
    """
    best = np.argmax(np.asarray(logits), axis=-1)
    ends = [None] * len(best) if length is None else [int(n) for n in length]
    return [
        decode_tokens(
            row[:end], tokenizer, seconds=seconds, skip_special_tokens=skip_special_tokens
        )
        for row, end in zip(best, ends, strict=True)
    ]


def decode_tokens(
    numbers: np.ndarray,
    tokenizer: CtcTokenizer,
    *,
    seconds: float = 0.02,
    skip_special_tokens: bool = False,
) -> CtcText:
    """Decodes the token indices `(frames,)` of one clip; see `decode`.

    Args:
        numbers: Token index of each frame.
        tokenizer: See `CtcTokenizer`.
        seconds: Float > 0, seconds between frames.
        skip_special_tokens: See `decode`.
    """
    tokens = [tokenizer.token(number) for number in numbers]
    if skip_special_tokens:
        tokens = [token for token in tokens if token not in tokenizer.special]
    space = tokenizer.replace_word_delimiter_char
    written = {tokenizer.word_delimiter_token: space}
    letters = [
        Run(written.get(run.token, run.token), run.start, run.end)
        for run in collapse(tokens, tokenizer.pad_token)
    ]
    text = "".join(letter.token for letter in letters).strip()
    words = [
        CtcWord(word, runs[0].start * seconds, runs[-1].end * seconds)
        for word, runs in words_of(letters, space)
    ]
    return CtcText(text.lower() if tokenizer.do_lower_case else text, words)
