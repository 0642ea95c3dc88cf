"""Convolutional stages: those of a VGG, and the residual stages of the row `residual`."""

import keras

from kapre_like.models.blocks import MaskedBatchNormalization
from kapre_like.ops.convolution import conv_dtype


def vgg_backbone(spectrogram, valid, *, stages):
    """Applies the VGG stages to a spectrogram. Padding does not change valid frames.

    A stage is `convolutions` times (3x3 convolution without bias, batch normalization over
    valid frames, ReLU), then a 2x2 max pool, which also pools `valid`. The normalization sets
    padded frames to zero, so the next convolution has the same input there as from its own
    zero padding. After the ReLU no valid activation is below zero, so max pooling ignores
    padding.

    Args:
        spectrogram: Keras tensor `(batch, frames, mels, channels)`, zero in padded frames.
        valid: Keras tensor `(batch, frames, 1, 1)`, 1 for valid frames and 0 for padding.
        stages: Tuple of `(convolutions, channels)`, as in `ROWS`.

    Returns:
        `(x, valid)`: `(batch, frames / 2**stages, mels / 2**stages, channels)`, rounded up,
        and `(batch, frames / 2**stages, 1, 1)`.
    """
    x = spectrogram
    for stage, (convolutions, channels) in enumerate(stages, start=1):
        for i in range(1, convolutions + 1):
            x = _normalized(x, valid, channels, name=f"stage{stage}_conv{i}")
            x = keras.layers.ReLU(name=f"stage{stage}_conv{i}_relu")(x)
        x, valid = _pooled(x, valid, stage)
    return x, valid


def residual_backbone(spectrogram, valid, *, stages):
    """Applies a 3x3 convolution with stride 2, and stages of residual blocks.

    A block is two 3x3 convolutions with batch normalization over valid frames. The block's
    input is added to their output, through a 1x1 convolution if the number of channels changes.
    Between two stages there is a 2x2 max pool.

    Args:
        spectrogram: As in `vgg_backbone`.
        valid: As in `vgg_backbone`.
        stages: Tuple of `(blocks, channels)`, as in `ROWS`.

    Returns:
        As `vgg_backbone`.
    """
    # Explicit padding, because "same" pads even and odd numbers of frames at different ends.
    x = keras.layers.ZeroPadding2D(1, name="stem_padding")(spectrogram)
    x = _conv(stages[0][1], 3, x, name="stem", strides=2, padding="valid")(x)
    valid = _mask_pool("stem_valid")(valid)
    x = MaskedBatchNormalization(name="stem_norm")([x, valid])
    x = keras.layers.ReLU(name="stem_relu")(x)
    for stage, (blocks, channels) in enumerate(stages, start=1):
        if stage > 1:
            x, valid = _pooled(x, valid, stage - 1)
        for i in range(1, blocks + 1):
            x = _block(x, valid, channels, name=f"stage{stage}_block{i}")
    return x, valid


def _block(x, valid, channels, *, name):
    """Applies a residual block: two convolutions and a shortcut."""
    y = _normalized(x, valid, channels, name=f"{name}_conv1")
    y = keras.layers.ReLU(name=f"{name}_conv1_relu")(y)
    y = _normalized(y, valid, channels, name=f"{name}_conv2")
    if x.shape[-1] != channels:
        x = _normalized(x, valid, channels, size=1, name=f"{name}_shortcut")
    return keras.layers.ReLU(name=f"{name}_relu")(keras.layers.Add(name=f"{name}_sum")([x, y]))


def _normalized(x, valid, channels, *, name, size=3):
    """Applies a convolution and batch normalization."""
    x = _conv(channels, size, x, name=name)(x)
    return MaskedBatchNormalization(name=f"{name}_norm")([x, valid])


def _pooled(x, valid, stage):
    """Applies a 2x2 max pool to the activations, and the same pooling to the mask."""
    x = keras.layers.MaxPooling2D(2, padding="same", name=f"stage{stage}_pool")(x)
    return x, _mask_pool(f"stage{stage}_valid")(valid)


def _mask_pool(name):
    return keras.layers.MaxPooling2D((2, 1), padding="same", name=name)


def _conv(channels, size, x, *, name, strides=1, padding="same"):
    """Returns a convolution, in float32 if bfloat16 would be wrong because of few channels."""
    policy = keras.config.dtype_policy()
    wider = conv_dtype(policy.compute_dtype, channels=min(channels, x.shape[-1]))
    return keras.layers.Conv2D(
        channels, size, strides=strides, padding=padding, use_bias=False, name=name,
        dtype=policy if wider == policy.compute_dtype else wider,
    )  # fmt: skip
