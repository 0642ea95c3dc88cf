"""Layers of the speech embedding."""

from typing import Any

import keras
from keras import ops

from kapre_like import _check


@keras.saving.register_keras_serializable(package="kapre_like")
class FlooredLeakyReLU(keras.layers.Layer):
    """Leaky ReLU with a minimum: `max(x, slope * x, floor)` for a slope below 1.

    Args:
        slope: Float >= 0, slope below zero.
        floor: Float <= 0, minimum of the output.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any.

    Output shape:
        That of the input.

    Raises:
        ValueError: If an argument is out of its domain.
    """

    def __init__(self, *, slope: float = 0.2, floor: float = -0.4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _check.non_negative("FlooredLeakyReLU", slope=slope)
        if not floor <= 0:
            _check.fail("FlooredLeakyReLU", "floor", "a number <= 0", floor)
        self.slope, self.floor = slope, floor
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return ops.maximum(ops.leaky_relu(inputs, self.slope), self.floor)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "slope": self.slope, "floor": self.floor}


@keras.saving.register_keras_serializable(package="kapre_like")
class BandMean(keras.layers.Layer):
    """Mean over the bands of a spectrogram.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, time, freqs, channels)`.

    Output shape:
        `(batch, time, channels)`.
    """

    def call(self, inputs: Any) -> Any:
        return ops.mean(inputs, axis=2)
