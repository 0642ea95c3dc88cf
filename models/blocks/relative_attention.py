"""Self-attention with relative positions, over all valid frames or a limited past."""

import math

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.models.blocks.carried import carried_by

_EXCLUDED = {"float16": -6e4}


@keras.saving.register_keras_serializable(package="kapre_like")
class RelativeSelfAttention(keras.layers.Layer):
    """Multi-head self-attention whose scores depend on the distance between two frames.

    The score of frame `i` for frame `j` is `((q_i + u) k_j + (q_i + v) W r_(i - j)) /
    sqrt(size)`, where `r` are sinusoids of the distance, and `u`, `v` and `W` are learned. The
    sum and difference formulas of sine and cosine turn the second term into a product of a
    vector of frame `i` and a vector of frame `j`, so distances need no table and no shift.

    Memory grows with the square of the frames. In training it is about `12 * heads *
    frames**2` bytes per clip and block: 110 MB for a minute in frames of 40 ms and 4 heads.

    Args:
        heads: Int > 0, a divisor of the channels.
        dropout: Float in [0, 1), on the attention weights.
        left_context: Int > 0, number of earlier frames that a frame attends to, besides itself.
            Later frames are then excluded. `None` attends to all frames of the clip.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, valid]`: `(batch, frames, channels)` and `(batch, frames)` bool. The number
        of channels is even.

    Output shape:
        That of `x`.

    Weights:
        `query`, `key`, `value`, `output`: kernel `(channels, channels)` and bias. `position
        (heads, size, channels)`, `content_bias`, `position_bias`: `(heads, 1, size)`.

    Source: Z. Dai et al., "Transformer-XL", ACL 2019, section 3.3.
    """

    def __init__(self, *, heads, dropout=0.0, left_context=None, **kwargs):
        super().__init__(**kwargs)
        _check.positive_int("RelativeSelfAttention", heads=heads)
        if left_context is not None:
            _check.positive_int("RelativeSelfAttention", left_context=left_context)
        self.heads, self.dropout, self.left_context = heads, dropout, left_context
        self.weights_dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy)

    def build(self, input_shape):
        shape = tuple(input_shape[0])
        channels = shape[-1]
        if channels % self.heads or channels % 2:
            raise ValueError(
                "RelativeSelfAttention: channels must be even and a multiple of `heads`. "
                f"Received: channels={channels}, heads={self.heads}"
            )
        for name in ("query", "key", "value", "output"):
            layer = keras.layers.Dense(channels, name=name, dtype=self.dtype_policy)
            layer.build(shape)
            setattr(self, f"{name}_dense", layer)
        size = channels // self.heads
        self.position = self.add_weight(
            shape=(self.heads, size, channels),
            # Glorot's range for a dense layer from `channels` to `channels`.
            initializer=keras.initializers.RandomUniform(
                -math.sqrt(3 / channels), math.sqrt(3 / channels)
            ),
            name="position",
        )
        one = (self.heads, 1, size)
        self.content_bias = self.add_weight(shape=one, initializer="zeros", name="content_bias")
        self.position_bias = self.add_weight(
            shape=one, initializer="zeros", name="position_bias"
        )

    def call(self, inputs, training=None):
        x, valid = inputs
        carried = carried_by(x)
        if carried is None:
            return self._attend(x, valid, training)
        x = carried.with_context(x, self.left_context)
        valid = carried.with_context(valid, self.left_context)
        return self._attend(x, valid, training)[:, self.left_context :]

    def _attend(self, x, valid, training):
        query, key, value = (
            self._split(getattr(self, f"{name}_dense")(x)) for name in ("query", "key", "value")
        )
        # `cumsum` of ones numbers the frames in a graph of unknown length.
        frame = ops.cumsum(ops.ones_like(valid[:1], dtype="int32"), axis=1)[0] - 1
        keys_across = (0, 1, 3, 2)
        content = ops.matmul(query + self.content_bias, ops.transpose(key, keys_across))
        scores = content + ops.cast(self._position_scores(query, frame), content.dtype)
        scores = scores * self._size(x) ** -0.5
        excluded = _EXCLUDED.get(keras.backend.standardize_dtype(scores.dtype), -1e9)
        away = ops.cast(ops.logical_not(self._attended(valid, frame)), scores.dtype)
        weights = _softmax(scores + away * excluded)
        y = ops.matmul(self.weights_dropout(weights, training=training), value)
        y = ops.reshape(ops.transpose(y, (0, 2, 1, 3)), (-1, ops.shape(x)[1], x.shape[-1]))
        return self.output_dense(y)

    def _position_scores(self, query, frame):
        """Returns `(q_i + v) W r_(i - j)`, `(batch, heads, frames, frames)` in float32."""
        by_wave = ops.matmul(query + self.position_bias, self.position)
        by_wave = ops.cast(by_wave, "float32")
        half = by_wave.shape[-1] // 2
        by_sine, by_cosine = by_wave[..., :half], by_wave[..., half:]
        # PyTorch warns about a product of its tensor with a NumPy array.
        rates = ops.convert_to_tensor(_frequencies(2 * half))
        angle = ops.expand_dims(ops.cast(frame, "float32"), axis=1) * rates
        sine, cosine = ops.sin(angle), ops.cos(angle)
        # sin(i - j) = sin i cos j - cos i sin j, cos(i - j) = cos i cos j + sin i sin j.
        of_cosine = by_sine * sine + by_cosine * cosine
        of_sine = by_cosine * sine - by_sine * cosine
        left = ops.concatenate([of_cosine, of_sine], axis=-1)
        right = ops.transpose(ops.concatenate([cosine, sine], axis=-1))
        return ops.matmul(left, right)

    def _attended(self, valid, frame):
        """Returns which frame attends to which, `(batch, 1, frames or 1, frames)` bool."""
        valid = ops.expand_dims(valid, axis=(1, 2))
        if self.left_context is None:
            return valid
        distance = ops.expand_dims(frame, 1) - ops.expand_dims(frame, 0)
        near = ops.logical_and(distance >= 0, distance <= self.left_context)
        return ops.logical_and(valid, ops.expand_dims(near, axis=(0, 1)))

    def _size(self, x):
        return x.shape[-1] // self.heads

    def _split(self, x):
        """`(batch, frames, channels)` to `(batch, heads, frames, size)`."""
        x = ops.reshape(x, (-1, ops.shape(x)[1], self.heads, self._size(x)))
        return ops.transpose(x, (0, 2, 1, 3))

    def compute_output_spec(self, inputs, training=None):
        del training
        return keras.KerasTensor(inputs[0].shape, dtype=self.compute_dtype)

    def get_config(self):
        names = ("heads", "dropout", "left_context")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _frequencies(channels):
    """Radians per frame of the sinusoids, `(channels / 2,)` float32."""
    return np.exp(-math.log(1e4) * np.arange(0, channels, 2) / channels).astype("float32")


def _softmax(scores):
    # Keras warns about a softmax over one value, but a clip may have a single frame.
    return ops.ones_like(scores) if scores.shape[-1] == 1 else ops.softmax(scores, axis=-1)
