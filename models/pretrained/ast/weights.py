"""Reads the tensors of a Hugging Face checkpoint of the Audio Spectrogram Transformer."""

from collections.abc import Iterator
from pathlib import Path

import keras

from kapre_like.models.checkpoints.weight_files import WeightFiles
from kapre_like.models.pretrained.ast.config import AstConfig
from kapre_like.models.pretrained.tensors import (
    Tensor,
    fill,
    torch_dense,
    torch_kernel,
    torch_norm,
)


def read_weights(
    owner: str, network: keras.Model, config: AstConfig, files: WeightFiles, *, source: Path
) -> None:
    """Assigns the tensors of a checkpoint to the network for windows.

    Args:
        owner: Name of the network, for error messages.
        network: The network for windows.
        config: Hyperparameters of the network.
        files: The checkpoint's tensors.
        source: Path of the checkpoint, for error messages.

    Raises:
        ValueError: If the tensors do not match the network's weights.
    """
    table = [*_backbone(config, files.prefix), *_head(config, files.head_prefix)]
    fill(owner, network, table, files, source=source)


def _backbone(config: AstConfig, prefix: str) -> Iterator[Tensor]:
    embeddings = f"{prefix}embeddings"
    for name in ("cls_token", "distillation_token", "position_embeddings"):
        yield Tensor(f"{embeddings}.{name}", "embeddings", name)
    # The layer's input has bands before frames, as in the original.
    yield torch_kernel(f"{embeddings}.patch_embeddings.projection", "tokens")
    yield Tensor(f"{embeddings}.patch_embeddings.projection.bias", "tokens", "bias")
    for number in range(config.num_hidden_layers):
        block = f"{prefix}encoder.layer.{number}"
        yield from _block(block, f"block_{number + 1:02d}", config)
    yield from torch_norm(f"{prefix}layernorm", "norm")


def _block(name: str, layer: str, config: AstConfig) -> Iterator[Tensor]:
    yield from torch_norm(f"{name}.layernorm_before", f"{layer}_norm_before")
    for part in ("query", "key", "value"):
        both = torch_dense(f"{name}.attention.attention.{part}", f"{layer}_{part}")
        yield from both if config.qkv_bias else list(both)[:1]
    yield from torch_dense(f"{name}.attention.output.dense", f"{layer}_attention_out")
    yield from torch_norm(f"{name}.layernorm_after", f"{layer}_norm_after")
    yield from torch_dense(f"{name}.intermediate.dense", f"{layer}_in")
    yield from torch_dense(f"{name}.output.dense", f"{layer}_out")


def _head(config: AstConfig, prefix: str) -> Iterator[Tensor]:
    if config.labels:
        yield from torch_norm(f"{prefix}classifier.layernorm", "classifier_norm")
        yield from torch_dense(f"{prefix}classifier.dense", "classifier")
