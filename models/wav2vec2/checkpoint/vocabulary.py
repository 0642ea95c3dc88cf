"""Checks that the tokens of a checkpoint match its CTC head."""

from typing import Any

_OWNER = "from_huggingface"


def check_vocabulary(
    tokenizer: dict[str, Any], vocab_size: int, path: Any, *, blank: int = 0
) -> list[str]:
    """Compares the tokens of a vocabulary with the logits of a CTC head.

    Added tokens, such as the end of a sentence, which a CTC network never predicts, may have no
    logit. This is so in many published checkpoints.

    Args:
        tokenizer: See `CheckpointFacts`.
        vocab_size: Int > 0, logits per frame.
        path: Folder of the tokenizer, for error messages.
        blank: Int >= 0, index of the blank with which the network was trained.

    Returns:
        Notes on logits without a token, and on a tokenizer with another blank.

    Raises:
        ValueError: If a token of the vocabulary has no logit or no index.
    """
    ids = _vocabulary(tokenizer)
    wrong = [
        t for t, i in ids.items() if isinstance(i, bool) or not isinstance(i, int) or i < 0
    ]
    if wrong:
        raise ValueError(
            f"{_OWNER}: vocab.json in {path} must have an index >= 0 for each token. Received: "
            f"{wrong[0]!r}: {ids[wrong[0]]!r}."
        )
    beyond = [token for token, i in ids.items() if i >= vocab_size]
    if beyond:
        raise ValueError(
            f"{_OWNER}: vocab.json in {path} does not match the CTC head: {beyond[0]!r} has "
            f"the index {ids[beyond[0]]}, and config.json has vocab_size={vocab_size}. "
            f"{len(beyond)} of {len(ids)} tokens have no logit."
        )
    without = {*range(vocab_size)} - {*ids.values()} - _added(tokenizer)
    notes = []
    if without:
        notes.append(f"{len(without)} of {vocab_size} logits have no token in vocab.json")
    name = _blank(tokenizer)
    if ids.get(name, blank) != blank:
        notes.append(
            f"the tokenizer's blank {name!r} has the index {ids[name]}, and config.json has "
            f"pad_token_id={blank}: decoding uses the former, training and padding the latter"
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
    older = tokenizer.get("added_tokens.json", {}).values()
    return numbers | {i for i in older if isinstance(i, int)}
