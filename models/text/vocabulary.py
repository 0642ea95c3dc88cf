"""Converts between text and the token numbers of a CTC network."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kapre_like import _check
from kapre_like.models.text.normalization import TextRule
from kapre_like.models.text.subwords import MARK, learn_pieces, pieces_of

BLANK = "<blank>"
KINDS = ("characters", "words", "subwords")


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of a CTC network, one for each index of its last axis.

    Attributes:
        tokens: The tokens in the order of their numbers, including the blank.
        blank: Int, the number of the blank; 0 in vocabularies that `learned` returns.
        kind: `"characters"`: the token `" "` is between words. `"subwords"`: a token that
            starts with "▁" starts a word. `"words"`: each word is a token, and the token "▁" is
            between two words, so that CTC does not merge a repeated word.
        rule: See `TextRule`. It normalizes a text before it is encoded.
        ignored: Numbers of tokens that are not text, such as `<unk>`. Decoding never returns
            them.
        model: JSON of the tokenizer for subwords; `None` for other kinds.

    Raises:
        ValueError: If the tokens are not distinct texts, or the blank is not one of them.

    Example:
        >>> from kapre_like.models.text import Vocabulary
        >>> vocabulary = Vocabulary.learned(["yes no", "no"])
        >>> vocabulary.tokens
        ('<blank>', ' ', 'e', 'n', 'o', 's', 'y')
        >>> vocabulary.encode("No!")
        [3, 4]
        >>> vocabulary.text([6, 2, 5])
        'yes'
    """

    tokens: tuple[str, ...]
    blank: int = 0
    kind: str = "characters"
    rule: TextRule = field(default_factory=TextRule)
    ignored: tuple[int, ...] = ()
    model: str | None = field(default=None, repr=False)
    _numbers: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check.one_of("Vocabulary", KINDS, kind=self.kind)
        for name in ("tokens", "ignored"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        numbers = {token: number for number, token in enumerate(self.tokens)}
        if len(numbers) != len(self.tokens) or not all(isinstance(t, str) for t in numbers):
            _check.fail("Vocabulary", "tokens", "distinct texts", self.tokens)
        for name, values in (("blank", (self.blank,)), ("ignored", self.ignored)):
            if not set(values) <= set(range(len(self.tokens))):
                rule = f"from 0 to {len(self.tokens) - 1}, the numbers of the tokens"
                _check.fail("Vocabulary", name, rule, getattr(self, name))
        for number in (self.blank, *self.ignored):
            numbers.pop(self.tokens[number], None)
        object.__setattr__(self, "_numbers", numbers)

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def learned(
        cls,
        texts: Iterable[str],
        *,
        kind: str = "characters",
        size: int | None = None,
        rule: TextRule | None = None,
    ) -> "Vocabulary":
        """Returns the vocabulary of a corpus, with the blank as number 0.

        Args:
            texts: Texts of the training clips.
            kind: See `Vocabulary`.
            size: Int, number of tokens including the blank, only for subwords (default 256).
            rule: See `TextRule`; `None` uses its defaults.

        Raises:
            ValueError: If no text has a letter, or a size is given for characters or words.
            ImportError: If the kind is subwords and `tokenizers` is not installed.
        """
        owner, rule = "Vocabulary.learned", rule or TextRule()
        _check.one_of(owner, KINDS, kind=kind)
        clean = [rule(text) for text in texts]
        if not any(clean):
            _check.fail(owner, "texts", f"texts with letters after {rule}", "no letter")
        if kind == "subwords":
            _check.positive_int(owner, size=256 if size is None else size)
            pieces, model = learn_pieces(clean, (size or 256) - 1)
            return cls((BLANK, *pieces), kind=kind, rule=rule, model=model)
        if size is not None:
            _check.fail(owner, "size", "None without subwords", size)
        if kind == "words":
            words = sorted(set(" ".join(clean).split()))
            return cls((BLANK, MARK, *(MARK + word for word in words)), kind=kind, rule=rule)
        letters = sorted({letter for text in clean for letter in text} | {" "})
        return cls((BLANK, *letters), rule=rule)

    def encode(self, text: str) -> list[int]:
        """Normalizes a text by the rule, and returns its token numbers.

        Raises:
            ValueError: If it has characters that are not in the vocabulary. The message lists
                them.
        """
        if missing := self.unknown(text):
            rule = f"a text of the vocabulary's characters, which do not include {missing}"
            _check.fail("Vocabulary", "text", rule, text)
        clean = self.rule(text)
        if self.kind != "subwords":
            return [self._numbers[part] for part in self._parts(clean)]
        if self.model is None:
            _check.fail("Vocabulary", "model", "a tokenizer's JSON to encode subwords", None)
        first = 1 if self.blank == 0 else 0
        return [first + number for number in pieces_of(clean, self.model)]

    def unknown(self, text: str) -> list[str]:
        """Returns the distinct characters or words that are not in the vocabulary, in order."""
        clean = self.rule(text)
        parts = [part for part in self._parts(clean) if part not in self._numbers]
        return [part.removeprefix(MARK) or part for part in dict.fromkeys(parts)]

    def _parts(self, clean: str) -> list[str]:
        """Splits a normalized text into tokens."""
        if self.kind != "words":
            return list(clean.replace(" ", self.mark))
        parts = [part for word in clean.split() for part in (MARK, MARK + word)]
        return parts[1:]

    def text(self, numbers: Sequence[int]) -> str:
        """Returns the text of token numbers. Removes blanks, but does not merge repeats."""
        left_out = {self.blank, *self.ignored}
        pieces = [self.tokens[int(n)] for n in numbers if int(n) not in left_out]
        return " ".join("".join(pieces).replace(self.mark, " ").split())

    @property
    def mark(self) -> str:
        """The mark at the start of words or between words: `"▁"` or `" "`."""
        return " " if self.kind == "characters" else MARK

    @property
    def space(self) -> int | None:
        """The number of the token that is only the mark; `None` if there is none."""
        return self._numbers.get(self.mark)

    def to_json(self) -> dict[str, Any]:
        """Returns the vocabulary as a dict for JSON, including the tokenizer of subwords."""
        return {
            "tokens": list(self.tokens), "blank": self.blank, "kind": self.kind,
            "rule": self.rule.to_json(), "ignored": list(self.ignored), "model": self.model,
        }  # fmt: skip

    @classmethod
    def from_json(cls, table: dict[str, Any]) -> "Vocabulary":
        """Returns the vocabulary that `to_json` wrote.

        Raises:
            ValueError: If the dict is not from `to_json`.
        """
        if not isinstance(table, dict) or not isinstance(table.get("tokens"), list | tuple):
            _check.fail("Vocabulary", "table", "a table that to_json wrote", table)
        known = {"tokens", "blank", "kind", "rule", "ignored", "model"}
        if not set(table) <= known:
            _check.fail("Vocabulary", "table", f"a table of {sorted(known)}", sorted(table))
        return cls(**{**table, "rule": TextRule.from_json(table.get("rule", {}))})
