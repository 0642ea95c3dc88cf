"""Masking of random spans of frames, in training and for pretraining."""

import keras
from keras import ops

from kapre_like import _check


@keras.saving.register_keras_serializable(package="kapre_like")
class SpanMasking(keras.layers.Layer):
    """Replaces random spans of each clip by a mask vector, in training only.

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
        # Without masking the vector has no gradient, and Keras would warn.
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


@keras.saving.register_keras_serializable(package="kapre_like")
class SpanSampling(keras.layers.Layer):
    """Draws spans of frames to mask for each batch, in training and in inference.

    Args:
        probability: Float in (0, 1], share of frames hidden if no spans overlapped.
        length: Int > 0, frames per span.
        least: Int >= 0, spans per clip.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Bool `(batch, frames)`, which frames are valid.

    Output shape:
        That of the input, bool.

    Source: as `SpanMasking`.
    """

    def __init__(self, *, probability=0.65, length=10, least=2, **kwargs):
        super().__init__(**kwargs)
        _check.positive("SpanSampling", probability=probability)
        if probability > 1:
            _check.fail("SpanSampling", "probability", "in (0, 1]", probability)
        _check.positive_int("SpanSampling", length=length)
        _check.non_negative_int("SpanSampling", least=least)
        self.probability, self.length, self.least = probability, length, least
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, valid):
        return random_spans(
            valid,
            probability=self.probability,
            length=self.length,
            least=self.least,
            seed=self.seed_generator,
        )

    def compute_output_spec(self, valid):
        return keras.KerasTensor(valid.shape, dtype="bool")

    def get_config(self):
        own = {name: getattr(self, name) for name in ("probability", "length", "least")}
        return {**super().get_config(), **own}


def random_spans(valid, *, probability, length, least, seed):
    """Returns whether each position is in a span, bool `(batch, positions)`.

    Per row, `n = int(probability * count / length + u)` spans, `u` uniform in [0, 1) and one
    for the batch, but at least `least` and at most as many as fit side by side into the
    longest row, begin at different positions, each equally likely, such that no span reaches
    past the row's valid ones.

    Args:
        valid: Bool `(batch, positions)`, true first and false after.
        probability: Float in [0, 1).
        length: Int > 0, positions per span.
        least: Int >= 0, spans per row.
        seed: `keras.random.SeedGenerator`.
    """
    count = ops.sum(ops.cast(valid, "int32"), axis=1, keepdims=True)
    u = keras.random.uniform((), seed=seed)
    wanted = probability * ops.cast(count, "float32") / length + u
    wanted = ops.maximum(ops.cast(ops.floor(wanted), "int32"), least)
    wanted = ops.minimum(wanted, ops.shape(valid)[1] // length)
    # No spans in clips shorter than one, and at most one span per start position.
    wanted = ops.minimum(wanted, ops.maximum(count - (length - 1), 0))
    # The positions with the `wanted` greatest random numbers start a span.
    position = ops.cumsum(ops.ones_like(valid, dtype="int32"), axis=1)
    may_begin = position <= count - (length - 1)
    draw = keras.random.uniform(ops.shape(valid), seed=seed)
    order = ops.argsort(ops.where(may_begin, draw, -1.0), axis=1)
    rank = ops.shape(valid)[1] - 1 - ops.argsort(order, axis=1)
    begins = ops.cast(ops.cast(rank, "int32") < wanted, "int32")
    # A sliding sum over the last `length` positions, from two cumulative sums.
    begun = ops.cumsum(begins, axis=1)
    earlier = ops.pad(begun, [(0, 0), (length, 0)])[:, : ops.shape(begun)[1]]
    return begun > earlier
