"""The convolution stages: from a spectrogram and its valid frames to smaller ones."""

import keras

from kapre_like.models.blocks import MaskedBatchNormalization
from kapre_like.ops.convolution import conv_dtype


def vgg_backbone(spectrogram, valid, *, stages):
    """Stacks VGG stages on a spectrogram, exact at every clip's own end.

    Each stage is `convolutions` times (3x3 convolution without bias, batch normalisation
    over valid frames, ReLU), then a 2x2 max pool that also halves `valid`. After each
    normalisation everything past a clip's end is zero, so a convolution meets there what its
    own padding gives; activations are >= 0, so a zero never wins a pool against a valid one.

    Args:
        spectrogram: Keras tensor `(batch, frames, mels, channels)`, zero past each end.
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
        # The mask is pooled as its activations are: no second formula for the length.
        pool = keras.layers.MaxPooling2D((2, 1), padding="same", name=f"stage{stage}_valid")
        valid = pool(valid)
    return x, valid


def _convolution(channels, *, least, name):
    """A 3x3 convolution, in float32 where bfloat16 is not to be trusted with few channels."""
    policy = keras.config.dtype_policy()
    wider = conv_dtype(policy.compute_dtype, channels=least)
    return keras.layers.Conv2D(
        channels, 3, padding="same", use_bias=False, name=name,
        dtype=policy if wider == policy.compute_dtype else wider,
    )  # fmt: skip
