"""Hyperparameters of an Audio Spectrogram Transformer, read from its checkpoint.

Source: transformers 5.24, `ASTConfig` and `ASTFeatureExtractor`.
"""

from dataclasses import dataclass, fields, replace
from math import prod
from pathlib import Path
from typing import Any, Self

from kapre_like import _check
from kapre_like.models.checkpoints.folder import read_config, read_preprocessor
from kapre_like.models.checkpoints.weight_files import WeightFiles
from kapre_like.models.pretrained.preset import Preset

MODEL_TYPE = "audio-spectrogram-transformer"
SAMPLE_RATE = 16000
HOP_LENGTH = 160
# A tensor that every checkpoint has. Its name contains the prefix of all names.
_ANCHOR = "embeddings.cls_token"
_HEAD = "classifier.dense.weight"
# Options of the feature extractor for which other values are not supported.
_FIXED = {
    "do_normalize": True,
    "feature_size": 1,
    "padding_value": 0.0,
    "sampling_rate": SAMPLE_RATE,
}
# Names in `config.json` that `layers.BlockActivation` supports.
ACTIVATIONS = ("gelu", "gelu_new", "relu")


@dataclass(frozen=True)
class AstConfig:
    """Hyperparameters of one network. The defaults are those of the published checkpoint.

    Attributes:
        hidden_size: Int > 0, channels.
        num_hidden_layers: Int > 0, transformer blocks.
        num_attention_heads: Int > 0, a divisor of `hidden_size`.
        intermediate_size: Int > 0, channels between the dense layers of a block.
        hidden_act: One of `ACTIVATIONS`.
        hidden_dropout_prob: Float in [0, 1), dropout of hidden states.
        attention_probs_dropout_prob: Float in [0, 1), dropout of attention weights.
        layer_norm_eps: Float > 0, added to the variance.
        patch_size: Int > 0, frames and bands of a token.
        qkv_bias: Whether queries, keys and values have a bias.
        frequency_stride: Int > 0, bands between tokens.
        time_stride: Int > 0, frames between tokens.
        max_length: Int > 0, frames of a window.
        num_mel_bins: Int > 0, mel bands.
        mean: Mean of the energies in training.
        std: Standard deviation of the energies in training.
        labels: Names of the classes. Empty for a network without a head.
        single_label: Whether the scores of the classes sum to 1.
    """

    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.0
    attention_probs_dropout_prob: float = 0.0
    layer_norm_eps: float = 1e-12
    patch_size: int = 16
    qkv_bias: bool = True
    frequency_stride: int = 10
    time_stride: int = 10
    max_length: int = 1024
    num_mel_bins: int = 128
    mean: float = -4.2677393
    std: float = 4.5689974
    labels: tuple[str, ...] = tuple(f"LABEL_{i}" for i in range(527))
    single_label: bool = False

    def __post_init__(self) -> None:
        owner = "ast"
        ints = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.type is int or field.type == "int"
        }
        _check.positive_int(owner, **ints)
        _check.positive(owner, layer_norm_eps=self.layer_norm_eps, std=self.std)
        _check.one_of(owner, list(ACTIVATIONS), hidden_act=self.hidden_act)
        if self.hidden_size % self.num_attention_heads:
            rule = f"a multiple of num_attention_heads={self.num_attention_heads}"
            _check.fail(owner, "hidden_size", rule, self.hidden_size)
        if self.patch_size > min(self.max_length, self.num_mel_bins):
            _check.fail(owner, "patch_size", "at most frames and bands", self.patch_size)

    @property
    def tokens(self) -> tuple[int, int]:
        """Number of tokens over frequency and over time."""
        over_bands = (self.num_mel_bins - self.patch_size) // self.frequency_stride + 1
        return over_bands, (self.max_length - self.patch_size) // self.time_stride + 1

    @property
    def seconds(self) -> float:
        """Seconds of a window."""
        return self.max_length * HOP_LENGTH / SAMPLE_RATE

    @classmethod
    def from_folder(cls, folder: Path, files: WeightFiles, *, owner: str) -> Self:
        """Reads the hyperparameters of a checkpoint.

        Args:
            folder: Folder of the checkpoint.
            files: Its tensors. They show whether the checkpoint has a head.
            owner: Name of the caller, for error messages.

        Raises:
            ValueError: If the checkpoint has another architecture or unsupported options.
        """
        values = checked_config(folder, owner=owner)
        values |= _preprocessing(folder, owner=owner)
        names = {field.name for field in fields(cls)} - {"labels", "single_label"}
        return cls(
            **{name: value for name, value in values.items() if name in names},
            labels=_labels(values, files),
            single_label=values.get("problem_type") == "single_label_classification",
        )


def folder_of(weights: Path) -> Path:
    """Returns the folder of a checkpoint. `weights` is the folder or a file in it."""
    return weights if weights.is_dir() else weights.parent


def open_weights(weights: Path, *, owner: str) -> WeightFiles:
    """Opens the tensors of a checkpoint.

    Raises:
        ValueError: If the checkpoint has another architecture or is damaged.
    """
    folder = folder_of(weights)
    values = checked_config(folder, owner=owner)
    return WeightFiles(folder, anchor=_ANCHOR, quantization=values.get("quantization_config"))


def checked_config(folder: Path, *, owner: str) -> dict[str, Any]:
    """Returns the `config.json` of a checkpoint, and checks its architecture.

    Raises:
        ValueError: If the file is missing, or the architecture is another one.
    """
    values = read_config(folder, owner=owner)
    if values.get("model_type") != MODEL_TYPE:
        raise ValueError(
            f"{owner}: `weights` must be a checkpoint of model_type {MODEL_TYPE!r}. Received: "
            f"{folder}, whose config.json has {values.get('model_type')!r}."
        )
    return values


def facts(preset: Preset, weights: Path) -> Preset:
    """Returns the preset with the sizes of a checkpoint.

    Args:
        preset: Preset of the published network.
        weights: Folder of the checkpoint.
    """
    files = open_weights(weights, owner=preset.name)
    config = AstConfig.from_folder(folder_of(weights), files, owner=preset.name)
    n_parameters = sum(prod(files.shape(name)) for name in files.names())
    return with_sizes(preset, config, n_parameters)


def with_sizes(preset: Preset, config: AstConfig, n_parameters: int) -> Preset:
    """Returns the preset with the sizes of a configuration."""
    return replace(
        preset,
        channels=config.hidden_size,
        state_channels=(config.num_hidden_layers + 1) * (config.hidden_size,),
        n_classes=len(config.labels),
        n_parameters=n_parameters,
        first_seconds=config.seconds,
        hop_seconds=config.seconds,
    )


def _preprocessing(folder: Path, *, owner: str) -> dict[str, Any]:
    """Returns mean and standard deviation. Rejects unsupported options of the front end."""
    values = read_preprocessor(folder, owner=owner)
    for name, wanted in _FIXED.items():
        if name in values and values[name] != wanted:
            rule = f"{wanted!r} in preprocessor_config.json"
            _check.fail(owner, name, rule, values[name])
    return {name: values[name] for name in ("mean", "std") if name in values}


def _labels(values: dict[str, Any], files: WeightFiles) -> tuple[str, ...]:
    """Returns the names of the classes, empty for a network without a head."""
    if f"{files.head_prefix}{_HEAD}" not in files:
        return ()
    count = files.shape(f"{files.head_prefix}{_HEAD}")[0]
    named = values.get("id2label") or {}
    return tuple(str(named.get(str(i), f"LABEL_{i}")) for i in range(count))
