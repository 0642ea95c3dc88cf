"""The pretrained audio neural networks (PANNs) in Keras.

Source: Q. Kong et al., "PANNs: Large-Scale Pretrained Audio Neural Networks for Audio Pattern
    Recognition", IEEE/ACM TASLP 28, 2020, table 2.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from kapre_like.layers import LengthMask, MelSpectrogram
from kapre_like.models.blocks.clip_windows import clip_inputs
from kapre_like.models.blocks.masked import MaskedBatchNormalization, UnpackMask
from kapre_like.models.blocks.masked_pooling import (
    FrequencyMean,
    MaskedAveragePooling,
    MaxPlusMean,
)
from kapre_like.models.blocks.patches import PatchPadding
from kapre_like.models.pretrained.assembly import finished, initializers, last_state
from kapre_like.models.pretrained.class_map import class_names
from kapre_like.models.pretrained.panns.config import N_CLASSES, N_MELS, ROWS, PannsConfig
from kapre_like.models.pretrained.panns.preset import PANNS
from kapre_like.models.pretrained.panns.weights import read_weights

# PyTorch's default, with which the published weights were trained.
_EPSILON = 1e-5
_CLASSES = "class_labels_indices.csv"


def build(
    weights: Path | None, *, seed: int = 0, row: str = "cnn14", classes: Any = None
) -> keras.Model:
    """Returns a network for whole clips.

    Clips that are too short for the pooling layers are padded with zeros to
    `PannsConfig.min_samples`.

    Args:
        weights: PyTorch file, or `None` for random weights.
        seed: Int >= 0, for random weights.
        row: One of `ROWS`.
        classes: See `panns_cnn6`.

    Returns:
        A `keras.Model`; see `assembly.finished`. `embeddings` are the frames of the last
        block, averaged over frequency. `clip_embedding` is the output of the first dense
        layer. `scores` are independent probabilities of the 527 classes.

    Raises:
        ValueError: If the file does not contain this network.
    """
    names = class_names(PANNS[row].name, _CLASSES, classes, weights, N_CLASSES)
    config, kernels = ROWS[row], initializers(seed if weights is None else None)
    waveform, length = clip_inputs()
    x, valid = _log_mel(waveform, length, config)
    x = _norm_bands(x, valid)
    for number in range(len(config.channels)):
        x, valid = _block(x, valid, config, number, kernels)
    embeddings, count = FrequencyMean(name="frames")([x, valid])
    x = MaxPlusMean(name="pooled")([embeddings, count])
    clip = _dense(x, config.channels[-1], "relu", "fc1", kernels)
    scores = _dense(clip, N_CLASSES, "sigmoid", "fc_audioset", kernels)
    model = finished(
        PANNS[row],
        [waveform, length],
        embeddings,
        count,
        scores=scores,
        class_names=names,
        clip=clip,
    )
    if weights is not None:
        read_weights(PANNS[row].name, model, config, weights)
    return model


def states(model: keras.Model, depths: list[str]) -> list[tuple[Any, Any]]:
    """Returns the blocks' outputs, averaged over frequency, and their numbers of valid frames.

    Args:
        model: Model from `build`.
        depths: Names of the hidden states: `"l00"`, `"l01"`, ..., `"last"` or `"clip"`.
    """
    return [_state(model, depth) for depth in depths]


def _state(model: keras.Model, depth: str) -> tuple[Any, Any]:
    if depth == "last":
        return last_state(model)
    if depth == "clip":
        clip = model.output["clip_embedding"]
        # The embedding of a clip is a sequence of one frame.
        one = keras.ops.ones_like(last_state(model)[1])
        return keras.layers.Reshape((1, clip.shape[-1]), name="clip_frame")(clip), one
    number = int(depth[1:])
    block = model.get_layer(f"block_{number:02d}").output
    return FrequencyMean(name=f"state_{number:02d}")(list(block))


def _log_mel(waveform: Any, length: Any, config: PannsConfig) -> tuple[Any, Any]:
    """Returns the log-mel spectrogram and its valid frames."""
    pad = PatchPadding(samples=config.min_samples, hop_length=1, name="padding")
    x = LengthMask(name="samples")(list(pad([waveform, length])))
    x = MelSpectrogram(
        sample_rate=config.sample_rate, n_fft=config.n_fft, hop_length=config.hop_length,
        pad_mode="reflect", n_mels=N_MELS, fmin=config.fmin, fmax=config.fmax, top_db=None,
        name="front_end",
    )(x)  # fmt: skip
    return UnpackMask(name="frames_mask")(x)


def _norm_bands(x: Any, valid: Any) -> Any:
    """Applies batch normalization with a mean and a variance for each mel band."""
    x = keras.layers.Permute((1, 3, 2), name="bands_last")(x)
    x = MaskedBatchNormalization(epsilon=_EPSILON, name="bn0")([x, valid])
    return keras.layers.Permute((1, 3, 2), name="channels_last")(x)


def _block(
    x: Any, valid: Any, config: PannsConfig, number: int, kernels: Iterator[Any]
) -> tuple[Any, Any]:
    """Applies convolutions, each with batch normalization and ReLU, and average pooling."""
    for i in range(1, config.convolutions + 1):
        name = f"conv_block{number + 1}_conv{i}"
        x = keras.layers.Conv2D(
            config.channels[number], config.kernel, padding="same", use_bias=False,
            kernel_initializer=next(kernels)(config.kernel**2 * x.shape[-1]), name=name,
        )(x)  # fmt: skip
        x = MaskedBatchNormalization(epsilon=_EPSILON, name=f"{name}_norm")([x, valid])
        x = keras.layers.ReLU(name=f"{name}_relu")(x)
    pool = MaskedAveragePooling(size=config.pools[number], name=f"block_{number:02d}")
    return pool([x, valid])


def _dense(x: Any, units: int, activation: str, name: str, kernels: Iterator[Any]) -> Any:
    return keras.layers.Dense(
        units, activation=activation, kernel_initializer=next(kernels)(x.shape[-1]),
        dtype="float32", name=name,
    )(x)  # fmt: skip
