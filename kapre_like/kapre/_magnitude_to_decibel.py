"""Kapre's decibels. Arithmetic: `ops.compression`."""

import keras
from keras import ops

from kapre_like.kapre._layer import KapreLayer
from kapre_like.kapre.backend import _check_decibel, magnitude_to_decibel


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
