"""Kapre's magnitude of complex numbers. Arithmetic: `ops.polar`."""

import keras
from keras import ops

from kapre_like.kapre._layer import KapreLayer
from kapre_like.ops.polar import is_complex, power


@keras.saving.register_keras_serializable(package="Kapre")
class Magnitude(KapreLayer):
    """Magnitude of every number; its gradient at 0 is 0.

    Args:
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any, complex or real.

    Output shape:
        That of the input; float32, float64 under a float64 policy or of complex128.

    Example:
        >>> float(kapre_like.kapre.Magnitude()(np.array([3 + 4j], "complex64"))[0])
        5.0
    """

    _takes_complex = True

    def _arithmetic(self, x):
        if not is_complex(x):
            return ops.abs(x)
        dtype = self._working_dtype(x)
        return power(ops.cast(ops.real(x), dtype), ops.cast(ops.imag(x), dtype), exponent=1)
