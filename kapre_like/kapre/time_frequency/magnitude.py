"""Magnitude, phase and decibels. Arithmetic: `ops.polar`, `ops.arctan`, `ops.decibel`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.kapre._layer import KapreLayer
from kapre_like.kapre.backend import _check_decibel, magnitude_to_decibel
from kapre_like.ops.arctan import arctan2_by_fraction
from kapre_like.ops.polar import is_complex, phase


@keras.saving.register_keras_serializable(package="Kapre")
class Magnitude(KapreLayer):
    """Magnitude of every number; its gradient at 0 is 0.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any, complex or real.

    Output shape:
        That of the input; float32, float64 of complex128 or of reals under a float64 policy.

    Example:
        >>> float(kapre_like.kapre.Magnitude()(np.array([3 + 4j], "complex64"))[0])
        5.0
    """

    _takes_complex = True

    def _arithmetic(self, x):
        # The backend's own, as in Kapre: a root of squares would differ in the last digit.
        return ops.cast(ops.abs(x), self._working_dtype(x))


@keras.saving.register_keras_serializable(package="Kapre")
class Phase(KapreLayer):
    """Angle of every number in radians, in [-pi, pi]; 0 for 0, also its gradient.

    With `approx_atan_accuracy` it is Kapre's approximation, the same as that of
    `PhaseTflite`, for data that a model with that layer is to meet again: poor near the
    imaginary axis, and on it pi or -pi where pi / 2 or -pi / 2 would be right.

    Args:
        approx_atan_accuracy: Int > 0, terms of the approximation; `None` or 0 for the angle
            itself. Around 500 terms err by less than 0.01 in most bins.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any, complex or real.

    Output shape:
        That of the input; float32, float64 of complex128 or of reals under a float64 policy.
        The approximation is float32 always.

    Raises:
        ValueError: If the number of terms is outside its domain.

    Example:
        >>> round(float(kapre_like.kapre.Phase()(np.array([2j], "complex64"))[0]), 4)
        1.5708
    """

    _takes_complex = True
    _arguments = ("approx_atan_accuracy",)

    def __init__(self, approx_atan_accuracy=None, **kwargs):
        super().__init__(**kwargs)
        terms = 0 if approx_atan_accuracy is None else approx_atan_accuracy
        _check.non_negative(type(self).__name__, approx_atan_accuracy=terms)
        self.approx_atan_accuracy = approx_atan_accuracy

    def _arithmetic(self, x):
        dtype = self._working_dtype(x)
        imag = ops.imag(x) if is_complex(x) else ops.zeros_like(x)
        return self._angle(ops.cast(ops.real(x), dtype), ops.cast(imag, dtype))

    def _angle(self, real, imag):
        if not self.approx_atan_accuracy:
            # On PyTorch Keras takes the angle of float64 in its default float dtype.
            return ops.cast(phase(real, imag), keras.backend.standardize_dtype(real.dtype))
        parts = (ops.cast(part, "float32") for part in (imag, real))
        return arctan2_by_fraction(*parts, terms=int(self.approx_atan_accuracy))

    def _result_dtype(self, x):
        return "float32" if self.approx_atan_accuracy else self._working_dtype(x)


@keras.saving.register_keras_serializable(package="Kapre")
class MagnitudeToDecibel(KapreLayer):
    """`10 * log10` of a magnitude, with a floor below each clip's own peak.

    The factor is 10 although the input is a magnitude: half of what a decibel is elsewhere, and
    kept, since models depend on it. See `backend.magnitude_to_decibel`.

    Args:
        ref_value: Number > 0 that maps to 0 dB.
        amin: Number > 0, the floor under the input. `None` means 1e-5.
        dynamic_range: Number > 0 in dB: nothing is further below its clip's peak.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, ...)`; with one axis all of it is one clip.

    Output shape:
        That of the input, in the policy's compute dtype.

    Raises:
        ValueError: When the layer is called, if one of the three numbers is not above 0.

    Example:
        >>> y = kapre_like.kapre.MagnitudeToDecibel()(np.array([[1.0, 10.0, 0.0]]))
        >>> keras.ops.convert_to_numpy(y).round(3).tolist()
        [[0.0, 10.0, -50.0]]
    """

    _arguments = ("amin", "dynamic_range", "ref_value")

    def __init__(self, ref_value=1.0, amin=1e-5, dynamic_range=80.0, **kwargs):
        super().__init__(**kwargs)
        self.ref_value, self.amin, self.dynamic_range = ref_value, amin, dynamic_range

    def _arithmetic(self, x):
        return magnitude_to_decibel(
            x, ref_value=self.ref_value, amin=self.amin, dynamic_range=self.dynamic_range
        )

    def _leave(self, y):
        return ops.cast(y, self.compute_dtype)

    def _result_dtype(self, x):  # noqa: ARG002
        _check_decibel(self.ref_value, self.amin, self.dynamic_range)
        return self.compute_dtype
