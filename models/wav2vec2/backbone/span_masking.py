"""Masking of random spans of frames, in training and for pretraining."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.blocks.renamed import renamed


@keras.saving.register_keras_serializable(package="kapre_like")
class SpanMasking(keras.layers.Layer):
    """Replaces random spans of each clip by a mask vector, in training only.

    The layer draws `probability * frames / length` spans of `length` frames for each clip,
    rounded up or down at random, and at least `min_spans`. Spans start at different valid
    frames and may overlap. Masked frames are replaced by the learned `embedding`. Spans of
    channels are drawn in the same way and set to zero.

    Args:
        probability: Float in [0, 1), share of frames that are masked if no spans overlap.
        length: Int > 0, frames per span.
        min_spans: Int >= 0, minimum spans per clip.
        channel_probability: Float in [0, 1), share of channels that are masked if no spans
            overlap.
        channel_length: Int > 0, channels per span.
        min_channel_spans: Int >= 0, minimum spans of channels per clip.
        random: Whether spans are drawn in training. If `False`, only the input `mask` is used.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, valid]` or `[x, valid, mask]`: `(batch, frames, channels)`, `(batch,
        frames)` bool, and `(batch, frames)` bool. `mask` selects the masked frames, also in
        inference.

    Output shape:
        That of `x`.

    Weights:
        `embedding (channels,)`, trainable if the layer can mask frames.

    Source: `_compute_mask_indices` of transformers 5.23, after Baevski et al. 2020, section
        3.1, and D. Park et al., "SpecAugment", Interspeech 2019.
    """

    def __init__(
        self,
        *,
        probability=0.05,
        length=10,
        min_spans=2,
        channel_probability=0.0,
        channel_length=10,
        min_channel_spans=0,
        random=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check.positive_int("SpanMasking", length=length, channel_length=channel_length)
        spans = {"min_spans": min_spans, "min_channel_spans": min_channel_spans}
        _check.non_negative_int("SpanMasking", **spans)
        self.probability, self.length, self.min_spans = probability, length, min_spans
        self.channel_probability, self.channel_length = channel_probability, channel_length
        self.min_channel_spans, self.random = min_channel_spans, random
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, input_shape):
        # Without masking the vector has no gradient, about which Keras warns.
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
            hidden = self._spans(valid, self.probability, self.length, self.min_spans)
        else:
            return self._hide_channels(x) if random else x
        x = ops.where(ops.expand_dims(hidden, axis=-1), ops.cast(self.embedding, x.dtype), x)
        return self._hide_channels(x) if random else x

    def _hide_channels(self, x):
        if not self.channel_probability:
            return x
        everything = ops.ones_like(x[:, 0], dtype="bool")
        hidden = self._spans(
            everything, self.channel_probability, self.channel_length, self.min_channel_spans
        )
        return ops.where(ops.expand_dims(hidden, axis=1), ops.zeros((), x.dtype), x)

    def _spans(self, valid, probability, length, min_spans):
        return random_spans(
            valid,
            probability=probability,
            length=length,
            min_spans=min_spans,
            seed=self.seed_generator,
        )

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        names = (
            "probability", "length", "min_spans", "channel_probability", "channel_length",
            "min_channel_spans", "random",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_config(cls, config):
        old = {"least": "min_spans", "channel_least": "min_channel_spans"}
        return super().from_config(renamed(config, old))


@keras.saving.register_keras_serializable(package="kapre_like")
class SpanSampling(keras.layers.Layer):
    """Draws spans of frames to mask for each batch, in training and in inference.

    Args:
        probability: Float in (0, 1], share of frames that are masked if no spans overlap.
        length: Int > 0, frames per span.
        min_spans: Int >= 0, minimum spans per clip.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Bool `(batch, frames)`, the valid frames.

    Output shape:
        Bool `(batch, frames)`, the masked frames.

    Source: that of `SpanMasking`.
    """

    def __init__(self, *, probability=0.65, length=10, min_spans=2, **kwargs):
        super().__init__(**kwargs)
        _check.positive("SpanSampling", probability=probability)
        if probability > 1:
            _check.fail("SpanSampling", "probability", "in (0, 1]", probability)
        _check.positive_int("SpanSampling", length=length)
        _check.non_negative_int("SpanSampling", min_spans=min_spans)
        self.probability, self.length, self.min_spans = probability, length, min_spans
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, valid):
        return random_spans(
            valid,
            probability=self.probability,
            length=self.length,
            min_spans=self.min_spans,
            seed=self.seed_generator,
        )

    def compute_output_spec(self, valid):
        return keras.KerasTensor(valid.shape, dtype="bool")

    def get_config(self):
        own = {name: getattr(self, name) for name in ("probability", "length", "min_spans")}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config):
        return super().from_config(renamed(config, {"least": "min_spans"}))


def random_spans(valid, *, probability, length, min_spans, seed):
    """Returns whether each position is in a span, bool `(batch, positions)`.

    Each row gets `int(probability * count / length + u)` spans. `count` is the number of valid
    positions, and `u` is uniform in [0, 1) and the same for the whole batch. There are at least
    `min_spans` spans, and at most as many as fit into the longest row without overlap. Spans
    start at different, equally likely positions, such that each ends in a valid position.

    Args:
        valid: Bool `(batch, positions)`, valid positions first.
        probability: Float in [0, 1).
        length: Int > 0, positions per span.
        min_spans: Int >= 0, minimum spans per row.
        seed: `keras.random.SeedGenerator`.
    """
    count = ops.sum(ops.cast(valid, "int32"), axis=1, keepdims=True)
    u = keras.random.uniform((), seed=seed)
    spans = probability * ops.cast(count, "float32") / length + u
    spans = ops.maximum(ops.cast(ops.floor(spans), "int32"), min_spans)
    spans = ops.minimum(spans, ops.shape(valid)[1] // length)
    # No spans in clips shorter than one span, and at most one span per start position.
    spans = ops.minimum(spans, ops.maximum(count - (length - 1), 0))
    # The positions with the `spans` greatest random numbers start a span.
    position = ops.cumsum(ops.ones_like(valid, dtype="int32"), axis=1)
    may_begin = position <= count - (length - 1)
    draw = keras.random.uniform(ops.shape(valid), seed=seed)
    order = ops.argsort(ops.where(may_begin, draw, -1.0), axis=1)
    rank = ops.shape(valid)[1] - 1 - ops.argsort(order, axis=1)
    begins = ops.cast(ops.cast(rank, "int32") < spans, "int32")
    # A sliding sum over the last `length` positions, from two cumulative sums.
    begun = ops.cumsum(begins, axis=1)
    earlier = ops.pad(begun, [(0, 0), (length, 0)])[:, : ops.shape(begun)[1]]
    return begun > earlier
