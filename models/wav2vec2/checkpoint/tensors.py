"""Table of the tensors of a Hugging Face checkpoint and the variables of a Keras model.

Names are those of transformers without the prefix of the backbone (`wav2vec2.`, `wavlm.`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config

# A tensor that every backbone has. Its name contains the prefix of all names.
ANCHOR = "feature_extractor.conv_layers.0.conv.weight"
# Heads for which `use_weighted_layer_sum` applies.
SUMMING = ("classify", "regress", "frames", "xvector")
# Heads for which `pooling_mode` applies.
POOLING = ("classify", "regress")
# Last dense layer of the heads for clips and frames, without and with a `pooling_mode`.
CLASSIFIERS = ("classifier", "classifier.out_proj")


@dataclass(frozen=True)
class Tensor:
    """One row of the table.

    Attributes:
        name: Name of the tensor in checkpoints. Checkpoints are written with this name.
        layer: Name of the Keras layer.
        attribute: Dotted path from the layer to its variable.
        change: Order of axes: `"same"`, `"reversed"` (reversed axes) or `"taps"` (`(1, 1, n)`
            in the checkpoint, `(n,)` in Keras).
        backbone: Whether the tensor belongs to the backbone instead of a head.
        older: Name of the tensor in older checkpoints.
        plain: Name of a kernel without weight normalization, from which the tensor is
            computed if the checkpoint has it.
        needed: Whether a checkpoint without the tensor is an error.
    """

    name: str
    layer: str
    attribute: str
    change: str = "same"
    backbone: bool = True
    older: str | None = None
    needed: bool = True
    plain: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All names of the tensor in checkpoints."""
        return tuple(name for name in (self.name, self.older, self.plain) if name)

    def read(self, array: np.ndarray, *, plain: bool = False) -> np.ndarray:
        """Converts an array from the checkpoint's order of axes to Keras's.

        Args:
            array: Array in the checkpoint's order of axes.
            plain: Whether the array is the tensor `plain`, which contains both the direction
                and the length of its taps.
        """
        if plain:
            array = _length(array) if self.change == "taps" else _direction(array)
        if self.change == "taps":
            return array.reshape(-1) if array.shape[:-1] == (1, 1) else array
        return array.T if self.change == "reversed" else array

    def write(self, array: np.ndarray) -> np.ndarray:
        """Converts an array from Keras's order of axes to the checkpoint's."""
        if self.change == "taps":
            return array.reshape(1, 1, -1)
        return np.ascontiguousarray(array.T) if self.change == "reversed" else array


def _length(kernel: np.ndarray) -> np.ndarray:
    """Returns the norm of each tap of a kernel `(out, in, taps)`, `(1, 1, taps)`."""
    return np.sqrt(np.sum(np.square(kernel, dtype="float64"), (0, 1), keepdims=True))


def _direction(kernel: np.ndarray) -> np.ndarray:
    """Returns the kernel. Zero taps become ones, because a zero vector has no direction."""
    return np.where(_length(kernel) > 0, kernel, np.ones_like(kernel))


def tensors(config: Wav2Vec2Config, head: str | None = None) -> list[Tensor]:
    """Returns the table for a network and one of the heads of `wav2vec2`."""
    unused = _unused_layers(config, head)
    backbone = [row for row in _backbone(config) if not row.layer.startswith(unused)]
    return [*backbone, *_head(config, head)]


def _unused_layers(config: Wav2Vec2Config, head: str | None) -> tuple[str, ...]:
    """Returns the name prefixes of layers that a weighted layer sum does not use."""
    if not config.use_weighted_layer_sum or head not in SUMMING:
        return ()
    return ("adapter_", "encoder_norm") if config.do_stable_layer_norm else ("adapter_",)


def _pair(name: str, layer: str, attribute: str = "", **kwargs: Any) -> Iterator[Tensor]:
    """Yields weight and bias of a Dense layer."""
    yield Tensor(f"{name}.weight", layer, f"{attribute}kernel", "reversed", **kwargs)
    yield Tensor(f"{name}.bias", layer, f"{attribute}bias", **kwargs)


def _norm(name: str, layer: str, attribute: str = "") -> Iterator[Tensor]:
    yield Tensor(f"{name}.weight", layer, f"{attribute}gamma")
    yield Tensor(f"{name}.bias", layer, f"{attribute}beta")


def _backbone(config: Wav2Vec2Config) -> Iterator[Tensor]:
    for i in range(len(config.conv_dim)):
        yield from _convolution(config, i)
    if config.feat_proj_layer_norm:
        yield from _norm("feature_projection.layer_norm", "feature_norm")
    yield from _pair("feature_projection.projection", "feature_projection")
    if max(config.mask_time_prob, config.mask_feature_prob) > 0:
        # Optional, because it is only used in training, and some checkpoints do not have it.
        yield Tensor("masked_spec_embed", "span_masking", "embedding", needed=False)
    yield from _positions(config)
    yield from _norm("encoder.layer_norm", "encoder_norm")
    for i in range(config.num_hidden_layers):
        yield from _block(config, i)
    if config.model_type == "wavlm":
        name = "encoder.layers.0.attention.rel_attn_embed.weight"
        yield Tensor(name, "relative_positions", "embedding")
    if config.add_adapter:
        yield from _adapter(config)


def _positions(config: Wav2Vec2Config) -> Iterator[Tensor]:
    if config.model_type == "data2vec-audio":
        for i in range(config.num_conv_pos_embeddings):
            name = f"encoder.pos_conv_embed.layers.{i}.conv"
            yield Tensor(f"{name}.weight", f"positional_{i}", "kernel", "reversed")
            yield Tensor(f"{name}.bias", f"positional_{i}", "bias")
        return
    name = "encoder.pos_conv_embed.conv."
    new, old = f"{name}parametrizations.weight.original", f"{name}weight_"
    plain = f"{name}weight"
    yield Tensor(f"{new}0", "positional", "g", "taps", older=f"{old}g", plain=plain)
    yield Tensor(f"{new}1", "positional", "v", "reversed", older=f"{old}v", plain=plain)
    yield Tensor(f"{name}bias", "positional", "bias")


def _convolution(config: Wav2Vec2Config, i: int) -> Iterator[Tensor]:
    name, layer = f"feature_extractor.conv_layers.{i}", f"conv_{i}"
    yield Tensor(f"{name}.conv.weight", layer, "kernel", "reversed")
    if config.conv_bias:
        yield Tensor(f"{name}.conv.bias", layer, "bias")
    if config.feat_extract_norm == "layer" or not i:
        yield from _norm(f"{name}.layer_norm", layer)


def _block(config: Wav2Vec2Config, i: int) -> Iterator[Tensor]:
    name, layer = f"encoder.layers.{i}", f"block_{i}"
    for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
        yield from _pair(f"{name}.attention.{part}", layer, f"attention.{part}.")
    if config.model_type == "wavlm":
        yield from _gate(f"{name}.attention", layer)
    for part in ("layer_norm", "final_layer_norm"):
        yield from _norm(f"{name}.{part}", layer, f"{part}.")
    for part in ("intermediate_dense", "output_dense"):
        yield from _pair(f"{name}.feed_forward.{part}", layer, f"{part}.")
    if config.adapter_attn_dim:
        yield from _norm(f"{name}.adapter_layer.norm", layer, "adapter_norm.")
        yield from _pair(f"{name}.adapter_layer.linear_1", layer, "adapter_in.")
        yield from _pair(f"{name}.adapter_layer.linear_2", layer, "adapter_out.")


def _gate(name: str, layer: str) -> Iterator[Tensor]:
    """Yields the tensors of the gate of WavLM's relative positions."""
    yield Tensor(f"{name}.gru_rel_pos_const", layer, "attention.gate_scale")
    linear = f"{name}.gru_rel_pos_linear"
    yield Tensor(f"{linear}.weight", layer, "attention.gate_kernel", "reversed")
    yield Tensor(f"{linear}.bias", layer, "attention.gate_bias")


def _adapter(config: Wav2Vec2Config) -> Iterator[Tensor]:
    if config.output_hidden_size != config.hidden_size:
        yield from _pair("adapter.proj", "adapter_projection")
        yield from _norm("adapter.proj_layer_norm", "adapter_norm")
    for i in range(config.num_adapter_layers):
        yield from _pair(f"adapter.layers.{i}.conv", f"adapter_{i}", "conv.")


def _head(config: Wav2Vec2Config, head: str | None) -> Iterator[Tensor]:
    own = {"backbone": False, "needed": False}
    if head in SUMMING and config.use_weighted_layer_sum:
        yield Tensor("layer_weights", "layer_weights", "layer_weights", **own)
    if head in POOLING and config.pooling_mode is not None:
        yield from _pair("classifier.dense", "classifier_dense", **own)
        yield from _pair("classifier.out_proj", "classifier", **own)
        return
    for name in _DENSE.get(head, ()):
        yield from _pair(name, name, **own)
    if head == "xvector":
        for i in range(len(config.tdnn_dim)):
            yield from _pair(f"tdnn.{i}.kernel", f"tdnn_{i}", **own)
        yield Tensor("objective.weight", "objective", "weight", **own)
    if head == "pretrain":
        yield Tensor("quantizer.codevectors", "quantizer", "codevectors", **own)
        yield from _pair("quantizer.weight_proj", "quantizer", "weight_proj.", **own)


_DENSE: dict[str | None, tuple[str, ...]] = {
    "classify": ("projector", "classifier"),
    "regress": ("projector", "classifier"),
    "frames": ("classifier",),
    "xvector": ("projector", "feature_extractor", "classifier"),
    "ctc": ("lm_head",),
    "pretrain": ("project_hid", "project_q"),
}
