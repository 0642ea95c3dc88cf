"""Postprocessing of VGGish: principal component analysis (PCA) and 8-bit quantization.

Source: tensorflow/models, `research/audioset/vggish/vggish_postprocess.py`.
"""

from typing import Any

import keras
from keras import ops

from kapre_like import _check


@keras.saving.register_keras_serializable(package="kapre_like")
class QuantizedPCA(keras.layers.Layer):
    """Rotates by a fixed matrix, clips, and rounds down to integers from 0 to 255.

    Rounding has no gradient, so layers before this one cannot be trained through it.

    Args:
        low: Float, the value that is mapped to 0.
        high: Float > `low`, the value that is mapped to 255.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(..., channels)`.

    Output shape:
        That of the input, float32.

    Weights:
        `matrix (channels, channels)` and `means (channels,)`, not trained.

    Raises:
        ValueError: If `high` is not above `low`.
    """

    def __init__(self, *, low: float = -2.0, high: float = 2.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _check.number("QuantizedPCA", low=low, high=high)
        if high <= low:
            _check.fail("QuantizedPCA", "high", f"above low={low}", high)
        self.low, self.high = low, high

    def build(self, input_shape: Any) -> None:
        channels = input_shape[-1]
        self.matrix = self.add_weight(
            shape=(channels, channels), initializer="identity", trainable=False, name="matrix"
        )
        self.means = self.add_weight(
            shape=(channels,), initializer="zeros", trainable=False, name="means"
        )

    def call(self, inputs: Any) -> Any:
        x = ops.cast(inputs, "float32") - ops.cast(self.means, "float32")
        x = ops.matmul(x, ops.transpose(ops.cast(self.matrix, "float32")))
        x = (ops.clip(x, self.low, self.high) - self.low) * (255.0 / (self.high - self.low))
        return ops.floor(x)

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor(inputs.shape, dtype="float32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "low": self.low, "high": self.high}
