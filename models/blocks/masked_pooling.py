"""Pooling over the valid frames of a clip, with the same result alone and in a batch."""

from typing import Any

import keras
from keras import ops

from kapre_like import _check


@keras.saving.register_keras_serializable(package="kapre_like")
class MaskedAveragePooling(keras.layers.Layer):
    """Average pooling over squares of frames and frequencies, without overlap.

    Incomplete squares at the end of each clip are dropped, whatever the padding of the batch. A
    clip of `n` frames becomes one of `n // size`.

    Args:
        size: Int > 0, frames and frequencies of a square.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, valid]`: `(batch, frames, freqs, channels)` and `(batch, frames, 1, 1)`, 1
        for valid frames and 0 for padding.

    Output shape:
        A pair: `(batch, frames // size, freqs // size, channels)` with zeros in the padding,
        and `(batch, frames // size, 1, 1)`.

    Raises:
        ValueError: If `size` is not an int > 0.
    """

    def __init__(self, *, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _check.positive_int("MaskedAveragePooling", size=size)
        self.size = size

    def call(self, inputs: Any) -> Any:
        x, valid = inputs
        if self.size == 1:
            return x, valid
        # A square is whole if its last frame is valid.
        whole = valid[:, self.size - 1 :: self.size]
        # On JAX Keras's pooling has no default strides.
        pooled = ops.average_pool(x, self.size, strides=self.size, padding="valid")
        return pooled * whole, whole

    def compute_output_spec(self, inputs: Any) -> Any:
        (batch, frames, freqs, channels), dtype = inputs[0].shape, self.compute_dtype
        pooled = None if frames is None else frames // self.size
        return (
            keras.KerasTensor((batch, pooled, freqs // self.size, channels), dtype=dtype),
            keras.KerasTensor((batch, pooled, 1, 1), dtype=dtype),
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable(package="kapre_like")
class FrequencyMean(keras.layers.Layer):
    """Mean over frequencies, and the number of valid frames of each clip.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, valid]`: `(batch, frames, freqs, channels)` and `(batch, frames, 1, 1)`.

    Output shape:
        A pair: `(batch, frames, channels)`, and int32 `(batch,)`.
    """

    def call(self, inputs: Any) -> Any:
        x, valid = inputs
        count = ops.sum(ops.cast(valid, "int32"), axis=(1, 2, 3))
        return ops.mean(x, axis=2), ops.cast(count, "int32")

    def compute_output_spec(self, inputs: Any) -> Any:
        batch, frames, _, channels = inputs[0].shape
        return (
            keras.KerasTensor((batch, frames, channels), dtype=self.compute_dtype),
            keras.KerasTensor((batch,), dtype="int32"),
        )


@keras.saving.register_keras_serializable(package="kapre_like")
class MaxPlusMean(keras.layers.Layer):
    """Sum of the maximum and the mean over the valid frames of each clip.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[x, count]`: `(batch, frames, channels)`, at least 0 in valid frames and 0 in
        the padding, and int32 `(batch,)`, the number of valid frames.

    Output shape:
        `(batch, channels)` in the layer's compute dtype, summed in float32.
    """

    def call(self, inputs: Any) -> Any:
        x, count = (ops.cast(tensor, "float32") for tensor in inputs)
        mean = ops.sum(x, axis=1) / ops.maximum(count, 1.0)[:, None]
        return ops.cast(ops.max(x, axis=1) + mean, self.compute_dtype)

    def compute_output_spec(self, inputs: Any) -> Any:
        batch, _, channels = inputs[0].shape
        return keras.KerasTensor((batch, channels), dtype=self.compute_dtype)


@keras.saving.register_keras_serializable(package="kapre_like")
class LogSum(keras.layers.Layer):
    """Logarithm of 1 plus the sum over the valid frames of each clip.

    Unlike a maximum or a mean, it depends on the length of a clip. For example, it turns a
    channel that is active during speech into the logarithm of the duration of speech.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        As in `MaxPlusMean`.

    Output shape:
        `(batch, channels)` in the layer's compute dtype, summed in float32.
    """

    def call(self, inputs: Any) -> Any:
        x = ops.cast(inputs[0], "float32")
        # Not `log1p`, which LiteRT does not have.
        return ops.cast(ops.log(1.0 + ops.sum(x, axis=1)), self.compute_dtype)

    def compute_output_spec(self, inputs: Any) -> Any:
        batch, _, channels = inputs[0].shape
        return keras.KerasTensor((batch, channels), dtype=self.compute_dtype)
