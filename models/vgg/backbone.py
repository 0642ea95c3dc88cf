"""The convolutional stages of a VGG."""

import keras

from kapre_like.models.blocks import MaskedBatchNormalization
from kapre_like.ops.convolution import conv_dtype


def vgg_backbone(spectrogram, valid, *, stages):
    """Applies the VGG stages to a spectrogram. Padding does not change valid frames.

    A stage is `convolutions` times (3x3 convolution without bias, batch normalization over
    valid frames, ReLU), then a 2x2 max pool, which also pools `valid`. The normalization sets
    padded frames to zero, which is what the next convolution pads with at a clip's end. After
    the ReLU a zero never exceeds a valid activation, so max pooling ignores it.

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
            name = f"stage{stage}_conv{i}"
            x = _convolution(channels, least=min(channels, x.shape[-1]), name=name)(x)
            x = MaskedBatchNormalization(name=f"{name}_norm")([x, valid])
            x = keras.layers.ReLU(name=f"{name}_relu")(x)
        x = keras.layers.MaxPooling2D(2, padding="same", name=f"stage{stage}_pool")(x)
        # Pooling the mask gives the number of valid frames without a second formula.
        pool = keras.layers.MaxPooling2D((2, 1), padding="same", name=f"stage{stage}_valid")
        valid = pool(valid)
    return x, valid


def _convolution(channels, *, least, name):
    """A 3x3 convolution; in float32 where bfloat16 is wrong for few channels."""
    policy = keras.config.dtype_policy()
    wider = conv_dtype(policy.compute_dtype, channels=least)
    return keras.layers.Conv2D(
        channels, 3, padding="same", use_bias=False, name=name,
        dtype=policy if wider == policy.compute_dtype else wider,
    )  # fmt: skip
