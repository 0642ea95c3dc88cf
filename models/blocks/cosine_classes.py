"""How alike a vector and the learned direction of each class are."""

import keras
from keras import ops

from kapre_like import _check


@keras.saving.register_keras_serializable(package="kapre_like")
class CosineClasses(keras.layers.Layer):
    """`cos(x, w_c)` for every class `c`; hands the input on beside it.

    The columns of the weight are what `AMSoftmaxLoss`, `ProxyNCALoss` and `ProxyAnchorLoss`
    learn. A network that gives embeddings alone keeps them by taking the first output.

    Args:
        classes: Int > 0.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, channels)`.

    Output shape:
        A pair: the input, and cosines `(batch, classes)`, in the compute dtype.

    Weights:
        `weight (channels, classes)`.

    Source: F. Wang et al., "Additive Margin Softmax for Face Verification", IEEE Signal
        Processing Letters 2018, section II.
    """

    def __init__(self, *, classes, **kwargs):
        super().__init__(**kwargs)
        _check.positive_int("CosineClasses", classes=classes)
        self.classes = classes

    def build(self, input_shape):
        self.weight = self.add_weight(
            shape=(input_shape[-1], self.classes),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            name="weight",
        )

    def call(self, inputs):
        return inputs, ops.matmul(unit_length(inputs, -1), unit_length(self.weight, 0))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape), (input_shape[0], self.classes)

    def get_config(self):
        return {**super().get_config(), "classes": self.classes}


def unit_length(x, axis):
    """Returns `x / max(|x|, 1e-12)` along `axis`; finite at 0, as is its gradient."""
    x = ops.convert_to_tensor(x)
    square = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(square, 1e-24))
