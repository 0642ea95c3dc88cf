"""Mean and deviation over time, where a small network says how much each frame counts."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.blocks.frame_statistics import safe_sqrt
from kapre_like.ops.masking import length_mask


@keras.saving.register_keras_serializable(package="kapre_like")
class AttentivePooling(keras.layers.Layer):
    """Attentive statistics pooling over the valid frames of each clip.

    `a = softmax_t(v . tanh(W x_t + b) + k)` over the valid frames, then
    `mean = sum_t a_t x_t` and `std = sqrt(sum_t a_t (x_t - mean)^2)`, in float32.

    Args:
        units: Int > 0, channels of the small network.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, length]`: `(batch, frames, channels)` and `(batch,)` int32.

    Output shape:
        `(batch, 2 * channels)` in the compute dtype: means, then deviations.

    Weights:
        `hidden` and `score`: Dense layers to `units` and to 1.

    Source: K. Okabe et al., "Attentive Statistics Pooling for Deep Speaker Embedding",
        Interspeech 2018, equations 3 to 7.
    """

    def __init__(self, *, units=128, **kwargs):
        super().__init__(**kwargs)
        _check.positive_int("AttentivePooling", units=units)
        self.units = units
        self.hidden = keras.layers.Dense(units, "tanh", name="hidden", dtype=self.dtype_policy)
        # float32: a softmax over hundreds of frames does not add up to 1 in half precision.
        self.score = keras.layers.Dense(1, name="score", dtype="float32")

    def build(self, input_shape):
        batch, frames, channels = input_shape[0]
        self.hidden.build((batch, frames, channels))
        self.score.build((batch, frames, self.units))

    def call(self, inputs):
        x, length = inputs
        valid = ops.expand_dims(length_mask(x, length=length), axis=-1)
        share = _softmax(self.score(self.hidden(x)), valid)
        # Not a product of 0 and what lies in the padding: that may be infinite.
        x = ops.where(valid, ops.cast(x, "float32"), 0.0)
        mean = ops.sum(share * x, axis=1, keepdims=True)
        variance = ops.sum(share * ops.square(x - mean), axis=1)
        y = ops.concatenate([mean[:, 0], safe_sqrt(variance)], axis=-1)
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        batch, _, channels = input_shape[0]
        return batch, 2 * channels

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def _softmax(score, valid):
    """Softmax over the valid frames; by hand, for Keras warns of a softmax over one."""
    score = ops.where(valid, score, -1e9)
    score = score - ops.stop_gradient(ops.max(score, axis=1, keepdims=True))
    share = ops.where(valid, ops.exp(score), 0.0)
    return share / ops.sum(share, axis=1, keepdims=True)
