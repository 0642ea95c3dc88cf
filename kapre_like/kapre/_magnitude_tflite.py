"""Kapre's magnitude for LiteRT. Arithmetic: `ops.polar`."""

import keras

from kapre_like.kapre._magnitude import Magnitude
from kapre_like.kapre._pairs import check_pair
from kapre_like.ops.polar import power


@keras.saving.register_keras_serializable(package="Kapre")
class MagnitudeTflite(Magnitude):
    """Magnitude of what `STFTTflite` returns; its gradient at 0 is 0.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(..., 2)`, real: real and imaginary part.

    Output shape:
        The same without the last axis; float32, float64 under a float64 policy.

    Raises:
        ValueError: If the input has another last axis.

    Example:
        >>> y = kapre_like.kapre.MagnitudeTflite()(np.array([[3.0, 4.0]], "float32"))
        >>> float(y[0])
        5.0
    """

    _takes_complex = False

    def _arithmetic(self, x):
        return power(x[..., 0], x[..., 1], exponent=1)

    def compute_output_shape(self, input_shape):
        check_pair("MagnitudeTflite", input_shape)
        return tuple(input_shape)[:-1]

    def _check_rank(self, shape):
        check_pair("MagnitudeTflite", shape)


# Kapre does not register it: its files know the bare name.
keras.saving.get_custom_objects()["MagnitudeTflite"] = MagnitudeTflite
