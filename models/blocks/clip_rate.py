"""Resamples clips to a network's sample rate inside the graph."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers import Resample
from kapre_like.models.blocks.clip_windows import card_with, clip_inputs, without_card
from kapre_like.models.blocks.renamed import renamed
from kapre_like.ops.masking import length_mask, lengths


@keras.saving.register_keras_serializable(package="kapre_like")
class ClipInput(keras.layers.Layer):
    """Resamples each clip to the network's sample rate, then truncates it.

    Samples past a clip's length are replaced by zeros and do not change the clip. Truncation
    follows resampling, as for a caller who resamples and then calls
    `Wav2Vec2FeatureExtractor(truncation=True, max_length=max_samples)`.

    Args:
        sample_rate: Int > 0, Hz, of the waveform.
        target_rate: Int > 0, Hz, of the network. The quality is "high", see `Resample`.
        max_samples: Int > 0, samples at `target_rate` that are kept, or `None` for all.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[waveform, length]`: `(batch, samples)` floating point, `(batch,)` integers.

    Output shape:
        A pair: `(batch, samples')` float32 and `(batch,)` int32.
    """

    def __init__(self, *, sample_rate=16000, target_rate=16000, max_samples=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        _check.positive_int("ClipInput", sample_rate=sample_rate, target_rate=target_rate)
        if max_samples is not None:
            _check.positive_int("ClipInput", max_samples=max_samples)
        self.sample_rate, self.target_rate = sample_rate, target_rate
        self.max_samples = max_samples
        self.resample = Resample(orig_sr=sample_rate, target_sr=target_rate, dtype="float32")

    def build(self, input_shape):
        if len(input_shape[0]) != 2:
            rule = "mono, of shape (batch, samples)"
            _check.fail("ClipInput", "waveform", rule, tuple(input_shape[0]))
        self.resample.build((*input_shape[0], 1))

    def call(self, inputs):
        waveform, length = inputs
        x = ops.expand_dims(ops.cast(waveform, "float32"), axis=-1)
        mask = length_mask(x, length=length)
        # A network that ignores the lengths would process samples past them as sound.
        x = ops.where(ops.expand_dims(mask, axis=-1), x, 0.0)
        length = lengths(mask)
        if self.sample_rate != self.target_rate:
            x, length = self.resample(x, mask=mask), self.resample.sample_lengths(length)
        x = ops.squeeze(x, axis=-1)
        if self.max_samples is not None:
            x, length = x[:, : self.max_samples], ops.minimum(length, self.max_samples)
        return x, length

    def compute_output_spec(self, inputs):
        waveform, length = inputs
        batch, samples, _ = self.resample.compute_output_shape((*waveform.shape, 1))
        if samples is not None and self.max_samples is not None:
            samples = min(samples, self.max_samples)
        return (
            keras.KerasTensor((batch, samples), dtype="float32"),
            keras.KerasTensor(length.shape, dtype="int32"),
        )

    def get_config(self):
        names = ("sample_rate", "target_rate", "max_samples")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_config(cls, config):
        return super().from_config(renamed(config, {"most": "max_samples"}))


def at_sample_rate(model: keras.Model, sample_rate: int) -> keras.Model:
    """Returns a model with the same weights that takes clips at another sample rate.

    Args:
        model: A functional model from `waveform (batch, samples)` and `length (batch,)` that
            ends in a `ModelCard`. The card contains the model's sample rate.
        sample_rate: Int > 0, Hz, of the new model's waveform. `kapre_like.Resample` resamples
            it to the rate of `model`.

    Returns:
        The model itself if its rate is `sample_rate` already. Else a model whose card contains
        the new rate, and whose length rule is applied after resampling.

    Raises:
        ValueError: If `sample_rate` is not an int > 0, or the model does not end in a card.
    """
    _check.positive_int("at_sample_rate", sample_rate=sample_rate)
    body, card = without_card(model)
    if card.sample_rate == sample_rate:
        return model
    waveform, length = clip_inputs()
    resample = ClipInput(
        sample_rate=sample_rate,
        target_rate=card.sample_rate,
        dtype="float32",
        name="clip_rate",
    )
    answer = body(list(resample([waveform, length])))
    card = card_with(card, {"sample_rate": sample_rate})
    return keras.Model([waveform, length], card(answer), name=model.name)
