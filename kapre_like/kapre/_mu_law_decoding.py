"""Kapre's signal of mu-law codes. Arithmetic: `ops.compression`."""

import keras

from kapre_like.kapre._layer import KapreLayer
from kapre_like.kapre.backend import _check_codes
from kapre_like.ops.compression import mu_law_decode


@keras.saving.register_keras_serializable(package="Kapre")
class MuLawDecoding(KapreLayer):
    """Signal in [-1, 1] of mu-law codes; undoes `MuLawEncoding` but for the rounding.

    Args:
        quantization_channels: Int >= 2, number of codes; 256 for 8 bits.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any, integers or floating point.

    Output shape:
        That of the input; float32, float64 under a float64 policy.

    Raises:
        ValueError: If the number of codes is outside its domain.

    Example:
        >>> y = kapre_like.kapre.MuLawDecoding(256)(np.array([0, 255], "int32"))
        >>> keras.ops.convert_to_numpy(y).round(6).tolist()
        [-1.0, 1.0]
    """

    _arguments = ("quantization_channels",)

    def __init__(self, quantization_channels, **kwargs):
        super().__init__(**kwargs)
        _check_codes("MuLawDecoding", quantization_channels)
        self.quantization_channels = quantization_channels

    def _arithmetic(self, x):
        return mu_law_decode(x, quantization_channels=self.quantization_channels)
