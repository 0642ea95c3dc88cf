"""What a language model and hot words add to a hypothesis, by numbers for its partial word."""

from collections.abc import Collection, Sequence
from math import log

import numpy as np

from kapre_like.models.text.language_model import LanguageModel, State
from kapre_like.models.text.vocabulary import Vocabulary

# Letters of a usual word: the penalty of a longer unknown one grows with its length.
USUAL_LETTERS = 6


class WordScores:
    """Scores of partial words, of finished ones and of the end, each computed once.

    A finished word adds `alpha * ln P(word | words before it) + beta`, where an unknown word
    has a probability lower by `unknown_log10`; the end of the text adds `alpha * ln P(</s>)`. A
    hot word adds `hot_word_weight`. Before it is finished, a partial word has a score in place
    of these, so that the beam need not wait for its end: the beginning of a hot word has its
    share of the weight by letters, of the shortest word that it can become; the beginning of
    no known word has `unknown_log10`, and in proportion to its length if that is over
    `USUAL_LETTERS`.

    Args:
        vocabulary: See `Vocabulary`.
        language_model: Or `None`.
        alpha: Float, weight of the model's log probabilities.
        beta: Float, nats, reward for each word; with a language model only.
        unknown_log10: Float <= 0, for words that the model does not know.
        hot_words: Words; those of a phrase count one by one.
        hot_word_weight: Float, nats.

    Attributes:
        partial_scores: `(partial words,)`, nats, by number; grows.
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
        """Returns partial words, states and scores of finished words after another token.

        Args:
            partial: `(hypotheses,)`, numbers of partial words.
            state: `(hypotheses,)`, numbers of the model's states.
            base: `(hypotheses,)`, nats, scores of the words before.
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
        """Returns what the last word and the end of the text add, in nats."""
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
        """The state after a finished word, and what it adds."""
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
    """Every beginning of a word, and the letters of the shortest word that it begins."""
    found: dict[str, int] = {}
    for word in words:
        for i in range(1, len(word) + 1):
            found[word[:i]] = min(len(word), found.get(word[:i], len(word)))
    return found
