"""Decodes CTC logits to text with the times of its words."""

from dataclasses import dataclass, field

import numpy as np

from kapre_like.models.text.collapse import Run, collapse, words_of
from kapre_like.models.wav2vec2.text.tokenizer import CtcTokenizer


@dataclass(frozen=True)
class CtcWord:
    """A word and when it is said.

    Attributes:
        text: The word, as the vocabulary writes it.
        start: Seconds from the clip's beginning, of its first letter's first frame.
        end: Likewise, behind its last letter's last frame.
    """

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class CtcText:
    """What a clip says.

    Attributes:
        text: Its words, with spaces between them.
        words: Each of them, see `CtcWord`.
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
    """Takes each frame's likeliest token, drops repeats and blanks, and reads words.

    Args:
        logits: `(clips, frames, tokens)`, or probabilities.
        length: `(clips,)`, valid frames (`frame_times.frame_count`); `None` takes all, which
            is right under `padding="exact"`: frames past a clip's end say blank.
        tokenizer: See `CtcTokenizer`.
        seconds: Float > 0, from one frame to the next (`frame_times.frame_seconds`).
        skip_special_tokens: Whether tokens that are no letters, as `<unk>`, are left out of
            the text; with them go the blanks, so that letters said twice become one. That is
            what transformers does.
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
    """The same from the tokens `(frames,)` of one clip.

    Args:
        numbers: Token of each frame.
        tokenizer: See `CtcTokenizer`.
        seconds: Float > 0, from one frame to the next.
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
        CtcWord(word, said[0].start * seconds, said[-1].end * seconds)
        for word, said in words_of(letters, space)
    ]
    return CtcText(text.lower() if tokenizer.do_lower_case else text, words)
