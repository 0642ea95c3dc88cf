"""Kapre's mu-law codes. Arithmetic: `ops.compression`."""

import keras

from kapre_like.kapre._layer import KapreLayer
from kapre_like.kapre.backend import _check_codes, mu_law_encoding
from kapre_like.layers._base.inputs import check_floating


@keras.saving.register_keras_serializable(package="Kapre")
class MuLawEncoding(KapreLayer):
    """Mu-law codes `0 .. quantization_channels - 1` of a signal in [-1, 1].

    Values outside [-1, 1] give codes outside that range, as in Kapre;
    `kapre_like.MuLawEncoding` clips them.

    Args:
        quantization_channels: Int in 2 .. 65536, number of codes; 256 for 8 bits.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any, floating point.

    Output shape:
        That of the input, int32.

    Raises:
        ValueError: If the number of codes is outside its domain or the input is integer.

    Example:
        >>> y = kapre_like.kapre.MuLawEncoding(256)(np.array([-1.0, 0.0, 0.01, 1.0]))
        >>> keras.ops.convert_to_numpy(y).tolist()
        [0, 128, 157, 255]
    """

    _arguments = ("quantization_channels",)

    def __init__(self, quantization_channels, **kwargs):
        super().__init__(**kwargs)
        _check_codes("MuLawEncoding", quantization_channels, most=65536)
        self.quantization_channels = quantization_channels

    def _check_input(self, x):
        check_floating("MuLawEncoding", x)

    def _arithmetic(self, x):
        return mu_law_encoding(x, self.quantization_channels)

    def _result_dtype(self, x):  # noqa: ARG002
        return "int32"
