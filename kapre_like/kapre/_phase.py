"""Kapre's phase of complex numbers. Arithmetic: `ops.polar`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.kapre._layer import KapreLayer
from kapre_like.ops.polar import arctan2_by_fraction, is_complex, phase


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
