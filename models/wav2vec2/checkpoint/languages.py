"""Opens the weights of a checkpoint, with adapter, head and tokens of one language for MMS."""

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
        folder: Folder of the checkpoint.
        values: Content of its `config.json`.
        language: Language of an adapter file, whose tensors replace those of the same names.

    Raises:
        ValueError: If the weights are missing, damaged or quantized in an unsupported format,
            or the language has no file.
    """
    adapter = None if language is None else _adapter_file(folder, language)
    quantization = quantization_of(values)
    return WeightFiles(folder, anchor=ANCHOR, quantization=quantization, over=adapter)


def config_for(config: Wav2Vec2Config, files: WeightFiles, language: str) -> Wav2Vec2Config:
    """Returns the configuration with the number of tokens of a language's head."""
    if config.adapter_attn_dim is None:
        rule = "None for a network without adapters (adapter_attn_dim in config.json)"
        _check.fail(_OWNER, "target_lang", rule, language)
    head = f"{files.head_prefix}lm_head.weight"
    return replace(config, vocab_size=files.shape(head)[0]) if head in files else config


def tokenizer_for(tokenizer: dict[str, Any], language: str | None) -> dict[str, Any]:
    """Returns the tokenizer's files with `language` set in `tokenizer_config.json`.

    Raises:
        ValueError: If the vocabulary does not contain the language.
    """
    if language is None:
        return tokenizer
    vocabulary = tokenizer["vocab.json"]
    if not isinstance(vocabulary.get(language), dict):
        names = sorted(name for name, part in vocabulary.items() if isinstance(part, dict))
        _check.fail(_OWNER, "target_lang", f"one of {names}, of vocab.json", language)
    settings = {**(tokenizer.get("tokenizer_config.json") or {}), "target_lang": language}
    return {**tokenizer, "tokenizer_config.json": settings}


def languages(folder: Path) -> list[str]:
    """Returns a note if the folder has adapter files, which are then not used."""
    names = _found(folder)
    if not names:
        return []
    listed = ", ".join(names[:3]) + (", ..." if names[3:] else "")
    return [
        f"{len(names)} files of single languages are not used: {listed} "
        "(`target_lang=` selects one)"
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
    codes = sorted({name.split(".")[1] for name in _found(folder)})
    rule = f"one of {codes}, the files of {folder}" if codes else "None for this checkpoint"
    _check.fail(_OWNER, "target_lang", rule, language, f"There is no {paths[0].name}.")
