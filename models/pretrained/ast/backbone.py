"""The Audio Spectrogram Transformer in Keras.

Source: Y. Gong, Y.-A. Chung, J. Glass, "AST: Audio Spectrogram Transformer", Interspeech 2021;
    transformers 5.24, `ASTForAudioClassification`.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import keras

from kapre_like.layers import LengthMask
from kapre_like.models.blocks.clip_windows import clip_inputs
from kapre_like.models.blocks.fill_patches import FillPatches
from kapre_like.models.pretrained.assembly import (
    cut_patches,
    initializers,
    over_patches,
    states_per_patch,
)
from kapre_like.models.pretrained.ast.config import (
    AstConfig,
    folder_of,
    open_weights,
    with_sizes,
)
from kapre_like.models.pretrained.ast.layers import (
    AddTokens,
    BlockActivation,
    FirstTokensMean,
    HeadAttention,
)
from kapre_like.models.pretrained.ast.preset import AST
from kapre_like.models.pretrained.ast.weights import read_weights
from kapre_like.models.pretrained.preset import require_weights
from kapre_like.presets import ast as ast_front_end

states, patches = states_per_patch, cut_patches


def ast(weights: Any = None, *, seed: int = 0) -> keras.Model:
    """Returns the Audio Spectrogram Transformer.

    Args:
        weights: Folder of a Hugging Face checkpoint, or its name on the hub. `None` uses
            `MIT/ast-finetuned-audioset-10-10-0.4593` from Hugging Face's cache or the hub.
            `"random"` uses random weights.
        seed: Int >= 0, for random weights.

    Returns:
        A `keras.Model` from `waveform (batch, samples)` at 16 kHz and `length (batch,)` to a
        dict: `embeddings (batch, windows, 768)`, `mask (batch, windows)`, and `scores (batch,
        windows, classes)` if the checkpoint has a head. A window is 10.24 s. Frames after the
        last whole window are padded to one more window.

    Raises:
        ValueError: If the checkpoint does not exist or contains another network.
        ImportError: If the checkpoint is on the hub, and `huggingface_hub` is not installed.
    """
    return build(require_weights("ast", AST, weights), seed=seed)


def build(
    weights: Path | None, *, seed: int = 0, config: AstConfig | None = None
) -> keras.Model:
    """Returns a network for windows of 1024 frames (10.24 s) without overlap.

    Frames after the last whole window are padded to one more window. Frames past a clip's end
    are 0 before normalization, as in the original.

    Args:
        weights: Folder of a Hugging Face checkpoint, or `None` for random weights.
        seed: Int >= 0, for random weights.
        config: Hyperparameters of a network with random weights. `None` uses the published
            ones. Ignored for a checkpoint, whose files contain them.

    Returns:
        A `keras.Model`; see `assembly.finished`. `embeddings` are the means of the class token
        and the distillation token. `scores`, if the checkpoint has a head, are probabilities of
        the classes for each window. They sum to 1 if the checkpoint's `problem_type` is
        `"single_label_classification"`, else they are independent.

    Raises:
        ValueError: If the checkpoint contains another network.
    """
    files = None if weights is None else open_weights(weights, owner=AST.name)
    if files is not None:
        config = AstConfig.from_folder(folder_of(weights), files, owner=AST.name)
    config = config or AstConfig()
    network = _network(config, initializers(seed if weights is None else None))
    if files is not None:
        read_weights(AST.name, network, config, files, source=weights)
    waveform, length = clip_inputs()
    preset = with_sizes(AST, config, network.count_params())
    return over_patches(
        preset, [waveform, length], _energies(waveform, length, config), network,
        frames=config.max_length, hop=config.max_length,
        class_names=list(config.labels) or None,
    )  # fmt: skip


def _energies(waveform: Any, length: Any, config: AstConfig) -> Any:
    """Returns the normalized energies of whole windows."""
    x = LengthMask(name="samples")([waveform, length])
    front_end = ast_front_end(
        frames=None, n_mels=config.num_mel_bins, mean=config.mean, deviation=config.std,
        name="front_end",
    )  # fmt: skip
    fill = -config.mean / (2 * config.std)
    return FillPatches(frames=config.max_length, value=fill, name="windows")(front_end(x))


def _network(config: AstConfig, kernels: Iterator[Any]) -> keras.Model:
    """Returns the network from a window to its embedding, and to scores if it has a head."""
    window = keras.Input((config.max_length, config.num_mel_bins, 1), name="window")
    # The original numbers its tokens along time first.
    x = keras.layers.Permute((2, 1, 3), name="bands_first")(window)
    x = keras.layers.Conv2D(
        config.hidden_size, config.patch_size, (config.frequency_stride, config.time_stride),
        kernel_initializer=next(kernels)(config.patch_size**2), name="tokens",
    )(x)  # fmt: skip
    over_bands, over_time = config.tokens
    x = keras.layers.Reshape((over_bands * over_time, config.hidden_size), name="row")(x)
    x = AddTokens(name="embeddings")(x)
    x = keras.layers.Dropout(config.hidden_dropout_prob, name="block_00")(x)
    for number in range(1, config.num_hidden_layers + 1):
        x = _block(x, config, f"block_{number:02d}", kernels)
    x = _norm(config, "norm")(x)
    pooled = FirstTokensMean(name="pooled")(x)
    if not config.labels:
        return keras.Model(window, pooled, name="window_network")
    return keras.Model(
        window, [pooled, _scores(pooled, config, kernels)], name="window_network"
    )


def _block(x: Any, config: AstConfig, name: str, kernels: Iterator[Any]) -> Any:
    """Applies a transformer block: attention and a feed-forward network, with pre-norm."""
    dense = partial(_dense, kernels=kernels)
    drop = partial(keras.layers.Dropout, config.hidden_dropout_prob)
    normed = _norm(config, f"{name}_norm_before")(x)
    projected = [
        dense(normed, config.hidden_size, f"{name}_{part}", use_bias=config.qkv_bias)
        for part in ("query", "key", "value")
    ]
    y = HeadAttention(
        heads=config.num_attention_heads, dropout=config.attention_probs_dropout_prob,
        name=f"{name}_attention",
    )(projected)  # fmt: skip
    y = dense(y, config.hidden_size, f"{name}_attention_out")
    x = keras.layers.Add(name=f"{name}_attended")([x, drop(name=f"{name}_drop_attention")(y)])
    y = _norm(config, f"{name}_norm_after")(x)
    y = dense(y, config.intermediate_size, f"{name}_in")
    y = BlockActivation(function=config.hidden_act, name=f"{name}_activation")(y)
    y = dense(y, config.hidden_size, f"{name}_out")
    return keras.layers.Add(name=name)([x, drop(name=f"{name}_drop")(y)])


def _scores(pooled: Any, config: AstConfig, kernels: Iterator[Any]) -> Any:
    x = _norm(config, "classifier_norm")(pooled)
    activation = "softmax" if config.single_label else "sigmoid"
    classes, options = len(config.labels), {"activation": activation, "dtype": "float32"}
    return _dense(x, classes, "classifier", kernels=kernels, **options)


def _dense(x: Any, units: int, name: str, *, kernels: Iterator[Any], **kwargs: Any) -> Any:
    kernel = next(kernels)(x.shape[-1])
    return keras.layers.Dense(units, kernel_initializer=kernel, name=name, **kwargs)(x)


def _norm(config: AstConfig, name: str) -> keras.layers.Layer:
    return keras.layers.LayerNormalization(epsilon=config.layer_norm_eps, name=name)
