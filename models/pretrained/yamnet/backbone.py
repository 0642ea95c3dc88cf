"""Builds YAMNet.

Source: tensorflow/models, `research/audioset/yamnet/yamnet.py`. A. Howard et al., "MobileNets:
Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from kapre_like import presets
from kapre_like.models.pretrained.assembly import (
    cut_patches,
    initializers,
    patch_model,
    set_weights,
    states_per_patch,
)
from kapre_like.models.pretrained.class_map import class_names
from kapre_like.models.pretrained.preset import require_weights
from kapre_like.models.pretrained.yamnet.config import (
    Convolution,
    YamnetConfig,
    convolutions,
)
from kapre_like.models.pretrained.yamnet.preset import YAMNET
from kapre_like.models.pretrained.yamnet.weights import read_weights

states, patches = states_per_patch, cut_patches
_CLASSES = "yamnet_class_map.csv"


def yamnet(weights: Any = None, *, seed: int = 0, classes: Any = None) -> keras.Model:
    """Returns YAMNet, which computes an embedding and 521 scores every 0.48 s.

    Args:
        weights: Path of `yamnet.h5`, of the folder of TensorFlow Hub's SavedModel, or of
            `yamnet.tflite`, whose convolutions are partly quantized to 8 bits. `None` searches
            this machine. `"random"` uses random weights.
        seed: Int >= 0, for random weights.
        classes: Path of `yamnet_class_map.csv` with the names of the scores. `None` reads the
            file beside the weights if there is one. Otherwise the model has no class names.

    Returns:
        A `keras.Model` for `[waveform, length]`, `(batch, samples)` float32 at 16 kHz in
        [-1, 1] and `(batch,)` int32, with the outputs `embeddings (batch, patches, 1024)`,
        `mask (batch, patches)` and `scores (batch, patches, 521)`. The end of a clip is padded
        with zeros to a whole patch, as in the original.

    Raises:
        ValueError: If the weights were not found or belong to another network.

    Example:
        >>> from kapre_like.models.pretrained.networks import yamnet
        >>> yamnet("random").output["embeddings"].shape
        (None, None, 1024)
    """
    return build(require_weights("yamnet", YAMNET, weights), seed=seed, classes=classes)


def build(weights: Path | None, seed: int = 0, *, classes: Any = None) -> keras.Model:
    """Returns the model; see `yamnet`. `weights=None` uses random weights."""
    config = YamnetConfig()
    names = class_names("yamnet", _CLASSES, classes, weights, config.n_classes)
    layers = None if weights is None else read_weights(weights, config)
    network = _network(config, seed if layers is None else None)
    set_weights(network, layers or {})
    return patch_model(
        YAMNET,
        presets.yamnet(),
        network,
        samples=config.samples,
        hop_length=config.hop_length,
        frames=config.frames,
        hop=config.hop,
        partial="pad",
        class_names=names,
    )


def _network(config: YamnetConfig, seed: int | None) -> keras.Model:
    """Returns the network from patches to embeddings and scores."""
    kernels = initializers(seed)
    patch = keras.Input((config.frames, config.bands, 1), name="patch")
    x = patch
    for convolution in convolutions(config):
        x = _layer(convolution, kernels)(x)
    embeddings = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    dense = keras.layers.Dense(
        config.n_classes,
        activation="sigmoid",
        kernel_initializer=next(kernels)(config.layers[-1][1]),
        name="scores",
    )
    return keras.Model(patch, [embeddings, dense(embeddings)], name="network")


def _layer(convolution: Convolution, kernels: Iterator[Any]) -> keras.layers.Layer:
    shared = {
        "strides": convolution.stride,
        "padding": "same",
        "activation": "relu",
        "name": convolution.name,
    }
    taps = convolution.size**2
    if convolution.depthwise:
        return keras.layers.DepthwiseConv2D(
            convolution.size, depthwise_initializer=next(kernels)(taps), **shared
        )
    kernel = next(kernels)(taps * convolution.inputs)
    return keras.layers.Conv2D(
        convolution.outputs, convolution.size, kernel_initializer=kernel, **shared
    )
