"""A slower learning rate for what lies below a point of a network."""

import keras
from keras import ops

from kapre_like import _check


@keras.saving.register_keras_serializable(package="kapre_like")
class GradientScale(keras.layers.Layer):
    """Passes its input on, and only `scale` times the gradient back.

    Args:
        scale: Float >= 0; 0 stops the gradient.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any.

    Output shape:
        The input's.
    """

    def __init__(self, *, scale=0.1, **kwargs):
        super().__init__(**kwargs)
        _check.non_negative("GradientScale", scale=scale)
        self.scale = scale

    def call(self, inputs):
        still = ops.stop_gradient(inputs)
        return still + self.scale * (inputs - still)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}
