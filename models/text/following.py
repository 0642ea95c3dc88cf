"""Greedy decoding of a stream of frames, which returns words as soon as they end."""

import numpy as np

from kapre_like import _check
from kapre_like.models.text.collapse import Run, words_of
from kapre_like.models.text.transcript import Word
from kapre_like.models.text.vocabulary import Vocabulary


class Following:
    """Decodes chunks of log probabilities to the words that `greedy` returns for all frames.

    A word is returned when the next word starts, or at the end of the stream.

    Args:
        vocabulary: See `Vocabulary`.
        frame_seconds: Float > 0, hop between frames in seconds.

    Example:
        >>> import numpy as np
        >>> from kapre_like.models.text import Vocabulary
        >>> from kapre_like.models.text.following import Following
        >>> vocabulary = Vocabulary.learned(["a b"])
        >>> logs = np.log(np.eye(4)[[2, 0, 1, 3]] * 0.96 + 0.01)
        >>> words = Following(vocabulary, frame_seconds=0.02)
        >>> [word.text for word in words.push(logs[:3])], [word.text for word in words.finish()]
        (['a'], ['b'])
    """

    def __init__(self, vocabulary: Vocabulary, *, frame_seconds: float) -> None:
        _check.positive("Following", frame_seconds=frame_seconds)
        self._vocabulary, self._seconds = vocabulary, frame_seconds
        self._ignored = list(vocabulary.ignored)
        self._frames, self._last = 0, vocabulary.blank
        self._runs: list[Run] = []
        self._probabilities: list[list[float]] = []

    def push(self, log_probabilities: np.ndarray) -> list[Word]:
        """Decodes the next frames `(frames, tokens)`. Returns the words that have ended."""
        logs = np.array(log_probabilities, dtype=np.float64)
        logs[:, self._ignored] = -np.inf
        for frame, number in zip(logs, logs.argmax(axis=1).tolist(), strict=True):
            self._take(number, float(np.exp(frame[number])))
        return self._ended()

    def finish(self) -> list[Word]:
        """Returns the last word, if there is one."""
        words = [word for word, _ in self._words()]
        self._runs, self._probabilities = [], []
        return words

    def _take(self, number: int, probability: float) -> None:
        """Adds a frame: a new token, another frame of the last token, or a blank."""
        if number != self._vocabulary.blank:
            if number == self._last:
                run = self._runs[-1]
                self._runs[-1] = Run(run.token, run.start, self._frames + 1)
                self._probabilities[-1].append(probability)
            else:
                self._runs.append(Run(number, self._frames, self._frames + 1))
                self._probabilities.append([probability])
        self._last = number
        self._frames += 1

    def _ended(self) -> list[Word]:
        """Returns and removes all words except the last one, which may continue."""
        words = self._words()
        mark = self._vocabulary.tokens[self._runs[-1].token] if self._runs else ""
        # A token that is only the mark ends the last word, too.
        done = words if mark == self._vocabulary.mark else words[:-1]
        if done:
            first = len(self._runs) if len(done) == len(words) else words[len(done)][1]
            # Keep the last run, because its token may continue.
            first = min(first, len(self._runs) - 1)
            self._runs, self._probabilities = self._runs[first:], self._probabilities[first:]
        return [word for word, _ in done]

    def _words(self) -> list[tuple[Word, int]]:
        """Returns the words of the runs, each with the index of its first run."""
        tokens = self._vocabulary.tokens
        named = [Run(tokens[run.token], run.start, run.end) for run in self._runs]
        place = {run.start: number for number, run in enumerate(self._runs)}
        found = []
        for text, parts in words_of(named, self._vocabulary.mark):
            probabilities = [
                p for part in parts for p in self._probabilities[place[part.start]]
            ]
            times = (part * self._seconds for part in (parts[0].start, parts[-1].end))
            start, end = (round(time, 6) for time in times)
            word = Word(text, start, end, min(1.0, float(np.mean(probabilities))))
            found.append((word, place[parts[0].start]))
        return found
