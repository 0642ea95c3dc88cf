"""Scores of a language model and of hot words, for the hypotheses of a beam search."""

from collections.abc import Collection, Sequence
from math import log

import numpy as np

from kapre_like.models.text.language_model import LanguageModel, State
from kapre_like.models.text.vocabulary import Vocabulary

# For unknown words with more letters than this, the penalty is proportional to the length.
USUAL_LETTERS = 6


class WordScores:
    """Scores of partial words, of finished words and of the end of the text. They are cached.

    A finished word adds `alpha * ln P(word | words before it) + beta`. For an unknown word,
    `unknown_log10` is added to the log10 probability. A hot word adds `hot_word_weight`. The
    end of the text adds `alpha * ln P(</s>)`.

    A partial word has a preliminary score, which is replaced when the word is finished. A
    prefix of a hot word has the share of `hot_word_weight` that its letters are of the shortest
    hot word with that prefix. A text that is not a prefix of a known word has `unknown_log10`,
    multiplied by its length over `USUAL_LETTERS` if it is longer.

    Args:
        vocabulary: See `Vocabulary`.
        language_model: A `LanguageModel` or `None`.
        alpha: Float, weight of the model's log probabilities.
        beta: Float, reward for each word in nats; used only with a language model.
        unknown_log10: Float <= 0, penalty of words that are not in the model.
        hot_words: Words. The words of a phrase are scored separately.
        hot_word_weight: Float, score of each hot word in nats.

    Attributes:
        partial_scores: `(partial words,)`, scores in nats by number. New words are appended.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        language_model: LanguageModel | None,
        *,
        alpha: float,
        beta: float,
        unknown_log10: float,
        hot_words: Collection[str],
        hot_word_weight: float,
    ) -> None:
        self._model, self._alpha, self._beta = language_model, alpha * log(10), beta
        self._unknown, self._weight = unknown_log10, hot_word_weight
        self._hot = {word for phrase in hot_words for word in phrase.split()}
        self._hot_beginnings = _shortest(self._hot)
        self._beginnings = language_model.beginnings if language_model else frozenset()
        mark = vocabulary.mark
        self._begins = np.array([token.startswith(mark) for token in vocabulary.tokens])
        self._pieces = [token.removeprefix(mark) for token in vocabulary.tokens]
        self._n_tokens = len(vocabulary)
        # Number 0 is the empty partial word.
        self._partials = [""]
        self._partial_numbers = {"": 0}
        self.partial_scores = np.zeros(1)
        self._grown: dict[int, int] = {}
        start = language_model.start() if language_model else ()
        self._states: list[State] = [start]
        self._state_numbers = {start: 0}
        self._finished: dict[tuple[int, int], tuple[int, float]] = {}

    def extend(
        self, partial: np.ndarray, state: np.ndarray, base: np.ndarray, token: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Appends tokens. Returns the new partial words, states and scores of finished words.

        Args:
            partial: `(hypotheses,)`, numbers of partial words.
            state: `(hypotheses,)`, numbers of the model's states.
            base: `(hypotheses,)`, scores of the finished words in nats.
            token: `(hypotheses,)`, the tokens to append.
        """
        ends = np.flatnonzero(self._begins[token])
        if len(ends):
            pairs = zip(state[ends].tolist(), partial[ends].tolist(), strict=True)
            done = [self._finish(*pair) for pair in pairs]
            state, base, partial = state.copy(), base.copy(), partial.copy()
            state[ends] = [number for number, _ in done]
            base[ends] += [gain for _, gain in done]
            partial[ends] = 0
        keys = (partial * self._n_tokens + token).tolist()
        grown = self._grown
        numbers = [grown[key] if key in grown else self._grow(key) for key in keys]
        if len(self._partials) > len(self.partial_scores):
            new = self._partials[len(self.partial_scores) :]
            scores = [self._partial_score(text) for text in new]
            self.partial_scores = np.append(self.partial_scores, scores)
        return np.array(numbers, np.int64), state, base

    def ended(self, partial: Sequence[int], state: Sequence[int]) -> np.ndarray:
        """Returns the score of the last word and of the end of the text, in nats."""
        gains = []
        for word, number in zip(partial, state, strict=True):
            after, gain = self._finish(int(number), int(word))
            if self._model is not None:
                gain += self._alpha * self._model.end(self._states[after])
            gains.append(gain)
        return np.array(gains, float)

    def of_text(self, words: Sequence[str]) -> float:
        """Returns the score of a whole text, in nats."""
        state, total = 0, 0.0
        for word in words:
            state, gain = self._finish(state, self._number(word))
            total += gain
        return total + float(self.ended([0], [state])[0])

    def _grow(self, key: int) -> int:
        number, token = divmod(key, self._n_tokens)
        self._grown[key] = self._number(self._partials[number] + self._pieces[token])
        return self._grown[key]

    def _number(self, partial: str) -> int:
        number = self._partial_numbers.setdefault(partial, len(self._partials))
        if number == len(self._partials):
            self._partials.append(partial)
        return number

    def _finish(self, state: int, partial: int) -> tuple[int, float]:
        """Returns the state after a finished word, and the score of the word."""
        if partial == 0:
            return state, 0.0
        if (state, partial) not in self._finished:
            word = self._partials[partial]
            after, gain = state, self._weight if word in self._hot else 0.0
            if self._model is not None:
                reached, score = self._model.step(self._states[state], word)
                score += 0.0 if word in self._model.words else self._unknown
                gain += self._alpha * score + self._beta
                after = self._state_numbers.setdefault(reached, len(self._states))
                if after == len(self._states):
                    self._states.append(reached)
            self._finished[state, partial] = after, gain
        return self._finished[state, partial]

    def _partial_score(self, text: str) -> float:
        if text in self._hot_beginnings:
            return self._weight * len(text) / self._hot_beginnings[text]
        if self._model is None or text in self._beginnings:
            return 0.0
        return self._unknown * max(1.0, len(text) / USUAL_LETTERS)


def _shortest(words: Collection[str]) -> dict[str, int]:
    """Maps each prefix of a word to the length of the shortest word with that prefix."""
    found: dict[str, int] = {}
    for word in words:
        for i in range(1, len(word) + 1):
            found[word[:i]] = min(len(word), found.get(word[:i], len(word)))
    return found
