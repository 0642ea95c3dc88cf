"""Kapre's magnitude of complex numbers."""

import keras
from keras import ops

from kapre_like.kapre._layer import KapreLayer


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
