"""Spans of frames replaced by one learned vector, and spans of channels by zeros."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.wav2vec2.backbone.spans import random_spans


@keras.saving.register_keras_serializable(package="kapre_like")
class SpanMasking(keras.layers.Layer):
    """In training, hides random spans of each clip; carries the vector that hides them.

    `probability * frames / length` spans (rounded at random, at least `least`) of `length`
    frames begin at different frames of a clip's valid ones; they may overlap. Hidden frames
    become the learned `embedding`. Spans of channels likewise become zero.

    Args:
        probability: Float in [0, 1), share of frames hidden if no spans overlapped.
        length: Int > 0, frames per span.
        least: Int >= 0, spans per clip.
        channel_probability: Float in [0, 1), likewise for channels.
        channel_length: Int > 0, channels per span.
        channel_least: Int >= 0, spans of channels per clip.
        random: Whether spans are drawn in training; otherwise only a given mask counts.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, valid]`, or `[x, valid, mask]` to say which frames are hidden, in
        inference too: `(batch, frames, channels)`, `(batch, frames)` bool, twice.

    Output shape:
        That of `x`.

    Weights:
        `embedding (channels,)`; trainable if it is ever used.

    Source: `_compute_mask_indices` of transformers 5.23, after Baevski et al. 2020, section
        3.1, and D. Park et al., "SpecAugment", Interspeech 2019.
    """

    def __init__(
        self,
        *,
        probability=0.05,
        length=10,
        least=2,
        channel_probability=0.0,
        channel_length=10,
        channel_least=0,
        random=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check.positive_int("SpanMasking", length=length, channel_length=channel_length)
        _check.non_negative_int("SpanMasking", least=least, channel_least=channel_least)
        self.probability, self.length, self.least = probability, length, least
        self.channel_probability, self.channel_length = channel_probability, channel_length
        self.channel_least, self.random = channel_least, random
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, input_shape):
        # Where nothing is ever hidden, it has no gradient: Keras would warn of that.
        used = len(input_shape) > 2 or (self.random and self.probability > 0)
        self.embedding = self.add_weight(
            shape=(input_shape[0][-1],),
            initializer=keras.initializers.RandomUniform(0.0, 1.0),
            trainable=used,
            name="embedding",
        )

    def call(self, inputs, training=None):
        x, valid, *given = inputs
        random = training and self.random
        if given:
            hidden = ops.cast(given[0], "bool")
        elif random and self.probability > 0:
            hidden = self._spans(valid, self.probability, self.length, self.least)
        else:
            return self._hide_channels(x) if random else x
        x = ops.where(ops.expand_dims(hidden, axis=-1), ops.cast(self.embedding, x.dtype), x)
        return self._hide_channels(x) if random else x

    def _hide_channels(self, x):
        if not self.channel_probability:
            return x
        everything = ops.ones_like(x[:, 0], dtype="bool")
        hidden = self._spans(
            everything, self.channel_probability, self.channel_length, self.channel_least
        )
        return ops.where(ops.expand_dims(hidden, axis=1), ops.zeros((), x.dtype), x)

    def _spans(self, valid, probability, length, least):
        return random_spans(
            valid, probability=probability, length=length, least=least, seed=self.seed_generator
        )

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        names = (
            "probability", "length", "least", "channel_probability", "channel_length",
            "channel_least", "random",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
