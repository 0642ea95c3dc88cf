"""Whether the tokens of a checkpoint are those of its CTC head."""

from typing import Any

_SPECIAL = ("bos_token", "eos_token", "unk_token", "pad_token")


def token_ids(tokenizer: dict[str, Any]) -> dict[str, int]:
    """Returns the id of each token in the files that `CheckpointCard.tokenizer` holds.

    The vocabulary of one language, if there are several: `target_lang`, or the first.

    Raises:
        ValueError: If an id is not an int >= 0.
    """
    vocabulary = dict(tokenizer["vocab.json"])
    config = tokenizer.get("tokenizer_config.json", {})
    if vocabulary and all(isinstance(value, dict) for value in vocabulary.values()):
        vocabulary = dict(
            vocabulary.get(config.get("target_lang")) or next(iter(vocabulary.values()))
        )
    vocabulary.update(tokenizer.get("added_tokens.json", {}))
    for key, token in config.get("added_tokens_decoder", {}).items():
        content = token["content"] if isinstance(token, dict) else token
        vocabulary.setdefault(content, int(key) if str(key).isdigit() else key)
    for token, i in vocabulary.items():
        if isinstance(i, bool) or not isinstance(i, int) or i < 0:
            raise ValueError(
                f"from_huggingface: vocab.json must give each token a number. Received: "
                f"{token!r}: {i!r}."
            )
    return vocabulary


def check_vocabulary(tokenizer: dict[str, Any], vocab_size: int, path: Any) -> str | None:
    """Compares the tokens with the logits.

    Returns:
        A line on logits without a token, or `None`.

    Raises:
        ValueError: If a token has no logit.
    """
    ids = token_ids(tokenizer)
    beyond = {token: i for token, i in ids.items() if i >= vocab_size}
    if beyond:
        token, i = next(iter(beyond.items()))
        raise ValueError(
            f"from_huggingface: vocab.json in {path} does not fit the CTC head: token "
            f"{token!r} has the number {i}, and config.json says vocab_size={vocab_size}. "
            f"{len(beyond)} of {len(ids)} tokens have no logit."
        )
    without = vocab_size - len({*ids.values()})
    return f"{without} of {vocab_size} logits have no token in vocab.json" if without else None
