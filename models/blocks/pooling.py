"""Pooling over the valid frames of a clip, and over the hidden states of a network."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.ops.masking import length_mask

POOLED = ("mean", "std", "max")
# Smaller than every value of a hidden state, and finite in every float type but float16.
_LOWEST = -1e30


@keras.saving.register_keras_serializable(package="kapre_like")
class FrameMean(keras.layers.Layer):
    """Mean of each channel over the valid frames of a clip, in float32.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, length]`: `(batch, frames, channels)` and `(batch,)` int32.

    Output shape:
        `(batch, channels)` in the compute dtype.
    """

    def call(self, inputs):
        x, length = inputs
        mean, _, _ = masked_mean(x, length)
        return ops.cast(mean[:, 0], self.compute_dtype)

    def compute_output_shape(self, input_shape):
        batch, _, channels = input_shape[0]
        return batch, channels


def masked_mean(x, length):
    """Returns the mean `(batch, 1, channels)`, the mask and the frames counted, all float32.

    Args:
        x: `(batch, frames, channels)`.
        length: int32 `(batch,)`, number of valid frames.
    """
    valid = ops.expand_dims(length_mask(x, length=length), axis=-1)
    count = ops.maximum(ops.sum(ops.cast(valid, "float32"), axis=1, keepdims=True), 1.0)
    x = ops.where(valid, ops.cast(x, "float32"), 0.0)
    return ops.sum(x, axis=1, keepdims=True) / count, valid, count


@keras.saving.register_keras_serializable(package="kapre_like")
class FrameStatistics(keras.layers.Layer):
    """Mean and unbiased standard deviation of each channel over a clip's valid frames.

    `mean = sum(x) / n; std = sqrt(sum((x - mean)^2) / (n - 1))`, in float32. For a single frame
    the deviation is 0; PyTorch returns NaN.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, length]`: `(batch, frames, channels)` and `(batch,)` int32.

    Output shape:
        `(batch, 2 * channels)` in the compute dtype: means, then deviations.

    Source: D. Snyder et al., "X-Vectors: Robust DNN Embeddings for Speaker Recognition",
        ICASSP 2018, section 2.1.
    """

    def call(self, inputs):
        x, length = inputs
        mean, valid, count = masked_mean(x, length)
        deviation = _deviation(ops.cast(x, "float32"), mean, valid, count)
        y = ops.concatenate([mean[:, 0], deviation], axis=-1)
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        batch, _, channels = input_shape[0]
        return batch, 2 * channels


@keras.saving.register_keras_serializable(package="kapre_like")
class FramePooling(keras.layers.Layer):
    """Statistics of each channel over a clip's valid frames, in float32.

    Args:
        statistics: List of one or more of `"mean"`, `"std"` and `"max"`. The mean and the
            deviation are those of `FrameStatistics`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, length]`: `(batch, frames, channels)` and `(batch,)` int32, at least 1.

    Output shape:
        `(batch, len(statistics) * channels)` in the compute dtype, in the order of
        `statistics`.

    Raises:
        ValueError: If `statistics` is not such a list.
    """

    def __init__(self, *, statistics=POOLED, **kwargs):
        super().__init__(**kwargs)
        names = list(statistics) if isinstance(statistics, list | tuple) else []
        if not names or not all(name in POOLED for name in names):
            rule = f"a list of one or more of {list(POOLED)}"
            _check.fail("FramePooling", "statistics", rule, statistics)
        self.statistics = names

    def call(self, inputs):
        x, length = inputs
        mean, valid, count = masked_mean(x, length)
        x = ops.cast(x, "float32")
        parts = {"mean": mean[:, 0]}
        if "std" in self.statistics:
            parts["std"] = _deviation(x, mean, valid, count)
        if "max" in self.statistics:
            parts["max"] = ops.max(ops.where(valid, x, _LOWEST), axis=1)
        y = [parts[name] for name in self.statistics]
        return ops.cast(ops.concatenate(y, axis=-1), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        batch, _, channels = input_shape[0]
        return batch, len(self.statistics) * channels

    def get_config(self):
        return {**super().get_config(), "statistics": self.statistics}


def _deviation(x, mean, valid, count):
    """Returns the unbiased standard deviation `(batch, channels)`; 0 for a single frame."""
    square = ops.where(valid, ops.square(x - mean), 0.0)
    return safe_sqrt(ops.sum(square, axis=1) / ops.maximum(count[:, 0] - 1.0, 1.0))


def safe_sqrt(x):
    """Returns the square root of `x >= 0`, with gradient 0 at 0 instead of infinity."""
    positive = x > 0
    return ops.where(positive, ops.sqrt(ops.where(positive, x, 1.0)), 0.0)


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
        # `where` instead of a product, because padding may contain infinities.
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
    """Softmax over the valid frames, because `keras.ops.softmax` warns about a single frame."""
    score = ops.where(valid, score, -1e9)
    score = score - ops.stop_gradient(ops.max(score, axis=1, keepdims=True))
    share = ops.where(valid, ops.exp(score), 0.0)
    return share / ops.sum(share, axis=1, keepdims=True)


@keras.saving.register_keras_serializable(package="kapre_like")
class LayerWeights(keras.layers.Layer):
    """Learned weighted sum of the hidden states of all layers: `y = sum_i softmax(w)_i x_i`.

    The initial weights are equal. After training, `softmax(w)` shows which layers the task
    uses.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list of tensors `(batch, frames, channels)`, one per layer.

    Output shape:
        `(batch, frames, channels)`.

    Weights:
        `weights (depths,)`, as attribute `layer_weights` (`weights` is Keras's own).

    Source: M. Peters et al., "Deep Contextualized Word Representations", NAACL 2018, section
        3.2, without its scale; `use_weighted_layer_sum` of transformers 5.23.
    """

    def build(self, input_shape):
        depths = len(input_shape)
        self.layer_weights = self.add_weight(
            shape=(depths,), initializer=keras.initializers.Constant(1 / depths), name="weights"
        )

    def call(self, inputs):
        shares = ops.softmax(ops.cast(self.layer_weights, "float32"))
        shares = ops.cast(shares, self.compute_dtype)
        return sum(x * shares[i] for i, x in enumerate(inputs))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])
