"""Normalizes texts before they are learned, decoded or compared."""

import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

from kapre_like import _check
from kapre_like.models.text.spelled_numbers import spell_numbers

_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "＇": "'"})  # noqa: RUF001


@dataclass(frozen=True)
class TextRule:
    """Normalization of texts. It is saved in the recipe.

    The order of the steps is: Unicode NFKC, numbers, case, punctuation, then white space.

    Attributes:
        case: `"lower"`, `"upper"` or `"keep"`.
        punctuation: `"remove"` replaces punctuation and symbols with spaces, except apostrophes
            between letters, as in "don't". `"keep"` does not change them.
        numbers: `"words"` replaces digits with English words, see `spell_numbers`. `"keep"`
            does not change them.

    Raises:
        ValueError: If a value is not one of these.

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
        """Returns the normalized text. A normalized text is returned unchanged."""
        if not isinstance(text, str):
            _check.fail("TextRule", "text", "a string", text)
        text = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
        if self.numbers == "words":
            text = spell_numbers(text)
        if self.case != "keep":
            # Repeat NFKC and the change of case until the text stays the same, because a change
            # of case can denormalize a letter.
            text = _settled(text, str.lower if self.case == "lower" else str.upper)
        if self.punctuation == "remove":
            text = _without_punctuation(text)
        return " ".join(text.split())

    def to_json(self) -> dict[str, Any]:
        """Returns the rule as a dict for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, table: dict[str, Any]) -> "TextRule":
        """Returns the rule that `to_json` wrote.

        Raises:
            ValueError: If the dict has other keys or values.
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
    """Returns whether character `i` is an apostrophe between two letters."""
    return text[i] == "'" and text[i - 1 : i].isalpha() and text[i + 1 : i + 2].isalpha()
