"""Normalization and minimum length of a clip before the first convolution."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.blocks.renamed import renamed
from kapre_like.ops.convolution import fill_frames
from kapre_like.ops.masking import length_mask


@keras.saving.register_keras_serializable(package="kapre_like")
class ClipNormalization(keras.layers.Layer):
    """Normalizes each clip to zero mean and unit variance, and pads it to a minimum length.

    `y = (x - mean(x)) / sqrt(var(x) + 1e-7)`, with the mean and the population variance of each
    clip's valid samples. Samples past them become `padding_value` afterwards. With
    `masked=False` padding is treated as sound, as in Hugging Face's feature extractor for
    models without an attention mask. The returned length is then that of the batch.

    A clip shorter than `min_samples`, one frame of the network, is padded with zeros to this
    length.

    Args:
        normalize: Whether to normalize. If `False`, only the padding is set.
        masked: Whether padding is excluded by the clips' lengths.
        min_samples: Int > 0, samples of one frame.
        padding_value: Float, value of samples past a clip's end if `masked`. It only affects
            the moments over time of `padding="huggingface"`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[waveform, length]`: `(batch, samples)` floating point, `(batch,)` integers.

    Output shape:
        A pair: `(batch, max(samples, min_samples))` float32 and `(batch,)` int32.

    Source: `Wav2Vec2FeatureExtractor.zero_mean_unit_var_norm` of transformers 5.23.
    """

    def __init__(
        self, *, normalize=True, masked=True, min_samples=400, padding_value=0.0, **kwargs
    ):
        # Squares of a quiet clip's samples underflow in half precision.
        super().__init__(autocast=False, **kwargs)
        _check.boolean("ClipNormalization", normalize=normalize, masked=masked)
        _check.positive_int("ClipNormalization", min_samples=min_samples)
        _check.number("ClipNormalization", padding_value=padding_value)
        self.normalize, self.masked = normalize, masked
        self.min_samples, self.padding_value = min_samples, padding_value

    def call(self, inputs):
        waveform, length = inputs
        if len(waveform.shape) != 2:
            rule = "mono, of shape (batch, samples)"
            _check.fail("ClipNormalization", "waveform", rule, tuple(waveform.shape))
        x, length = ops.cast(waveform, "float32"), ops.cast(length, "int32")
        everything = ops.ones_like(x, dtype="bool")
        valid = length_mask(x, length=length) if self.masked else everything
        count = ops.sum(ops.cast(valid, "int32"), axis=1)
        if self.normalize:
            x = _scaled(x, ops.cast(valid, "float32"), count)
        x = ops.where(valid, x, self.padding_value)
        x = fill_frames(ops.expand_dims(x, axis=-1), min_frames=self.min_samples)
        return ops.squeeze(x, axis=-1), ops.maximum(count, self.min_samples)

    def compute_output_spec(self, inputs):
        waveform, length = inputs
        batch, samples = waveform.shape
        samples = None if samples is None else max(samples, self.min_samples)
        return (
            keras.KerasTensor((batch, samples), dtype="float32"),
            keras.KerasTensor(length.shape, dtype="int32"),
        )

    def get_config(self):
        names = ("normalize", "masked", "min_samples", "padding_value")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_config(cls, config):
        return super().from_config(renamed(config, {"least": "min_samples"}))


def _scaled(x, valid, count):
    """Normalizes `x` by the mean and variance of its valid samples."""
    count = ops.expand_dims(ops.cast(ops.maximum(count, 1), "float32"), axis=1)
    # `where` instead of a product, because padding may contain infinities.
    x = ops.where(valid > 0, x, 0.0)
    centered = (x - ops.sum(x, axis=1, keepdims=True) / count) * valid
    # Subtract the mean again, because a constant clip keeps the rounding error of a long sum.
    centered = (centered - ops.sum(centered, axis=1, keepdims=True) / count) * valid
    variance = ops.sum(centered * centered, axis=1, keepdims=True) / count
    return centered * ops.rsqrt(variance + 1e-7)
