"""Kapre's phase for LiteRT. Arithmetic: `ops.polar`."""

import keras

from kapre_like.kapre._pairs import check_pair
from kapre_like.kapre._phase import Phase


@keras.saving.register_keras_serializable(package="Kapre")
class PhaseTflite(Phase):
    """Angle of what `STFTTflite` returns, in radians in [-pi, pi].

    Args:
        approx_atan_accuracy: Int > 0, terms of the approximation, see `Phase`; `None` or 0
            for the angle itself, where Kapre fails.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(..., 2)`, real: real and imaginary part.

    Output shape:
        The same without the last axis; float32, the angle itself float64 under a float64
        policy.

    Raises:
        ValueError: If the number of terms is outside its domain, or the input has another
            last axis.

    Example:
        >>> layer = kapre_like.kapre.PhaseTflite(approx_atan_accuracy=100)
        >>> round(float(layer(np.array([[1.0, 1.0]], "float32"))[0]), 4)
        0.7854
    """

    _takes_complex = False

    def _arithmetic(self, x):
        return self._angle(x[..., 0], x[..., 1])

    def compute_output_shape(self, input_shape):
        check_pair("PhaseTflite", input_shape)
        return tuple(input_shape)[:-1]

    def _check_rank(self, shape):
        check_pair("PhaseTflite", shape)


# Kapre does not register it: its files know the bare name.
keras.saving.get_custom_objects()["PhaseTflite"] = PhaseTflite
