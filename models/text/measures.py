"""Word and letter errors, through the package `jiwer`."""

from dataclasses import dataclass, fields
from typing import Any

from kapre_like import _check

_MISSING = "errors: the package jiwer is needed. Install it: pip install 'kapre-like[text]'"


@dataclass(frozen=True)
class Errors:
    """Errors of one text or, added up, of many.

    Attributes:
        words: Int, words of the truth.
        substitutions, deletions, insertions: Words, by an alignment with the fewest of them.
        letters: Int, characters of the truth, spaces among them.
        letter_errors: Int, characters put in, left out or replaced.

    Example:
        >>> from kapre_like.models.text import errors
        >>> both = errors("one two", "one too") + errors("three", "three")
        >>> both.wer
        0.3333333333333333
    """

    words: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    letters: int = 0
    letter_errors: int = 0

    def __add__(self, other: "Errors") -> "Errors":
        names = [field.name for field in fields(self)]
        return Errors(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def word_errors(self) -> int:
        """Substitutions, deletions and insertions together."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def wer(self) -> float:
        """Word error rate; of no words, 0 if there is no error, else infinite."""
        return _rate(self.word_errors, self.words)

    @property
    def cer(self) -> float:
        """Character error rate, likewise."""
        return _rate(self.letter_errors, self.letters)


def errors(truth: str, said: str) -> Errors:
    """Compares two texts, which follow the same `TextRule`.

    Args:
        truth: What was said.
        said: What was understood.

    Raises:
        ImportError: If jiwer is not installed.
    """
    truth, said = _clean("errors", truth=truth), _clean("errors", said=said)
    if not truth:
        return Errors(insertions=len(said.split()), letter_errors=len(said))
    package = _package()
    words = package.process_words(truth, said)
    letters = package.process_characters(truth, said)
    wrong = letters.substitutions + letters.deletions + letters.insertions
    return Errors(
        len(truth.split()), words.substitutions, words.deletions, words.insertions,
        len(truth), wrong,
    )  # fmt: skip


def alignment(truth: str, said: str) -> list[tuple[str, str, str]]:
    """Returns how two texts match: rows of `(kind, words of the truth, words said)`.

    Kinds are `"equal"`, `"substitute"`, `"delete"` and `"insert"`.

    Raises:
        ImportError: If jiwer is not installed.
    """
    truth, said = _clean("alignment", truth=truth), _clean("alignment", said=said)
    if not truth:
        return [("insert", "", said)] if said else []
    left, right = truth.split(), said.split()
    (chunks,) = _package().process_words(truth, said).alignments
    return [
        (
            chunk.type,
            " ".join(left[chunk.ref_start_idx : chunk.ref_end_idx]),
            " ".join(right[chunk.hyp_start_idx : chunk.hyp_end_idx]),
        )
        for chunk in chunks
    ]


def _clean(owner: str, **texts: Any) -> str:
    ((name, text),) = texts.items()
    if not isinstance(text, str):
        _check.fail(owner, name, "a text", text)
    return " ".join(text.split())


def _rate(wrong: int, whole: int) -> float:
    if whole:
        return wrong / whole
    return float("inf") if wrong else 0.0


def _package() -> Any:
    try:
        import jiwer
    except ImportError as error:
        raise ImportError(_MISSING) from error
    return jiwer
