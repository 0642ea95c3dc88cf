"""Builds the speech embedding, which processes a whole clip in one pass.

The network has no padding in time, so an embedding in a clip equals that of its window alone.
Each clip gets half a window of silence on both sides. The original processes windows of a
stream, with words at any position. The embeddings of a short word that is always at the start
of a window contain little information.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from kapre_like.layers import Chain, FrontEndNormalization, LengthMask, MelSpectrogram
from kapre_like.models.blocks.clip_windows import clip_inputs
from kapre_like.models.blocks.masked import UnpackMask
from kapre_like.models.blocks.patches import CountPatches, CutPatches, PatchPadding
from kapre_like.models.pretrained.assembly import (
    finished,
    initializers,
    last_state,
    set_weights,
)
from kapre_like.models.pretrained.preset import require_weights
from kapre_like.models.pretrained.speech_embedding.config import (
    Convolution,
    SpeechEmbeddingConfig,
    convolutions,
)
from kapre_like.models.pretrained.speech_embedding.layers import BandMean, FlooredLeakyReLU
from kapre_like.models.pretrained.speech_embedding.preset import SPEECH_EMBEDDING
from kapre_like.models.pretrained.speech_embedding.weights import read_weights

# The original takes 16-bit samples without scaling them to [-1, 1].
_FULL_SCALE = 32768.0


def speech_embedding(weights: Any = None, *, seed: int = 0) -> keras.Model:
    """Returns Google's speech embedding, which computes 96 values every 80 ms.

    Args:
        weights: Path of `embedding_model.tflite`. `None` uses the one in the installed package
            `pyopen-wakeword`. `"random"` uses random weights.
        seed: Int >= 0, for random weights.

    Returns:
        A `keras.Model` for `[waveform, length]`, `(batch, samples)` float32 at 16 kHz in
        [-1, 1] and `(batch,)` int32, with the outputs `embeddings (batch, windows, 96)` and
        `mask (batch, windows)`. A window is 0.782 s. Each clip is padded with 0.4 s of zeros on
        both sides, so that windows begin before it and end after it, as they do in a stream.
        Samples after the last whole window are dropped.

    Raises:
        ValueError: If the weights were not found or belong to another network.

    Example:
        >>> from kapre_like.models.pretrained.networks import speech_embedding
        >>> speech_embedding("random").output["embeddings"].shape
        (None, None, 96)
    """
    return build(require_weights("speech_embedding", SPEECH_EMBEDDING, weights), seed=seed)


def build(weights: Path | None, seed: int = 0) -> keras.Model:
    """Returns the model; see `speech_embedding`. `weights=None` uses random weights."""
    config = SpeechEmbeddingConfig()
    layers = None if weights is None else read_weights(weights, config)
    waveform, length = clip_inputs()
    pad = PatchPadding(
        samples=config.samples,
        hop_length=config.hop_length,
        partial="drop",
        context=config.context,
        name="padding",
    )
    x = front_end()(LengthMask(name="samples")(list(pad([waveform, length]))))
    count = CountPatches(frames=config.frames, hop=config.hop, name="count")(x)
    # Convolutions do not support masks. They need none, because `count` excludes the padding.
    spectrogram, _ = UnpackMask(name="spectrogram")(x)
    kernels = initializers(seed if layers is None else None)
    embeddings = _convolved(spectrogram, config, kernels)
    model = finished(SPEECH_EMBEDDING, [waveform, length], embeddings, count)
    set_weights(model, layers or {})
    return model


def states(model: keras.Model, depths: list[str]) -> list[tuple[Any, Any]]:
    """Returns hidden states of the network.

    Args:
        model: Model from `speech_embedding`.
        depths: Names of the states: `"l00"`, `"l01"`, ... after the pooling layers, or
            `"last"`.

    Returns:
        For each depth a tensor `(batch, steps, channels)`, averaged over the bands, and the
        number of valid steps `(batch,)`.
    """
    config = SpeechEmbeddingConfig()
    spectrogram = model.get_layer("front_end").output
    found = []
    for depth in depths:
        if depth == "last":
            found.append(last_state(model))
            continue
        number = int(depth[1:])
        block = config.blocks[number]
        mean = BandMean(name=f"state_{number:02d}")
        count = CountPatches(frames=block.reach, hop=block.stride, name=f"steps_{number:02d}")
        pooled = model.get_layer(f"block_{number:02d}").output
        found.append((mean(pooled), count(spectrogram)))
    return found


def patches(model: keras.Model) -> tuple[Any, Any]:
    """Returns the windows of the spectrogram that embeddings are computed from.

    Args:
        model: Model from `speech_embedding`.

    Returns:
        `(batch, windows, 76, 32, 1)` and the number of windows, int32 `(batch,)`.
    """
    config = SpeechEmbeddingConfig()
    cut = CutPatches(frames=config.frames, hop=config.hop, dtype="float32", name="cut")
    return tuple(cut(model.get_layer("front_end").output))


def front_end() -> keras.layers.Layer:
    """Returns a layer for the log-mel spectrogram `(batch, frames, 32, 1)`: `dB / 10 + 2`.

    Values more than 80 dB below the clip's peak are raised to that level, as in the original.
    """
    mel = MelSpectrogram(
        sample_rate=16000, n_fft=512, win_length=400, hop_length=160, center=False, n_mels=32,
        fmin=60.0, fmax=3800.0, ref=_FULL_SCALE**-2, amin=1e-10 * _FULL_SCALE**-2, top_db=80.0,
    )  # fmt: skip
    scale = FrontEndNormalization(mode="dataset", mean=-20.0, variance=100.0, epsilon=0.0)
    return Chain(layers=[mel, scale], name="front_end")


def _convolved(x: Any, config: SpeechEmbeddingConfig, kernels: Iterator[Any]) -> Any:
    """Returns the embeddings `(batch, windows, channels)` of a spectrogram."""
    *groups, (last,) = convolutions(config)
    for number, (block, group) in enumerate(zip(config.blocks, groups, strict=True)):
        for part in group:
            x = _convolution(part, kernels)(_padded(x, part))
            x = FlooredLeakyReLU(slope=config.slope, floor=config.floor)(x)
        x = keras.layers.MaxPooling2D(block.pool, name=f"block_{number:02d}")(x)
    x = _convolution(last, kernels)(x)
    return keras.layers.Reshape((-1, config.channels), name="windows")(x)


def _padded(x: Any, part: Convolution) -> Any:
    """Pads the bands for a 2-D kernel, because `padding="same"` would pad time, too."""
    if min(part.kernel) == 1:
        return x
    return keras.layers.ZeroPadding2D((0, part.kernel[1] // 2))(x)


def _convolution(part: Convolution, kernels: Iterator[Any]) -> keras.layers.Layer:
    return keras.layers.Conv2D(
        part.outputs,
        part.kernel,
        padding="same" if part.kernel[0] == 1 else "valid",
        kernel_initializer=next(kernels)(math.prod(part.kernel) * part.inputs),
        name=part.name,
    )
