"""Back-off n-gram language models, with the same scores as KenLM (Heafield 2011)."""

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from kapre_like import _check
from kapre_like.models.text.arpa import NGrams, read_arpa, write_arpa

BEGIN, END, UNKNOWN = "<s>", "</s>", "<unk>"
# log10 probability of an unknown word if a file has no <unk>. This is KenLM's default.
_NEVER = -100.0
# Words before the next one, in order; only those that affect its probability.
State = tuple[int, ...]


class LanguageModel:
    """An n-gram model with back-off.

    The probability of a word is that of the longest n-gram in the tables that ends with it,
    times the back-off weights of the longer contexts (Katz 1987).

    Args:
        tables: N-grams of orders 1, 2, ..., see `NGrams`.

    Attributes:
        order: Int > 0.
        words: frozenset of the words in the tables, without `<s>`, `</s>` and `<unk>`.

    Raises:
        ValueError: If there are no tables.

    Example:
        >>> from kapre_like.models.text import train_kneser_ney
        >>> model = train_kneser_ney(["one two", "one three"], order=2)
        >>> model.score(["one", "two"]) > model.score(["two", "one"])
        True
    """

    def __init__(self, tables: Sequence[NGrams]) -> None:
        if not tables:
            _check.fail("LanguageModel", "tables", "n-grams of order 1 or more", tables)
        self.order = len(tables)
        self._tables = tuple(tables)
        self._file: Path | None = None
        self._numbers = {word: i for i, word in enumerate(tables[0].words)}
        self._unknown = self._numbers.setdefault(UNKNOWN, len(self._numbers))
        self.words = frozenset(self._numbers) - {BEGIN, END, UNKNOWN}
        self._probabilities: list[dict[State, float]] = []
        self._backoffs: list[dict[State, float]] = []
        for table in tables:
            keys = [self._key(words) for words in table.words]
            self._probabilities.append(dict(zip(keys, table.probabilities, strict=True)))
            backoffs = table.backoffs if len(table.backoffs) else [0.0] * len(keys)
            self._backoffs.append(dict(zip(keys, backoffs, strict=True)))
        self._probabilities[0].setdefault((self._unknown,), _NEVER)

    @classmethod
    def from_arpa(cls, path: str | Path) -> "LanguageModel":
        """Reads an ARPA file, plain or compressed with gzip.

        Raises:
            ValueError: If the file does not exist or is invalid. The message has the line
                number and the fix.
        """
        model = cls(read_arpa(path))
        model._file = Path(path).resolve()
        return model

    def write_arpa(self, path: str | Path) -> None:
        """Writes the model as ARPA text. Compresses it if the name ends in `.gz`.

        Raises:
            ValueError: If the folder does not exist.
        """
        write_arpa(path, self._tables)

    def arpa_file(self) -> Path:
        """Returns a file with the model: the one it was read from, or a temporary file."""
        if self._file is None or not self._file.is_file():
            folder = Path(tempfile.mkdtemp(prefix="kapre-like-lm-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._file = folder / "model.arpa"
            self.write_arpa(self._file)
        return self._file

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """All prefixes of the words in the model, including the words."""
        return frozenset(w[:i] for w in self.words for i in range(1, len(w) + 1))

    def start(self, *, bos: bool = True) -> State:
        """Returns the state before the first word, which is after `<s>` if `bos`."""
        if not bos or BEGIN not in self._numbers:
            return ()
        return self._shortened((self._numbers[BEGIN],))

    def step(self, state: State, word: str) -> tuple[State, float]:
        """Returns the state after a word, and the word's log10 probability.

        An unknown word has the probability of `<unk>`.
        """
        number = self._numbers.get(word, self._unknown)
        score = 0.0
        for first in range(len(state) + 1):
            context = state[first:]
            found = self._probabilities[len(context)].get((*context, number))
            if found is not None:
                return self._shortened((*state, number)), score + found
            score += self._backoffs[len(context) - 1].get(context, 0.0) if context else 0.0
        raise AssertionError("a number without a unigram")

    def end(self, state: State) -> float:
        """Returns the log10 probability that the sentence ends here."""
        return self.step(state, END)[1]

    def score(self, words: Iterable[str], *, bos: bool = True, eos: bool = True) -> float:
        """Returns the log10 probability of a sentence.

        Args:
            words: Its words, or a text with white space between words.
            bos: Whether `<s>` is before the first word.
            eos: Whether `</s>` is after the last word.
        """
        state, total = self.start(bos=bos), 0.0
        for word in words.split() if isinstance(words, str) else words:
            state, score = self.step(state, word)
            total += score
        return total + (self.end(state) if eos else 0.0)

    def _key(self, words: str) -> State:
        if self.order == 1 or " " not in words:
            return (self._numbers.get(words, self._unknown),)
        return tuple(self._numbers.get(word, self._unknown) for word in words.split(" "))

    def _shortened(self, words: State) -> State:
        """Returns the longest suffix of the words that is a context in the tables."""
        words = words[-(self.order - 1) :] if self.order > 1 else ()
        while words and words not in self._probabilities[len(words) - 1]:
            words = words[1:]
        return words
