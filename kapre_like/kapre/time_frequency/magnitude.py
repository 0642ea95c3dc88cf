"""Magnitude, phase and decibels. Arithmetic: `ops.polar`, `ops.compression`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.kapre._layer import KapreLayer
from kapre_like.kapre.backend import _check_decibel, magnitude_to_decibel
from kapre_like.ops.polar import arctan2_by_fraction, is_complex, phase


@keras.saving.register_keras_serializable(package="Kapre")
class Magnitude(KapreLayer):
    """Magnitude of each complex number. Its gradient at 0 is 0.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any, complex or real.

    Output shape:
        Same as the input; float32, or float64 for complex128 input and for real input under a
        float64 policy.

    Example:
        >>> float(kapre_like.kapre.Magnitude()(np.array([3 + 4j], "complex64"))[0])
        5.0
    """

    _takes_complex = True

    def _arithmetic(self, x):
        # Kapre calls the backend's `abs`. A root of squares would differ in the last digit.
        return ops.cast(ops.abs(x), self._working_dtype(x))


@keras.saving.register_keras_serializable(package="Kapre")
class Phase(KapreLayer):
    """Angle of each complex number in radians, in [-pi, pi].

    The angle of 0 is 0, and so is its gradient.

    With `approx_atan_accuracy` the layer computes the same approximation as `PhaseTflite`. Use
    it to train a model that will later run with `PhaseTflite`. The approximation is poor near
    the imaginary axis. On the axis it is pi or -pi instead of pi / 2 or -pi / 2.

    Args:
        approx_atan_accuracy: Int > 0, number of terms of the approximation; `None` or 0 for
            the exact angle. With 500 terms the error is below 0.01 in most bins.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any, complex or real.

    Output shape:
        Same as the input; float32, or float64 for complex128 input and for real input under a
        float64 policy.
        The approximation is always float32.

    Raises:
        ValueError: If `approx_atan_accuracy` is negative or not a number.

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
            # On PyTorch Keras computes the angle of float64 in its default float dtype.
            return ops.cast(phase(real, imag), keras.backend.standardize_dtype(real.dtype))
        parts = (ops.cast(part, "float32") for part in (imag, real))
        return arctan2_by_fraction(*parts, terms=int(self.approx_atan_accuracy))

    def _result_dtype(self, x):
        return "float32" if self.approx_atan_accuracy else self._working_dtype(x)


@keras.saving.register_keras_serializable(package="Kapre")
class MagnitudeToDecibel(KapreLayer):
    """`10 * log10` of a magnitude, with a floor relative to the peak of each clip.

    The factor is 10 although the input is a magnitude, so the values are half of the usual
    decibels. Trained models depend on these values. See `backend.magnitude_to_decibel`.

    Args:
        ref_value: Number > 0 that maps to 0 dB.
        amin: Number > 0. Smaller input values count as `amin`. `None` means 1e-5.
        dynamic_range: Number > 0, dB. Results further below the peak of their clip are raised
            to this distance from it.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, ...)`. A tensor with one axis is a single clip.

    Output shape:
        Same as the input, in the compute dtype of the policy.

    Raises:
        ValueError: When the layer is called, if one of the three arguments is not above 0.

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
