"""Subword tokenizers, trained with the package `tokenizers` and saved as JSON."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from kapre_like import _check

# SentencePiece's mark at the start of a word, U+2581.
MARK = "▁"
_MISSING = (
    "Vocabulary: subwords need the package tokenizers. Install it: "
    "pip install 'kapre-like[text]'"
)


def learn_pieces(texts: Iterable[str], size: int) -> tuple[list[str], str]:
    """Learns byte pair encoding (Sennrich et al. 2016) on normalized texts.

    Args:
        texts: Texts.
        size: Int, maximum number of pieces. It must not be less than the number of characters
            in the texts, because each character is a piece.

    Returns:
        The pieces in the order of their numbers, and the tokenizer as JSON.

    Raises:
        ImportError: If `tokenizers` is not installed.
        ValueError: If there are more characters than pieces.
    """
    tokenizers = _package()
    texts = list(texts)
    letters = sorted({letter for text in texts for letter in text} - {" "} | {MARK})
    if size < len(letters):
        rule = f"at least {len(letters) + 1}, because each character and the blank is a token"
        _check.fail("Vocabulary.learned", "size", rule, size + 1)
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace(replacement=MARK)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=letters, limit_alphabet=len(letters),
        show_progress=False,
    )  # fmt: skip
    tokenizer.train_from_iterator(texts, trainer)
    numbers = tokenizer.get_vocab()
    return sorted(numbers, key=numbers.__getitem__), tokenizer.to_str()


def pieces_of(text: str, model: str) -> list[int]:
    """Returns the numbers of a text's pieces, with the tokenizer JSON of `learn_pieces`."""
    return _tokenizer(model).encode(text).ids


@lru_cache(maxsize=8)
def _tokenizer(model: str) -> Any:
    return _package().Tokenizer.from_str(model)


def _package() -> Any:
    try:
        import tokenizers
    except ImportError as error:
        raise ImportError(_MISSING) from error
    return tokenizers
