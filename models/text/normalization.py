"""How a text is written before it is learned, decoded or compared."""

import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

from kapre_like import _check
from kapre_like.models.text.spelled_numbers import spell_numbers

_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "＇": "'"})  # noqa: RUF001


@dataclass(frozen=True)
class TextRule:
    """A rule that brings texts into one form; a recipe declares it.

    In this order: Unicode NFKC, numbers, case, punctuation, white space as single spaces.

    Attributes:
        case: `"lower"`, `"upper"` or `"keep"`.
        punctuation: `"remove"` replaces punctuation and symbols by spaces; an apostrophe
            between letters stays, as in "don't". `"keep"` leaves them.
        numbers: `"keep"`, or `"words"`: digits in English words, see `spell_numbers`.

    Raises:
        ValueError: If a value is none of these.

    Example:
        >>> from kapre_like.models.text import TextRule
        >>> TextRule(numbers="words")("Don't wait:  42 km!")
        "don't wait forty two km"
    """

    case: str = "lower"
    punctuation: str = "remove"
    numbers: str = "keep"

    def __post_init__(self) -> None:
        _check.one_of("TextRule", ("lower", "upper", "keep"), case=self.case)
        _check.one_of("TextRule", ("remove", "keep"), punctuation=self.punctuation)
        _check.one_of("TextRule", ("keep", "words"), numbers=self.numbers)

    def __call__(self, text: str) -> str:
        """Returns the text by the rule; the same again for a text that follows it."""
        if not isinstance(text, str):
            _check.fail("TextRule", "text", "a string", text)
        text = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
        if self.numbers == "words":
            text = spell_numbers(text)
        if self.case != "keep":
            # A letter may change its form twice: NFKC again after the case, until it rests.
            text = _settled(text, str.lower if self.case == "lower" else str.upper)
        if self.punctuation == "remove":
            text = _without_punctuation(text)
        return " ".join(text.split())

    def to_json(self) -> dict[str, Any]:
        """Returns the rule as a dict for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, table: dict[str, Any]) -> "TextRule":
        """Returns the rule of `to_json`.

        Raises:
            ValueError: If the table has other names or values.
        """
        known = set(cls.__dataclass_fields__)
        if not isinstance(table, dict) or not set(table) <= known:
            _check.fail("TextRule", "table", f"a table of {sorted(known)}", table)
        return cls(**table)


def _settled(text: str, change: Any) -> str:
    for _ in range(4):
        changed = unicodedata.normalize("NFKC", change(text)).translate(_APOSTROPHES)
        if changed == text:
            break
        text = changed
    return text


def _without_punctuation(text: str) -> str:
    letters = list(text)
    for i, letter in enumerate(text):
        if unicodedata.category(letter)[0] in "PSC" and not _inside_word(text, i):
            letters[i] = " "
    return "".join(letters)


def _inside_word(text: str, i: int) -> bool:
    """Whether character `i` is an apostrophe between two letters."""
    return text[i] == "'" and text[i - 1 : i].isalpha() and text[i + 1 : i + 2].isalpha()
