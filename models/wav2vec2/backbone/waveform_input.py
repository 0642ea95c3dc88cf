"""Normalization and minimum length of a clip before the first convolution."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.ops.masking import length_mask
from kapre_like.ops.time_conv import fill_frames


@keras.saving.register_keras_serializable(package="kapre_like")
class ClipNormalization(keras.layers.Layer):
    """Normalizes each clip to zero mean and unit variance, and pads it to a minimum length.

    `y = (x - mean(x)) / sqrt(var(x) + 1e-7)`, the mean and the population variance over each
    clip's valid samples; what lies past them becomes `padding_value` afterwards. With
    `masked=False` the padding counts as sound: that is what Hugging Face's extractor does for
    models that take no attention mask, and the length that is handed on is then the batch's.

    A clip shorter than `least` samples, which the network sees no whole frame of, is filled
    up with zeros behind its end, and so is a batch of such clips.

    Args:
        normalize: Whether to scale; otherwise only the padding is set to zero.
        masked: Whether lengths count.
        least: Int > 0, samples of one frame.
        padding_value: Float, what is past a clip's end if lengths count. Only the moments
            over time of `padding="huggingface"` see it.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[waveform, length]`: `(batch, samples)` floating point, `(batch,)` integers.

    Output shape:
        A pair: `(batch, max(samples, least))` float32 and `(batch,)` int32.

    Source: `Wav2Vec2FeatureExtractor.zero_mean_unit_var_norm` of transformers 5.23.
    """

    def __init__(self, *, normalize=True, masked=True, least=400, padding_value=0.0, **kwargs):
        # Squares of a quiet clip's samples underflow in half precision.
        super().__init__(autocast=False, **kwargs)
        _check.boolean("ClipNormalization", normalize=normalize, masked=masked)
        _check.positive_int("ClipNormalization", least=least)
        _check.number("ClipNormalization", padding_value=padding_value)
        self.normalize, self.masked, self.least = normalize, masked, least
        self.padding_value = padding_value

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
        x = fill_frames(ops.expand_dims(x, axis=-1), least=self.least)
        return ops.squeeze(x, axis=-1), ops.maximum(count, self.least)

    def compute_output_spec(self, inputs):
        waveform, length = inputs
        batch, samples = waveform.shape
        samples = None if samples is None else max(samples, self.least)
        return (
            keras.KerasTensor((batch, samples), dtype="float32"),
            keras.KerasTensor(length.shape, dtype="int32"),
        )

    def get_config(self):
        names = ("normalize", "masked", "least", "padding_value")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _scaled(x, valid, count):
    """Normalizes `x` by the mean and variance of its valid samples."""
    count = ops.expand_dims(ops.cast(ops.maximum(count, 1), "float32"), axis=1)
    # `where` instead of a product, because padding may contain infinities.
    x = ops.where(valid > 0, x, 0.0)
    centred = (x - ops.sum(x, axis=1, keepdims=True) / count) * valid
    # Of a constant clip, the rounding of one long sum would be left.
    centred = (centred - ops.sum(centred, axis=1, keepdims=True) / count) * valid
    variance = ops.sum(centred * centred, axis=1, keepdims=True) / count
    return centred * ops.rsqrt(variance + 1e-7)
