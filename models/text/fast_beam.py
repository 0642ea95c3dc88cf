"""Beam search with the package `ctc-beam-decoder` (C++ with KenLM)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

from kapre_like.models.text.language_model import LanguageModel
from kapre_like.models.text.prefix_beam import Found
from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.text.word_scores import WordScores

_MISSING = (
    "beam_search: fast=True needs the package ctc-beam-decoder. Install it: "
    "pip install 'kapre-like[beam]', or leave fast=None."
)
# Letters that have, or may have, a special meaning in the package.
_RESERVED = "|_▁#⁇"
# The package replaces lower probabilities with this one.
_FLOOR = float(np.log(1e-15))


def unsupported(vocabulary: Vocabulary, min_logp: float) -> str:
    """Returns the reason why the package cannot search, or "" if it can."""
    try:
        _package()
    except (ImportError, OSError, RuntimeError) as error:
        return str(error)
    letters = [t for i, t in enumerate(vocabulary.tokens) if i not in _left_out(vocabulary)]
    plain = all(len(letter) == 1 and letter not in _RESERVED for letter in letters)
    if vocabulary.kind != "characters" or vocabulary.space is None or not plain:
        return (
            "beam_search: fast=True needs a vocabulary of characters, with one character per "
            f"token, a space, and none of {_RESERVED}. Leave fast=None."
        )
    if not np.isfinite(min_logp):
        return "beam_search: fast=True needs a finite min_logp."
    return ""


def search(
    logs: np.ndarray,
    vocabulary: Vocabulary,
    *,
    beam: int,
    min_logp: float,
    token_min_logp: float,
    language_model: LanguageModel | None,
    alpha: float,
    beta: float,
    unknown_log10: float,
    hot_words: tuple[str, ...],
    hot_word_weight: float,
    scores: WordScores | None,
) -> list[Found]:
    """Returns the hypotheses of the package, with scores as in `PrefixBeam`.

    The arguments are those of `beam_search`. `scores` computes the bonus of language model and
    hot words.
    """
    decoder = _decoder(_labels(vocabulary), language_model, alpha, beta, unknown_log10)
    x = np.maximum(logs, 10 * _FLOOR)
    # The package normalizes the probabilities of a frame to sum to 1. Without ignored tokens
    # they sum to less, so the difference is added to its scores.
    gap = float(np.log(np.exp(x).sum(axis=1)).sum())
    # Append a frame with a certain space, which ends the last word of every hypothesis. Without
    # it the package scores the empty word after a trailing space as an unknown word.
    end = np.full((1, x.shape[1]), 10 * _FLOOR)
    end[0, vocabulary.space] = 0.0
    beams = decoder.decode_beams(
        np.concatenate([x, end]).astype(np.float32), beam_width=beam, beam_prune_logp=min_logp,
        token_min_logp=max(token_min_logp, 2 * _FLOOR),
        hotwords=[word for phrase in hot_words for word in phrase.split()],
        hotword_weight=hot_word_weight,
    )  # fmt: skip
    numbers = {token: i for i, token in enumerate(vocabulary.tokens)}
    found = []
    for text, _, words, logit, _ in beams:
        tokens = [numbers[letter] for letter in text]
        bonus = scores.of_text(text.split()) if scores else 0.0
        found.append(Found(tokens, _hints(text, words), logit + gap, bonus))
    return found


def _hints(text: str, words: list[tuple[str, tuple[int, int]]]) -> list[int]:
    """Returns the approximate frame of each letter, evenly spaced within its word."""
    frames: list[int] = []
    for word, (start, end) in words:
        frames += [frames[-1] + 1] if frames else []
        frames += np.linspace(start, max(start, end - 1), len(word)).astype(int).tolist()
    return [*frames, *[frames[-1] if frames else 0] * (len(text) - len(frames))]


def _left_out(vocabulary: Vocabulary) -> set[int]:
    return {vocabulary.blank, *vocabulary.ignored}


def _labels(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Returns the package's token names: "" for the blank, private letters for ignored ones."""
    labels = list(vocabulary.tokens)
    for i, number in enumerate(vocabulary.ignored):
        labels[number] = chr(0xE000 + i)
    labels[vocabulary.blank] = ""
    return tuple(labels)


@lru_cache(maxsize=4)
def _decoder(
    labels: tuple[str, ...],
    language_model: LanguageModel | None,
    alpha: float,
    beta: float,
    unknown_log10: float,
) -> Any:
    package = _package()
    if language_model is None:
        return package.BeamSearchDecoder(list(labels))
    file = str(language_model.arpa_file())
    with _silenced_stderr():
        return package.BeamSearchDecoder(
        list(labels), kenlm_model_path=file,
        unigrams=sorted(language_model.words), alpha=alpha, beta=beta,
        unk_score_offset=unknown_log10,
    )  # fmt: skip


@contextmanager
def _silenced_stderr() -> Iterator[None]:
    """Discards output to stderr, because KenLM draws a progress bar for every text file."""
    original, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)
    try:
        yield
    finally:
        os.dup2(original, 2)
        os.close(original)
        os.close(devnull)


def _package() -> Any:
    try:
        import ctc_beam_decoder
    except ImportError as error:
        raise ImportError(_MISSING) from error
    return ctc_beam_decoder
