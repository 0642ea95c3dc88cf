"""The VGG of musicnn in Keras.

Source: PyPI's package musicnn 0.1.0, `models.py` (ISC).
"""

from pathlib import Path
from typing import Any

import keras

from kapre_like.layers import Chain, LogCompression, MelSpectrogram
from kapre_like.models.pretrained.assembly import (
    cut_patches,
    initializers,
    patch_model,
    states_per_patch,
)
from kapre_like.models.pretrained.musicnn_vgg.config import (
    CHANNELS,
    EMBEDDING,
    FRAMES,
    HOP_LENGTH,
    N_FFT,
    N_MELS,
    ROWS,
    SAMPLE_RATE,
    SCALE,
    MusicnnConfig,
)
from kapre_like.models.pretrained.musicnn_vgg.preset import MUSICNN_VGG
from kapre_like.models.pretrained.musicnn_vgg.weights import read_weights
from kapre_like.models.pretrained.preset import require_weights

states, patches = states_per_patch, cut_patches


def musicnn_vgg(weights: Any = None, *, seed: int = 0) -> keras.Model:
    """Returns musicnn's VGG, trained on the tags of MagnaTagATune.

    Args:
        weights: Folder `MTT_vgg` of the Python package musicnn. `None` uses the one in the
            installed package (`pip install --no-deps musicnn`). `"random"` uses random
            weights.
        seed: Int >= 0, for random weights.

    Returns:
        A `keras.Model` from `waveform (batch, samples)` at 16 kHz and `length (batch,)` to a
        dict: `embeddings (batch, patches, 256)`, `mask (batch, patches)` and `scores (batch,
        patches, 50)`. A patch is 187 frames (2.99 s). Clips under one patch are padded with
        zeros. Frames after the last whole patch are dropped.

    Raises:
        ValueError: If the folder does not exist or does not contain this network.
        ImportError: If TensorFlow, which reads the checkpoint, is not installed.
    """
    return _open("mtt", weights, seed)


def musicnn_vgg_msd(weights: Any = None, *, seed: int = 0) -> keras.Model:
    """Returns musicnn's VGG, trained on the tags of the Million Song Dataset.

    Otherwise the same as `musicnn_vgg`. Its folder is `MSD_vgg`.
    """
    return _open("msd", weights, seed)


def build(weights: Path | None, *, seed: int = 0, row: str = "mtt") -> keras.Model:
    """Returns a network for patches of 187 frames (3 s) without overlap.

    A clip of `n` samples has `1 + n // 256` frames. Frames after its last whole patch are
    dropped, as in the original. The original rejects clips under 187 frames; this network pads
    them with zeros. The original rounds the spectrogram to float16; this network does not.

    Args:
        weights: TensorFlow checkpoint, or `None` for random weights.
        seed: Int >= 0, for random weights.
        row: One of `ROWS`.

    Returns:
        A `keras.Model`; see `assembly.finished`. `embeddings` are the 256 outputs of the last
        pooling layer. `scores` are the probabilities of the 50 tags for each patch.

    Raises:
        ValueError: If the checkpoint does not contain this network.
    """
    preset, config = MUSICNN_VGG[row], ROWS[row]
    network = _network(config, weights, seed)
    if weights is not None:
        read_weights(preset.name, network, config, weights)
    return patch_model(
        preset, _front_end(), network, samples=(FRAMES - 1) * HOP_LENGTH, hop_length=1,
        frames=FRAMES, hop=FRAMES, partial="pad", class_names=list(config.tags),
    )  # fmt: skip


def _open(row: str, weights: Any, seed: int) -> keras.Model:
    preset = MUSICNN_VGG[row]
    return build(require_weights(preset.name, preset, weights), seed=seed, row=row)


def _front_end() -> keras.layers.Layer:
    """Returns `log10(10000 x + 1)` of librosa's mel spectrogram."""
    mel = MelSpectrogram(
        sample_rate=SAMPLE_RATE, n_fft=N_FFT, hop_length=HOP_LENGTH, n_mels=N_MELS,
        decibel=False,
    )  # fmt: skip
    log = LogCompression(scale=SCALE, offset=1.0, base=10)
    return Chain(layers=[mel, log], name="front_end")


def _network(config: MusicnnConfig, weights: Path | None, seed: int) -> keras.Model:
    """Returns the network from a patch to its embedding and its scores."""
    kernels = initializers(seed if weights is None else None)
    patch = keras.Input((FRAMES, N_MELS, 1), name="patch")
    x = _norm("input_norm")(patch)
    for number, (size, strides) in enumerate(config.pools):
        x = keras.layers.Conv2D(
            CHANNELS, 3, padding="same", activation="relu",
            kernel_initializer=next(kernels)(9 * x.shape[-1]), name=f"conv_{number}",
        )(x)  # fmt: skip
        x = _norm(f"norm_{number}")(x)
        x = keras.layers.MaxPooling2D(size, strides, name=f"block_{number:02d}")(x)
    x = keras.layers.Flatten(name="embedding")(x)
    scores = keras.layers.Dense(
        len(config.tags), activation="sigmoid", kernel_initializer=next(kernels)(EMBEDDING),
        dtype="float32", name="tags",
    )(x)  # fmt: skip
    return keras.Model(patch, [x, scores], name="patch_network")


def _norm(name: str) -> keras.layers.Layer:
    # Keras has the defaults of TensorFlow 1, which the original uses.
    return keras.layers.BatchNormalization(name=name)
