"""Builds VGGish.

Source: tensorflow/models, `research/audioset/vggish/vggish_slim.py`. S. Hershey et al., "CNN
Architectures for Large-Scale Audio Classification", ICASSP 2017.
"""

from pathlib import Path
from typing import Any

import keras

from kapre_like import _check, presets
from kapre_like.models.pretrained.assembly import (
    cut_patches,
    initializers,
    patch_model,
    set_weights,
    states_per_patch,
)
from kapre_like.models.pretrained.preset import require_weights
from kapre_like.models.pretrained.vggish.config import (
    VggishConfig,
    convolutions,
    dense_layers,
)
from kapre_like.models.pretrained.vggish.postprocess import QuantizedPCA
from kapre_like.models.pretrained.vggish.preset import VGGISH
from kapre_like.models.pretrained.vggish.weights import read_pca, read_weights

states, patches = states_per_patch, cut_patches


def vggish(
    weights: Any = None,
    *,
    seed: int = 0,
    relu: bool = True,
    postprocess: bool = False,
    pca: Any = None,
) -> keras.Model:
    """Returns VGGish, which computes an embedding of 128 channels every 0.96 s.

    Args:
        weights: Path of `vggish_model.ckpt` or of a PyTorch state dict of torchvggish. `None`
            searches this machine. `"random"` uses random weights.
        seed: Int >= 0, for random weights.
        relu: Whether a ReLU follows the last layer, as in torchvggish. The original has had
            none since 2020.
        postprocess: Whether the embeddings are rotated by `pca` and quantized to 0 .. 255, as
            those published with AudioSet.
        pca: Path of `vggish_pca_params.npz`. Required if `postprocess` is `True`.

    Returns:
        A `keras.Model` for `[waveform, length]`, `(batch, samples)` float32 at 16 kHz in
        [-1, 1] and `(batch,)` int32, with the outputs `embeddings (batch, patches, 128)` and
        `mask (batch, patches)`. A clip under 0.975 s is padded with zeros to one patch. Samples
        after the last whole patch are dropped.

    Raises:
        ValueError: If the weights were not found or belong to another network.

    Example:
        >>> from kapre_like.models.pretrained.networks import vggish
        >>> vggish("random").output["embeddings"].shape
        (None, None, 128)
    """
    _check.boolean("vggish", relu=relu, postprocess=postprocess)
    if postprocess != (pca is not None):
        rule = "a path to vggish_pca_params.npz exactly if `postprocess` is True"
        _check.fail("vggish", "pca", rule, pca)
    found = require_weights("vggish", VGGISH, weights)
    return build(found, seed=seed, relu=relu, pca=pca)


def build(
    weights: Path | None, seed: int = 0, *, relu: bool = True, pca: Any = None
) -> keras.Model:
    """Returns the model; see `vggish`. `weights=None` uses random weights."""
    config = VggishConfig()
    rotation = None if pca is None else read_pca(Path(pca).expanduser(), config.dense[-1])
    layers = None if weights is None else read_weights(weights, config)
    random = seed if layers is None else None
    network = _network(config, random, relu, rotated=rotation is not None)
    set_weights(network, layers or {})
    if rotation is not None:
        set_weights(network, {"pca": rotation})
    return patch_model(
        VGGISH,
        presets.vggish(),
        network,
        samples=config.samples,
        hop_length=config.hop_length,
        frames=config.frames,
        hop=config.frames,
        partial="drop",
    )


def _network(config: VggishConfig, seed: int | None, relu: bool, rotated: bool) -> keras.Model:
    """Returns the network for patches."""
    kernels = initializers(seed)
    patch = keras.Input((config.frames, config.bands, 1), name="patch")
    x = patch
    for number, group in enumerate(convolutions(config)):
        for part in group:
            x = keras.layers.Conv2D(
                part.outputs,
                3,
                padding="same",
                activation="relu",
                kernel_initializer=next(kernels)(9 * part.inputs),
                name=part.name,
            )(x)
        x = keras.layers.MaxPooling2D(2, name=f"block_{number:02d}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    parts = dense_layers(config)
    for part in parts:
        activation = "relu" if relu or part is not parts[-1] else None
        kernel = next(kernels)(part.inputs)
        x = keras.layers.Dense(
            part.outputs, activation, kernel_initializer=kernel, name=part.name
        )(x)
    if rotated:
        low, high = config.quantized
        x = QuantizedPCA(low=low, high=high, name="pca")(x)
    return keras.Model(patch, x, name="network")
