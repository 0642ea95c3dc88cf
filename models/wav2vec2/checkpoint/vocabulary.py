"""Checks that the tokens of a checkpoint fit its CTC head."""

from typing import Any

_OWNER = "from_huggingface"


def check_vocabulary(
    tokenizer: dict[str, Any], vocab_size: int, path: Any, *, blank: int = 0
) -> list[str]:
    """Compares the tokens with the logits.

    Tokens that were added to a vocabulary, such as the ends of a sentence that CTC never
    says, may lie past the logits, as in many published checkpoints.

    Args:
        tokenizer: See `CheckpointFacts`.
        vocab_size: Int > 0, logits per frame.
        path: Where the tokenizer lies.
        blank: Int >= 0, the blank of the network, by which it was trained.

    Returns:
        Lines on logits without a token, and on a tokenizer with another blank.

    Raises:
        ValueError: If a token of the vocabulary has no logit, or no number.
    """
    ids = _vocabulary(tokenizer)
    wrong = [
        t for t, i in ids.items() if isinstance(i, bool) or not isinstance(i, int) or i < 0
    ]
    if wrong:
        raise ValueError(
            f"{_OWNER}: vocab.json in {path} must give each token a number >= 0. Received: "
            f"{wrong[0]!r}: {ids[wrong[0]]!r}."
        )
    beyond = [token for token, i in ids.items() if i >= vocab_size]
    if beyond:
        raise ValueError(
            f"{_OWNER}: vocab.json in {path} does not fit the CTC head: {beyond[0]!r} has "
            f"the number {ids[beyond[0]]}, and config.json says vocab_size={vocab_size}. "
            f"{len(beyond)} of {len(ids)} tokens have no logit."
        )
    without = {*range(vocab_size)} - {*ids.values()} - _added(tokenizer)
    notes = []
    if without:
        notes.append(f"{len(without)} of {vocab_size} logits have no token in vocab.json")
    name = _blank(tokenizer)
    if ids.get(name, blank) != blank:
        notes.append(
            f"the tokenizer's blank {name!r} has the number {ids[name]}, and config.json says "
            f"pad_token_id={blank}: texts are read by the one, trained and padded by the other"
        )
    return notes


def _vocabulary(tokenizer: dict[str, Any]) -> dict[str, Any]:
    """Returns the vocabulary of `target_lang`, or of the first language."""
    tokens = dict(tokenizer["vocab.json"])
    if tokens and all(isinstance(value, dict) for value in tokens.values()):
        language = tokenizer.get("tokenizer_config.json", {}).get("target_lang")
        return dict(tokens.get(language) or next(iter(tokens.values())))
    return tokens


def _blank(tokenizer: dict[str, Any]) -> Any:
    """Returns the token that the tokenizer uses as the blank."""
    settings = dict(tokenizer.get("tokenizer_config.json") or {})
    settings.update(tokenizer.get("special_tokens_map.json") or {})
    token = settings.get("pad_token", "<pad>")
    return token.get("content") if isinstance(token, dict) else str(token)


def _added(tokenizer: dict[str, Any]) -> set[int]:
    """Returns the indices of added tokens that are not in the vocabulary."""
    table = tokenizer.get("tokenizer_config.json", {}).get("added_tokens_decoder") or {}
    numbers = {int(key) for key in table if str(key).isdigit()}
    more = tokenizer.get("added_tokens.json", {}).values()
    return numbers | {i for i in more if isinstance(i, int)}
