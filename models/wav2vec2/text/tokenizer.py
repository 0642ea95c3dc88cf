"""Converts between text and token indices with the vocabulary of a CTC checkpoint."""

import itertools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kapre_like import _check
from kapre_like.models.text.normalization import TextRule
from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts

_SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
# Special tokens that the vocabulary lacks get their indices in this order.
_ORDER = (
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
)  # fmt: skip
_FILES = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")


@dataclass(frozen=True)
class CtcTokenizer:
    """A vocabulary and the roles of its special tokens.

    Attributes:
        tokens: Dict from token index to token.
        pad_token: The blank.
        unk_token: Token for letters that are not in the vocabulary.
        word_delimiter_token: Token between words, `"|"`.
        replace_word_delimiter_char: Character that replaces the word delimiter in text.
        do_lower_case: Whether text is in lower case and the vocabulary in upper case.
        special: Special tokens, without the word delimiter.

    Example:
        >>> from kapre_like.models.wav2vec2.text.tokenizer import CtcTokenizer
        >>> vocabulary = {"<pad>": 0, "<unk>": 1, "|": 2, "H": 3, "I": 4}
        >>> CtcTokenizer.from_files({"vocab.json": vocabulary}).encode("HI HI")
        [3, 4, 2, 3, 4]
    """

    tokens: dict[int, str]
    pad_token: str = "<pad>"
    unk_token: str = "<unk>"
    word_delimiter_token: str = "|"
    replace_word_delimiter_char: str = " "
    do_lower_case: bool = False
    special: frozenset[str] = frozenset()
    _numbers: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        numbers = {token: number for number, token in reversed(self.tokens.items())}
        object.__setattr__(self, "_numbers", numbers)

    @classmethod
    def from_folder(cls, path: str | Path) -> "CtcTokenizer":
        """Reads `vocab.json`, and `tokenizer_config.json` and its predecessors if they exist.

        Raises:
            ValueError: If a file is missing or not valid JSON.
        """
        folder = Path(path)
        names = [name for name in ("vocab.json", *_FILES) if (folder / name).is_file()]
        return cls.from_files({name: _read_json(folder / name) for name in names})

    @classmethod
    def of(cls, model: Any) -> "CtcTokenizer":
        """Returns the tokenizer in a model's card.

        Raises:
            ValueError: If the card contains no tokenizer.
        """
        files = CheckpointFacts.of(model).tokenizer
        if not files:
            rule = "a model with a tokenizer in its card"
            _check.fail("CtcTokenizer.of", "model", rule, model.name)
        return cls.from_files(files)

    @classmethod
    def from_files(cls, files: dict[str, Any]) -> "CtcTokenizer":
        """Returns the tokenizer from the parsed files of a checkpoint.

        Args:
            files: Dict from file name to the parsed JSON.

        Raises:
            ValueError: If the vocabulary is missing, or not a dict from tokens to indices.
        """
        settings = dict(files.get("tokenizer_config.json") or {})
        settings.update(files.get("special_tokens_map.json") or {})
        vocabulary = _vocabulary(files.get("vocab.json"), settings.get("target_lang"))
        special = {name: _content(settings.get(name, _SPECIAL.get(name))) for name in _ORDER}
        listed = settings.get("additional_special_tokens")
        listed = settings.get("extra_special_tokens") or listed or []
        extra = [_content(token) for token in listed]
        present = [token for token in (*special.values(), *extra) if token is not None]
        delimiter = _content(settings.get("word_delimiter_token", "|"))
        return cls(
            tokens=_tokens(vocabulary, settings, files, [*present, delimiter]),
            pad_token=special["pad_token"],
            unk_token=special["unk_token"],
            word_delimiter_token=delimiter,
            replace_word_delimiter_char=settings.get("replace_word_delimiter_char", " "),
            do_lower_case=bool(settings.get("do_lower_case", False)),
            special=frozenset(present) - {delimiter},
        )

    @property
    def blank(self) -> int:
        """Index of the blank."""
        return self._numbers[self.pad_token]

    def vocabulary(self) -> Vocabulary:
        """Returns the `Vocabulary` for `greedy` and `beam_search`.

        The word delimiter becomes a space. Special tokens and indices without a token are
        ignored. The case is that of the letters, or lower case if `do_lower_case`. Punctuation
        is kept if the vocabulary contains any besides the apostrophe.
        """
        lower = self.do_lower_case
        tokens = [f"<unused {number}>" for number in range(max(self.tokens) + 1)]
        for number, token in self.tokens.items():
            tokens[number] = token.lower() if lower and len(token) == 1 else token
        delimiter = self._numbers.get(self.word_delimiter_token)
        if delimiter is not None:
            tokens[delimiter] = " "
        ignored = {self._numbers[token] for token in self.special if token in self._numbers}
        ignored |= set(range(len(tokens))) - set(self.tokens)
        letters = [t for i, t in enumerate(tokens) if len(t) == 1 and i not in ignored]
        return Vocabulary(
            tuple(tokens), blank=self.blank, rule=_rule(letters),
            ignored=tuple(sorted(ignored - {self.blank})),
        )  # fmt: skip

    def encode(self, text: str) -> list[int]:
        """Returns the token indices of a text. Letters not in the vocabulary are unknown."""
        unknown = self._numbers[self.unk_token]
        return [self._numbers.get(token, unknown) for token in self._split(text)]

    def _split(self, text: str) -> list[str]:
        """Splits a text into multi-letter tokens, the longest first, and single letters."""
        long = sorted((t for t in self._numbers if len(t) > 1), key=len, reverse=True)
        pieces = [text]
        if long:
            pieces = re.split(r"\s*(" + "|".join(map(re.escape, long)) + r")\s*", text)
        letters = [p.upper() if self.do_lower_case else p for p in pieces[::2]]
        letters = [p.replace(" ", self.word_delimiter_token) for p in letters]
        split: list[str] = []
        for piece, token in itertools.zip_longest(letters, pieces[1::2]):
            split.extend(piece)
            split.extend([token] if token else [])
        return split

    def token(self, number: int) -> str:
        """Returns the token of an index, or the unknown token."""
        return self.tokens.get(int(number), self.unk_token)


def _rule(letters: list[str]) -> TextRule:
    """Returns the rule for texts that consist of these letters."""
    marks = any(not (c.isalnum() or c in "' ") for c in letters)
    upper, lower = (any(getattr(c, name)() for c in letters) for name in ("isupper", "islower"))
    case = "keep" if upper == lower else "upper" if upper else "lower"
    return TextRule(case=case, punctuation="keep" if marks else "remove")


def _vocabulary(table: Any, language: str | None) -> dict[str, int]:
    """Returns the vocabulary, or that of `language` if the table has several languages."""
    values = list(table.values()) if isinstance(table, dict) else []
    if values and all(isinstance(value, dict) for value in values):
        if language not in table:
            rule = f"one of {sorted(table)}, the languages of vocab.json"
            _check.fail("CtcTokenizer", "target_lang", rule, language)
        return _vocabulary(table[language], None)
    if not values or not all(type(value) is int for value in values):
        rule = "a dict from tokens to indices"
        _check.fail("CtcTokenizer", "vocab.json", rule, table)
    return table


def _tokens(
    vocabulary: dict[str, int],
    settings: dict[str, Any],
    files: dict[str, Any],
    special: list[str],
) -> dict[int, str]:
    """Returns the vocabulary, then added tokens, then special tokens that neither contains."""
    added = {
        int(number): _content(token)
        for number, token in (settings.get("added_tokens_decoder") or {}).items()
    }
    if not added:
        older = files.get("added_tokens.json") or {}
        added = {int(number): token for token, number in older.items()}
    tokens = {**added, **{int(number): token for token, number in vocabulary.items()}}
    known = {*vocabulary, *added.values()}
    for token in special:
        if token not in known:
            tokens[max(tokens) + 1] = token
            known.add(token)
    return tokens


def _content(token: Any) -> Any:
    """Returns the text of a token, which may be a dict with further properties."""
    return token["content"] if isinstance(token, dict) else token


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"CtcTokenizer: {path} is not valid JSON: {error}") from error
