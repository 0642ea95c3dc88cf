"""Builds a Keras model from a Hugging Face checkpoint."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from kapre_like import _check
from kapre_like.models.artifact.card import TASKS, card_of
from kapre_like.models.checkpoints.folder import (
    find_checkpoint,
    read_config,
    read_preprocessor,
    read_tokenizer,
)
from kapre_like.models.checkpoints.quantized import QUANTISED
from kapre_like.models.checkpoints.weight_files import WeightFiles
from kapre_like.models.wav2vec2.checkpoint.languages import (
    config_for,
    languages,
    open_weights,
    tokenizer_for,
)
from kapre_like.models.wav2vec2.checkpoint.loaded import Loaded, fill
from kapre_like.models.wav2vec2.checkpoint.tensors import POOLING, tensors
from kapre_like.models.wav2vec2.checkpoint.vocabulary import check_vocabulary
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.config.options import Wav2Vec2Options, options_of
from kapre_like.models.wav2vec2.heads.network import wav2vec2
from kapre_like.models.wav2vec2.pretraining.network import OWN, wav2vec2_for_pretraining

_OWNER = "from_huggingface"
# Tensor and axis from which the number of classes is read.
_CLASSES = {
    "classify": ("classifier.weight", 0),
    "regress": ("classifier.weight", 0),
    "frames": ("classifier.weight", 0),
    "xvector": ("objective.weight", 1),
}
# Tensor that only `Wav2Vec2ForSpeechClassification` has.
_OUT_PROJ = "classifier.out_proj.weight"
_log = logging.getLogger(__name__)


def from_huggingface(
    path_or_name: str | Path,
    head: str | None = None,
    *,
    fresh_head: bool = False,
    target_lang: str | None = None,
    report: Callable[[Loaded], Any] | None = None,
    options: Wav2Vec2Options | None = None,
    **named: Any,
) -> keras.Model:
    """Builds the network of a speech encoder's checkpoint with its weights.

    The report lists tensors of the checkpoint that the model does not use, and variables of the
    model without a tensor. An incomplete backbone is an error. A head that the checkpoint does
    not have gets random weights, and the report lists them. A LoRA adapter of PEFT in the
    folder is merged, and int8 weights of bitsandbytes are dequantized; both are in the report.

    Args:
        path_or_name: A folder from `save_pretrained` or `to_huggingface`, or a name on the hub,
            such as `"facebook/wav2vec2-base"`, which is downloaded once.
        head: As in `wav2vec2`. `None` builds the backbone alone.
        fresh_head: Whether to replace the checkpoint's head by a new one for your labels. For
            `"ctc"` the labels are tokens, of which the first is the blank.
        target_lang: Language of an MMS checkpoint, such as `"fra"`. Reads its adapter and head
            from `adapter.fra.safetensors`, and its part of the vocabulary. `None` uses the
            adapter and head in the weights.
        report: Function that is called with a `Loaded`, such as `print`, which prints one line.
            `None` logs the line, as a warning if weights are random or there are notes, else as
            information.
        options: See `Wav2Vec2Options`. Options that are `None` are read from the checkpoint:
            class names from `config.json`, all others from `preprocessor_config.json`.
        **named: Options by keyword, such as `labels` and `sample_rate`. With
            `head="pretrain"` also the other arguments of `wav2vec2_for_pretraining`.

    Returns:
        A functional `keras.Model`; see `wav2vec2`.

    Raises:
        ValueError: If the checkpoint is damaged, has another architecture, or does not match
            the head.
        TypeError: If a keyword is not an option.
        ImportError: If `huggingface_hub` or, for `pytorch_model.bin`, PyTorch is missing.
    """
    _check.one_of(_OWNER, [task for task in TASKS if task != "transcribe"], head=head)
    _check.boolean(_OWNER, fresh_head=fresh_head)
    others = OWN if head == "pretrain" else ()
    task = {name: named.pop(name) for name in others if name in named}
    options = options_of(_OWNER, options, named, others)
    if options.feature_encoder is not None:
        fix = "A checkpoint's transformer was trained with its own convolutions."
        _check.fail(_OWNER, "feature_encoder", "None", options.feature_encoder, fix)
    folder = find_checkpoint(path_or_name, owner=_OWNER, language=target_lang)
    values = read_config(folder, owner=_OWNER)
    config = _config(values, head, fresh_head=fresh_head)
    files = open_weights(folder, values, language=target_lang)
    if head in POOLING and not fresh_head:
        config = replace(config, pooling_mode=_pooling_mode(values, files))
    if target_lang is not None:
        config = config_for(config, files, target_lang)
    new_tokens = head == "ctc" and fresh_head and options.labels is not None
    if new_tokens:
        # The first token of the user's vocabulary is the blank.
        config = replace(config, vocab_size=len(options.labels), pad_token_id=0)
    has_tokenizer = head == "ctc" and not new_tokens
    tokenizer = read_tokenizer(folder, owner=_OWNER) if has_tokenizer else None
    notes = [*files.notes]
    if tokenizer:
        tokenizer = tokenizer_for(tokenizer, target_lang)
        blank = config.pad_token_id or 0
        notes += check_vocabulary(tokenizer, config.vocab_size, folder, blank=blank)
    facts, card = _preprocessing(folder, options)
    if head in _CLASSES and options.labels is None:
        stored, axis = _CLASSES[head]
        if config.pooling_mode is not None:
            stored = _OUT_PROJ
        facts["labels"] = _labels(values, files, stored, axis)
        if head == "regress":
            facts["labels"] = _scores(facts["labels"], fresh_head)
        notes += _one_class(head, facts["labels"])
    replaced = ("problem_type", "pooling_mode", *QUANTISED)
    kept = {k: v for k, v in values.items() if k not in replaced}
    card = {"config": {**kept, **config.to_json()}, "tokenizer": tokenizer, **card}
    options = replace(options.filled(**facts), card={**card, **(options.card or {})})
    model = _build(config, head, options, task)
    loaded = fill(
        model, tensors(config, head), files, source=str(path_or_name), head=not fresh_head
    )
    card_of(model).checkpoint["unused"] = list(loaded.unused)
    if target_lang is None:
        notes += languages(folder)
    _report(loaded._replace(notes=notes), report)
    return model


def _config(values: dict[str, Any], head: str | None, *, fresh_head: bool) -> Wav2Vec2Config:
    """Returns the configuration of a `config.json` for a network with this head."""
    config = Wav2Vec2Config.from_json(values)
    if head == "pretrain" and config.model_type not in ("wav2vec2", "hubert"):
        fix = "It was pretrained on another task, whose head is not supported."
        _check.fail(_OWNER, "head", "another than 'pretrain'", config.model_type, fix)
    # A new head does not use the checkpoint's pooling mode and problem type.
    config = replace(config, pooling_mode=None)
    return replace(config, problem_type=None) if fresh_head else config


def _pooling_mode(values: dict[str, Any], files: WeightFiles) -> str | None:
    """Returns the pooling of a head for clips, or `None` for that of transformers.

    It is determined from the weights, because the `config.json` of other heads may have the
    key, too.
    """
    if files.head_prefix + _OUT_PROJ not in files:
        return None
    return values.get("pooling_mode") or "mean"


def _build(
    config: Wav2Vec2Config, head: str | None, options: Wav2Vec2Options, task: dict[str, Any]
) -> keras.Model:
    if head == "pretrain":
        return wav2vec2_for_pretraining(config, options=options, **task)
    return wav2vec2(config, head, options=options)


def _preprocessing(
    folder: Path, options: Wav2Vec2Options
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the feature extractor's settings, as options and as facts of the card."""
    values = read_preprocessor(folder, owner=_OWNER)
    for name, supported in (("padding_side", "right"), ("feature_size", 1)):
        if values.get(name, supported) != supported and options.padding == "huggingface":
            fix = "It is in preprocessor_config.json. padding='exact' does not depend on it."
            _check.fail(_OWNER, name, repr(supported), values[name], fix)
    facts = {"normalize": bool(values.get("do_normalize", True))}
    if "return_attention_mask" in values:
        facts["attention_mask"] = bool(values["return_attention_mask"])
    return facts, {
        "sampling_rate": values.get("sampling_rate", 16000),
        "padding_value": values.get("padding_value", 0.0),
    }


def _labels(values: dict[str, Any], files: WeightFiles, name: str, axis: int) -> Any:
    """Returns the class names in `config.json`, or the number of classes."""
    table = values.get("id2label") or {}
    if not isinstance(table, dict) or not all(str(key).isdecimal() for key in table):
        rule = "a table of class numbers and names in config.json"
        _check.fail(_OWNER, "id2label", rule, table)
    names = [table[key] for key in sorted(table, key=int)]
    stored = files.head_prefix + name
    count = files.shape(stored)[axis] if stored in files else None
    if names and len({*names}) == len(names) and count in (None, len(names)):
        return names
    if names and count not in (None, len(names)):
        raise ValueError(
            f"{_OWNER}: id2label in config.json names {len(names)} classes, and {stored} has "
            f"the shape {files.shape(stored)}. Pass the class names as `labels=`."
        )
    # Two is the default of transformers.
    return count or values.get("num_labels") or 2


def _one_class(head: str, labels: Any) -> list[str]:
    """Returns a note on a classifier with a single class."""
    count = labels if isinstance(labels, int) else len(labels or ())
    if head != "classify" or count != 1:
        return []
    return [
        "one label and no problem_type: the probability of one class is always 1; "
        "head='regress' reads a score"
    ]


def _scores(labels: Any, fresh_head: bool) -> Any:
    """Returns the names of several scores, or `None` for a single score."""
    count = labels if isinstance(labels, int) else len(labels)
    return None if fresh_head or count == 1 else labels


def _report(loaded: Loaded, report: Callable[[Loaded], Any] | None) -> None:
    if report is not None:
        report(loaded)
    else:
        _log.log(
            logging.WARNING if loaded.fresh or loaded.notes else logging.INFO, "%s", loaded
        )
