"""How log probabilities become text: the likeliest tokens, or a beam search."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from kapre_like import _check
from kapre_like.models.text.beam_search import HOT_WORD_WEIGHT, beam_search
from kapre_like.models.text.greedy import greedy
from kapre_like.models.text.language_model import LanguageModel
from kapre_like.models.text.transcript import Transcript
from kapre_like.models.text.vocabulary import Vocabulary

# Prefixes that a beam search keeps if nobody says how many.
USUAL_BEAM = 100


@dataclass(frozen=True)
class Decoder:
    """A way to read text from log probabilities.

    Attributes:
        beam: Int >= 0, prefixes that a beam search keeps. 0 takes each frame's likeliest token,
            which is fastest.
        language_model: Path of an ARPA file, or `None`.
        alpha: Float >= 0, weight of the language model.
        beta: Float, nats that each word adds.
        hot_words: Words that are more likely than the network says.
        hot_word_weight: Float >= 0, nats that each of them adds.

    Raises:
        ValueError: If a value is out of its domain, or only a beam search can use it.
    """

    beam: int = 0
    language_model: str | Path | None = None
    alpha: float = 0.5
    beta: float = 1.0
    hot_words: tuple[str, ...] = ()
    hot_word_weight: float = HOT_WORD_WEIGHT

    def __post_init__(self) -> None:
        _check.non_negative_int("Decoder", beam=self.beam)
        _check.non_negative("Decoder", alpha=self.alpha, hot_word_weight=self.hot_word_weight)
        if not self.beam and (self.language_model or self.hot_words):
            rule = "> 0 with a language model or hot words"
            _check.fail("Decoder", "beam", rule, self.beam, "100 is usual.")

    def open(self) -> None:
        """Reads the language model now, so that a missing file is found before any sound.

        Raises:
            ValueError: If it is missing or broken; says where.
        """
        _ = self._model

    @cached_property
    def _model(self) -> LanguageModel | None:
        if self.language_model is None:
            return None
        return LanguageModel.from_arpa(self.language_model)

    def __call__(
        self, log_probabilities: np.ndarray, vocabulary: Vocabulary, *, frame_seconds: float
    ) -> Transcript:
        """Returns what is said.

        Args:
            log_probabilities: `(frames, tokens)`.
            vocabulary: See `Vocabulary`.
            frame_seconds: Float > 0, from one frame to the next.
        """
        if not self.beam:
            return greedy(log_probabilities, vocabulary, frame_seconds=frame_seconds)
        return beam_search(
            log_probabilities,
            vocabulary,
            frame_seconds=frame_seconds,
            beam=self.beam,
            language_model=self._model,
            alpha=self.alpha,
            beta=self.beta,
            hot_words=self.hot_words,
            hot_word_weight=self.hot_word_weight,
        )[0]
