"""Weights of a checkpoint, and in MMS those of one language: its adapters, head and tokens."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from kapre_like import _check
from kapre_like.models.checkpoints.folder import adapter_names
from kapre_like.models.checkpoints.quantized import quantization_of
from kapre_like.models.checkpoints.weight_files import WeightFiles
from kapre_like.models.wav2vec2.checkpoint.tensors import ANCHOR
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config

_OWNER = "from_huggingface"


def open_weights(
    folder: Path, values: dict[str, Any], *, language: str | None = None
) -> WeightFiles:
    """Returns the tensors of a checkpoint.

    Args:
        folder: Of the checkpoint.
        values: Its `config.json`.
        language: Whose adapter takes the place of the tensors of the same names.

    Raises:
        ValueError: If the weights are missing, damaged or quantised in a way that is not read
            here, or the language has no file.
    """
    over = None if language is None else _adapter_file(folder, language)
    quantization = quantization_of(values)
    return WeightFiles(folder, anchor=ANCHOR, quantization=quantization, over=over)


def speaking(config: Wav2Vec2Config, files: WeightFiles, language: str) -> Wav2Vec2Config:
    """Returns the network with as many tokens as the head of a language has."""
    if config.adapter_attn_dim is None:
        rule = "None for a network without adapters (adapter_attn_dim in config.json)"
        _check.fail(_OWNER, "target_lang", rule, language)
    head = f"{files.head_prefix}lm_head.weight"
    return replace(config, vocab_size=files.shape(head)[0]) if head in files else config


def tokenizer_for(tokenizer: dict[str, Any], language: str | None) -> dict[str, Any]:
    """Returns the tokenizer's files, which then say the language of `vocab.json`.

    Raises:
        ValueError: If the vocabulary does not contain the language.
    """
    if language is None:
        return tokenizer
    known = tokenizer["vocab.json"]
    if not isinstance(known.get(language), dict):
        names = sorted(name for name, part in known.items() if isinstance(part, dict))
        _check.fail(_OWNER, "target_lang", f"one of {names}, of vocab.json", language)
    settings = {**(tokenizer.get("tokenizer_config.json") or {}), "target_lang": language}
    return {**tokenizer, "tokenizer_config.json": settings}


def languages(folder: Path) -> list[str]:
    """Returns a note on files of single languages that are left aside."""
    names = _found(folder)
    if not names:
        return []
    listed = ", ".join(names[:3]) + (", ..." if names[3:] else "")
    return [
        f"{len(names)} files of single languages are left aside: {listed} "
        "(`target_lang=` takes one)"
    ]


def _found(folder: Path) -> list[str]:
    patterns = adapter_names("*")
    return sorted(path.name for pattern in patterns for path in folder.glob(pattern))


def _adapter_file(folder: Path, language: str) -> Path:
    if not isinstance(language, str) or not language.replace("-", "").isalnum():
        _check.fail(_OWNER, "target_lang", "the code of a language, such as 'fra'", language)
    paths = [folder / name for name in adapter_names(language)]
    for path in paths:
        if path.is_file():
            return path
    known = sorted({name.split(".")[1] for name in _found(folder)})
    rule = f"one of {known}, the files of {folder}" if known else "None for this checkpoint"
    _check.fail(_OWNER, "target_lang", rule, language, f"There is no {paths[0].name}.")
