"""Settings of decoding: greedy, or a beam search."""

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

# Default number of prefixes that a beam search keeps.
USUAL_BEAM = 100


@dataclass(frozen=True)
class Decoder:
    """Decodes log probabilities to text.

    Attributes:
        beam: Int >= 0, number of prefixes that a beam search keeps. 0 uses the most probable
            token of each frame (greedy decoding), which is fastest.
        language_model: Path of an ARPA file, or `None`.
        alpha: Float >= 0, weight of the language model.
        beta: Float, reward for each word in nats.
        hot_words: Words to prefer.
        hot_word_weight: Float >= 0, score of each hot word in nats.

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
            _check.fail("Decoder", "beam", rule, self.beam, "Use beam=100.")

    def open(self) -> None:
        """Reads the language model, to find a missing file before any sound is decoded.

        Raises:
            ValueError: If the file is missing or invalid. The message has the line number.
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
        """Returns the transcript.

        Args:
            log_probabilities: `(frames, tokens)`.
            vocabulary: See `Vocabulary`.
            frame_seconds: Float > 0, hop between frames in seconds.
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
