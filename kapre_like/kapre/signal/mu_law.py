"""Mu-law encoding and decoding of a waveform. Arithmetic: `ops.compression`."""

import keras

from kapre_like.kapre._layer import KapreLayer
from kapre_like.kapre.backend import _check_codes, mu_law_encoding
from kapre_like.layers._base.inputs import check_floating
from kapre_like.ops.compression import mu_law_decode


@keras.saving.register_keras_serializable(package="Kapre")
class MuLawEncoding(KapreLayer):
    """Mu-law codes `0 .. quantization_channels - 1` of a signal in [-1, 1].

    As in Kapre, samples outside [-1, 1] have codes outside this range.
    `kapre_like.MuLawEncoding` clips such samples.

    Args:
        quantization_channels: Int in 2 .. 65536, number of codes; 256 for 8 bits.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any, floating point.

    Output shape:
        Same as the input, int32.

    Raises:
        ValueError: If `quantization_channels` is outside its domain, or if the input is not
            floating point.

    Example:
        >>> y = kapre_like.kapre.MuLawEncoding(256)(np.array([-1.0, 0.0, 0.01, 1.0]))
        >>> keras.ops.convert_to_numpy(y).tolist()
        [0, 128, 157, 255]
    """

    _arguments = ("quantization_channels",)

    def __init__(self, quantization_channels, **kwargs):
        super().__init__(**kwargs)
        _check_codes("MuLawEncoding", quantization_channels, max_value=65536)
        self.quantization_channels = quantization_channels

    def _check_input(self, x):
        check_floating("MuLawEncoding", x)

    def _arithmetic(self, x):
        return mu_law_encoding(x, self.quantization_channels)

    def _result_dtype(self, x):  # noqa: ARG002
        return "int32"


@keras.saving.register_keras_serializable(package="Kapre")
class MuLawDecoding(KapreLayer):
    """Signal in [-1, 1] of mu-law codes: the inverse of `MuLawEncoding`, except for rounding.

    Args:
        quantization_channels: Int >= 2, number of codes; 256 for 8 bits.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Any, integers or floating point.

    Output shape:
        Same as the input; float32, or float64 under a float64 policy.

    Raises:
        ValueError: If `quantization_channels` is outside its domain.

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
