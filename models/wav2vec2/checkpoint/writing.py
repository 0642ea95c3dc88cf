"""Writes a Keras model as a Hugging Face checkpoint."""

import json
import logging
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from kapre_like import _check
from kapre_like._replacing import replacing
from kapre_like.models.artifact.card import ModelCard, card_of, walk_layers
from kapre_like.models.checkpoints.folder import find_checkpoint, read_config
from kapre_like.models.checkpoints.quantized import QUANTISED
from kapre_like.models.checkpoints.safetensors import write_safetensors
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.checkpoint.languages import open_weights
from kapre_like.models.wav2vec2.checkpoint.loaded import is_learned, variables_of
from kapre_like.models.wav2vec2.checkpoint.tensors import CLASSIFIERS, POOLING, Tensor, tensors
from kapre_like.models.wav2vec2.config.encoders import ENCODERS
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config

_OWNER = "to_huggingface"
_CLASSES = {
    None: "Model",
    "classify": "ForSequenceClassification",
    "regress": "ForSequenceClassification",
    "frames": "ForAudioFrameClassification",
    "xvector": "ForXVector",
    "ctc": "ForCTC",
    "pretrain": "ForPreTraining",
}
_log = logging.getLogger(__name__)


class Written(NamedTuple):
    """Report on a written checkpoint. `str` returns it as one line.

    Attributes:
        path: The folder.
        written: Names of the tensors from the model.
        kept: Names of the tensors that were copied from `source`.
        dropped: Names of the original checkpoint's tensors that the model does not use. They
            are not written.
    """

    path: str
    written: list[str]
    kept: list[str]
    dropped: list[str]

    def __str__(self) -> str:
        line = f"{_OWNER}: {self.path}: {len(self.written)} tensors written"
        if self.kept:
            line += f"; kept from the source: {', '.join(self.kept)}"
        if self.dropped:
            line += f"; dropped (`source=` would keep them): {', '.join(self.dropped)}"
        return line


def to_huggingface(
    model: keras.Model,
    path: str | Path,
    *,
    source: str | Path | None = None,
    report: Callable[[Written], Any] | None = None,
) -> Written:
    """Writes a model as a folder that `transformers` loads, with the same logits.

    Writes `config.json`, `preprocessor_config.json`, `model.safetensors` in float32, and for
    CTC the tokenizer's files. Low-rank matrices are merged into the kernels.

    A model does not contain the tensors of its checkpoint that it does not use. They are copied
    from `source`. Without `source` they are dropped, and the report lists them.

    Args:
        model: A model from `wav2vec2` or `from_huggingface`, trained or not. It may be loaded
            from a `.keras` file.
        path: Folder to write into. Created if it does not exist.
        source: The checkpoint that the model was read from. Tensors that the model does not use
            are copied from it. A model without a head then keeps the class of the source.
        report: Function that is called with the returned `Written`. `None` logs it.

    Returns:
        A `Written`.

    Raises:
        ValueError: If `model` is not a model of this package, or has layers or weights that
            `transformers` does not have.
    """
    card, facts = card_of(model), CheckpointFacts.of(model)
    if not isinstance(path, str | Path) or not str(path) or Path(path).is_file():
        _check.fail(_OWNER, "path", "a folder, or the path of a new one", path)
    folder = Path(path)
    config = facts.network()
    architecture = _architecture(model, config)
    arrays = _arrays(model, tensors(config, _head(card)))
    config_json = _config_json(card, facts, architecture, arrays)
    base = f"{ENCODERS[config.model_type].prefix}." if _head(card) else ""
    kept: dict[str, Any] = {}
    if source is not None:
        base, kept = _kept(
            find_checkpoint(source, owner=_OWNER), _head(card), config, base, config_json
        )
    named = {(base if row.backbone else "") + row.name: a for row, a in arrays.items()}
    folder.mkdir(parents=True, exist_ok=True)
    # The source may be the same file. It is read while the new file is written.
    with replacing(folder / "model.safetensors") as new:
        write_safetensors(new, {**kept, **named})
    for name, values in _json_files(card, facts, config_json).items():
        text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
        with replacing(folder / name) as new:
            new.write_text(text, encoding="utf-8")
    dropped = [] if source is not None else facts.unused
    written = Written(str(folder), sorted(named), sorted(kept), list(dropped))
    if report is not None:
        report(written)
    else:
        _log.log(logging.WARNING if dropped else logging.INFO, "%s", written)
    return written


def _head(card: ModelCard) -> str | None:
    """Returns the name of the head. The task `transcribe` has a CTC head."""
    return "ctc" if card.task == "transcribe" else card.task


def _architecture(model: keras.Model, config: Wav2Vec2Config) -> str:
    """Returns the model's class: one of transformers, or `...ForSpeechClassification`."""
    head, family = _head(card_of(model)), config.model_type
    if any(layer.name == "feature_encoder" for layer in walk_layers(model)):
        raise ValueError(
            f"{_OWNER}: transformers has no network with a front end instead of convolutions "
            "(`feature_encoder=`). Save the model as a .keras file."
        )
    if head not in ENCODERS[family].heads:
        raise ValueError(
            f"{_OWNER}: transformers has no {ENCODERS[family].classes} with the head {head!r}. "
            "Save the model as a .keras file."
        )
    pooled = config.pooling_mode is not None and head in POOLING
    return ENCODERS[family].classes + ("ForSpeechClassification" if pooled else _CLASSES[head])


def _arrays(model: keras.Model, table: list[Tensor]) -> dict[Tensor, np.ndarray]:
    """Returns the model's weights in the checkpoint's order of axes."""
    layers = {layer.name: layer for layer in walk_layers(model)}
    values = variables_of(model, table)
    placed = set()
    for row, value in values.items():
        owner = attrgetter(row.attribute.rpartition(".")[0] or "name")(layers[row.layer])
        owner = layers[row.layer] if isinstance(owner, str) else owner
        if getattr(owner, "quantization_mode", None):
            raise ValueError(
                f"{_OWNER}: {owner.path} is quantized to {owner.quantization_mode}, and a "
                "checkpoint contains floats. Write it before you call `quantize`."
            )
        # A kernel with low-rank matrices is computed from several variables.
        single = isinstance(value, keras.Variable)
        placed |= {id(value)} if single else {id(weight) for weight in owner.weights}
    unplaced = [v.path for v in model.weights if id(v) not in placed and is_learned(v)]
    if unplaced:
        raise ValueError(
            f"{_OWNER}: transformers has no tensor for {', '.join(unplaced[:4])}"
            f"{', ...' if unplaced[4:] else ''}. Save the model as a .keras file."
        )
    arrays = {row: row.write(_numbers(value)) for row, value in values.items()}
    return _in_unit(arrays, layers.get("unit"))


def _numbers(value: Any) -> np.ndarray:
    return np.array(keras.ops.convert_to_numpy(keras.ops.cast(value, "float32")))


def _in_unit(arrays: dict[Tensor, np.ndarray], unit: Any) -> dict[Tensor, np.ndarray]:
    """Folds scale and offset of a score into the last Dense layer."""
    if unit is None or (unit.scale == 1 and unit.offset == 0):
        return arrays
    shift = {f"{name}.weight": 0.0 for name in CLASSIFIERS}
    shift |= {f"{name}.bias": unit.offset for name in CLASSIFIERS}
    return {
        row: np.float32(a * unit.scale + shift[row.name]) if row.name in shift else a
        for row, a in arrays.items()
    }


def _config_json(
    card: ModelCard,
    facts: CheckpointFacts,
    architecture: str,
    arrays: dict[Tensor, np.ndarray],
) -> dict[str, Any]:
    values = {**facts.config, **facts.network().to_json()}
    for name in ("torch_dtype", *QUANTISED):
        values.pop(name, None)
    values.update(architectures=[architecture], dtype="float32")
    shapes = {row.name: a.shape for row, a in arrays.items()}
    if _head(card) in ("classify", "regress", "frames"):
        (classes,) = next(shapes[f"{n}.bias"] for n in CLASSIFIERS if f"{n}.bias" in shapes)
    else:
        classes = shapes.get("objective.weight", (0, 0))[1]
    if classes:
        table = facts.config.get("id2label") or {}
        # A single score has no name in the card.
        names = card.class_names or (list(table.values()) if len(table) == 1 else ["LABEL_0"])
        values["id2label"] = {str(i): name for i, name in enumerate(names)}
        values["label2id"] = {name: i for i, name in enumerate(names)}
        values.pop("num_labels", None)
    if _head(card) == "regress":
        values["problem_type"] = "regression"
    return values


def _kept(
    folder: Path,
    head: str | None,
    network: Wav2Vec2Config,
    base: str,
    config_json: dict[str, Any],
) -> tuple[str, dict[str, Any]]:
    """Returns the backbone's prefix, and the source's tensors that the model does not use."""
    files = open_weights(folder, read_config(folder, owner=_OWNER))
    used = set()
    for row in tensors(network, head):
        prefix = files.prefix if row.backbone else files.head_prefix
        used |= {prefix + name for name in row.names}
    if head is None:
        # Keep the class of the source, because its head is written back.
        base = f"{ENCODERS[network.model_type].prefix}." if files.prefix else ""
        config_json["architectures"] = read_config(folder, owner=_OWNER).get("architectures")
    kept = {}
    for name in files.names():
        if name not in used:
            inside = bool(files.prefix) and name.startswith(files.prefix)
            own = name.removeprefix(files.prefix if inside else files.head_prefix)
            kept[(base if inside or not files.prefix else "") + own] = files.raw(name)
    return base, kept


def _json_files(
    card: ModelCard, facts: CheckpointFacts, config_json: dict[str, Any]
) -> dict[str, Any]:
    """Returns a dict from the names of JSON files to their content."""
    mask = facts.attention_mask
    if mask is None:
        mask = facts.network().feat_extract_norm == "layer"
    preprocessor = {
        "do_normalize": facts.normalize,
        "feature_extractor_type": "Wav2Vec2FeatureExtractor",
        "feature_size": 1,
        "padding_side": "right",
        "padding_value": facts.padding_value,
        "return_attention_mask": mask,
        "sampling_rate": facts.sampling_rate,
    }
    files = {"config.json": config_json, "preprocessor_config.json": preprocessor}
    if _head(card) == "ctc":
        files.update(facts.tokenizer or _tokenizer(card.class_names))
    return files


def _tokenizer(names: list[str] | None) -> dict[str, Any]:
    """Returns the tokenizer's files for the class names, if there are any."""
    return {"vocab.json": {name: i for i, name in enumerate(names)}} if names else {}
