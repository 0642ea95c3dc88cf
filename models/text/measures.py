"""Word and character errors, computed with the package `jiwer`."""

from dataclasses import dataclass, fields
from typing import Any

from kapre_like import _check

_MISSING = "errors: the package jiwer is needed. Install it: pip install 'kapre-like[text]'"


@dataclass(frozen=True)
class Errors:
    """Errors of one text, or the sum over several texts.

    Attributes:
        words: Int, number of words in the reference.
        substitutions, deletions, insertions: Ints, numbers of wrong words in an alignment with
            the fewest errors.
        letters: Int, number of characters in the reference, including spaces.
        letter_errors: Int, number of substituted, deleted and inserted characters.

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
        """Sum of substitutions, deletions and insertions."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def wer(self) -> float:
        """Word error rate. If the reference has no words: 0 without errors, else infinite."""
        return _rate(self.word_errors, self.words)

    @property
    def cer(self) -> float:
        """Character error rate. See `wer` for a reference without characters."""
        return _rate(self.letter_errors, self.letters)


def errors(reference: str, hypothesis: str) -> Errors:
    """Counts the errors of a text. Both texts must be normalized by the same `TextRule`.

    Args:
        reference: The correct text.
        hypothesis: The recognized text.

    Raises:
        ImportError: If jiwer is not installed.
    """
    reference = _clean("errors", reference=reference)
    hypothesis = _clean("errors", hypothesis=hypothesis)
    if not reference:
        return Errors(insertions=len(hypothesis.split()), letter_errors=len(hypothesis))
    package = _package()
    words = package.process_words(reference, hypothesis)
    letters = package.process_characters(reference, hypothesis)
    wrong = letters.substitutions + letters.deletions + letters.insertions
    return Errors(
        len(reference.split()), words.substitutions, words.deletions, words.insertions,
        len(reference), wrong,
    )  # fmt: skip


def alignment(reference: str, hypothesis: str) -> list[tuple[str, str, str]]:
    """Aligns two texts. Returns rows of `(kind, words of reference, words of hypothesis)`.

    Kinds are `"equal"`, `"substitute"`, `"delete"` and `"insert"`.

    Raises:
        ImportError: If jiwer is not installed.
    """
    reference = _clean("alignment", reference=reference)
    hypothesis = _clean("alignment", hypothesis=hypothesis)
    if not reference:
        return [("insert", "", hypothesis)] if hypothesis else []
    left, right = reference.split(), hypothesis.split()
    (chunks,) = _package().process_words(reference, hypothesis).alignments
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
