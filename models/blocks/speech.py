"""Input and output of speech networks: log-mel frames, and log probabilities of tokens."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers import FrontEndNormalization, LengthMask, MelSpectrogram
from kapre_like.models.blocks.causal import TimePadding
from kapre_like.models.blocks.frame_losses import BlankPadding
from kapre_like.models.blocks.masked import MaskedBatchNormalization, UnpackMask

# `amin` of a causal front end, which does not know the clip's peak.
QUIET = 1e-8


@keras.saving.register_keras_serializable(package="kapre_like")
class SequenceMask(keras.layers.Layer):
    """Returns the mask and the number of valid frames, for recurrent layers and attention.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `valid (batch, frames, 1, 1)`, 1 for valid frames and 0 for padding.

    Output shape:
        A pair: `(batch, frames)` bool, and `(batch,)` int32.
    """

    def call(self, valid):
        mask = ops.squeeze(valid, axis=(2, 3)) > 0.5
        return mask, ops.sum(ops.cast(mask, "int32"), axis=1)

    def compute_output_spec(self, valid):
        batch, frames = valid.shape[:2]
        return (
            keras.KerasTensor((batch, frames), dtype="bool"),
            keras.KerasTensor((batch,), dtype="int32"),
        )


@keras.saving.register_keras_serializable(package="kapre_like")
class FrequencyNormalization(keras.layers.Layer):
    """Layer normalization over the frequencies of each frame and channel.

    Keras's own layer treats `axis` as the last axis on PyTorch (Keras 3.15).

    Args:
        epsilon: Float > 0, added to the variance.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`.

    Output shape:
        The same.
    """

    def __init__(self, *, epsilon=1e-5, **kwargs):
        super().__init__(**kwargs)
        _check.positive("FrequencyNormalization", epsilon=epsilon)
        self.epsilon = epsilon

    def build(self, input_shape):
        shape = (input_shape[2], 1)
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")

    def call(self, x):
        wide = ops.cast(x, "float32") if self.compute_dtype != "float64" else x
        mean, variance = ops.moments(wide, axes=2, keepdims=True)
        y = ops.cast((wide - mean) * ops.rsqrt(variance + self.epsilon), x.dtype)
        return y * self.gamma + self.beta

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}


def log_mel_frames(
    waveform, length, *, frames, causal, top_db, augmentations=(), learn=None, **mel
):
    """Returns the normalized log-mel spectrogram of clips, and which frames are valid.

    A network for whole clips uses decibels relative to the clip's peak and normalizes each clip
    to mean 0 and variance 1 (`FrontEndNormalization`). A causal network uses absolute decibels
    and normalizes by averages over the training data (`MaskedBatchNormalization`).

    Args:
        waveform: Keras tensor `(batch, samples)`.
        length: Keras tensor `(batch,)` int32.
        frames: A `SpeechFrames`.
        causal: Whether the network is causal, see above.
        top_db: Float > 0, range in dB below the clip's peak. Not used if causal.
        augmentations: Layers of `kapre_like.augment`, applied to the spectrogram in decibels,
            before it is normalized.
        learn: Dict of `learn_stft` and `learn_mel`, as in `MelSpectrogram`.
        **mel: `n_mels`, `fmin`, `fmax` of `MelSpectrogram`.

    Returns:
        `(x, valid)`: `(batch, frames, mels, 1)`, zero in padded frames, and `(batch, frames,
        1, 1)`.
    """
    level = {"ref": 1.0, "amin": QUIET, "top_db": None} if causal else {"ref": "max"}
    level.setdefault("top_db", top_db)
    x = LengthMask(name="samples")([waveform, length])
    x = MelSpectrogram(**vars(frames), **mel, **(learn or {}), **level, name="log_mel")(x)
    for layer in augmentations:
        x = layer(x)
    if causal:
        x, valid = UnpackMask(name="frames")(x)
        return MaskedBatchNormalization(name="log_mel_norm")([x, valid]), valid
    x = FrontEndNormalization(mode="clip", name="log_mel_norm")(x)
    return UnpackMask(name="frames")(x)


def strided_conv(x, valid, channels, *, causal, name, stride=2, **conv):
    """Applies a 3x3 convolution with stride 2 in frequency to activations and their mask.

    `n` frames become `ceil(n / stride)`. Output frame `i` depends on frames `stride * i - 1` to
    `stride * i + 1`, or on frames `stride * i - 2` to `stride * i` if causal. `conv` contains
    further arguments of `Conv2D`.

    Returns:
        `(x, valid)`. Frames of `x` that are not valid have arbitrary values.
    """
    before, after = (2, 0) if causal else (1, 1)
    x = TimePadding(before=before, after=after, freqs=1, name=f"{name}_padding")(x)
    x = keras.layers.Conv2D(channels, 3, strides=(stride, 2), name=name, **conv)(x)
    if stride == 1:
        return x, valid
    # Pooling the mask needs no second formula for the number of frames.
    pool = keras.layers.MaxPooling2D((stride, 1), padding="same", name=f"{name}_valid")
    return x, pool(valid)


def log_probabilities(logits, count):
    """Returns log probabilities of tokens in float32, with the blank in padded frames.

    Args:
        logits: Keras tensor `(batch, frames, n_tokens)`; token 0 is the blank.
        count: Keras tensor `(batch,)` int32, valid frames.
    """
    x = keras.layers.Activation("log_softmax", dtype="float32", name="log_softmax")(logits)
    return BlankPadding(blank=0, dtype="float32", name="log_probabilities")([x, count])
