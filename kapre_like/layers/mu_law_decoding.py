"""Mu-law codes to a waveform as a layer. Arithmetic: `ops.compression`."""

import keras
from keras import ops

from kapre_like.layers._base.inputs import working_dtype
from kapre_like.layers._base.mu_law import MuLaw
from kapre_like.ops.compression import mu_law_decode
from kapre_like.ops.masking import zero_invalid


@keras.saving.register_keras_serializable(package="kapre_like")
class MuLawDecoding(MuLaw):
    """Converts the codes of `MuLawEncoding` back to a waveform.

    `y = sign(c) * ((1 + mu) ** |c| - 1) / mu` with `c = 2 * x / mu - 1` and
    `mu = quantization_channels - 1`. Codes may be fractional, and the gradient flows through
    them.

    Masked samples become zero, and the output keeps the mask. The arithmetic is float32 under
    every dtype policy except float64.

    Args:
        quantization_channels: Int in 2 .. 65536, number of codes.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, ...)`, usually `(batch, samples, channels)`, integer or floating point.

    Output shape:
        Same as the input, samples in [-1, 1], float32.

    Raises:
        ValueError: If `quantization_channels` is outside its domain or the input is neither
            integer nor floating point.

    Example:
        >>> x = kapre_like.MuLawDecoding()(np.array([[0, 255]]))
        >>> keras.ops.convert_to_numpy(x).round(3).tolist()
        [[-1.0, 1.0]]

    Source: ITU-T G.711 in its continuous form; torchaudio 2.11 `functional.mu_law_decoding`.
    """

    def call(self, inputs, mask=None):
        self._check_dtype(inputs)
        codes = ops.cast(inputs, working_dtype(self))
        x = mu_law_decode(codes, quantization_channels=int(self.quantization_channels))
        return zero_invalid(x, mask=mask)

    def _check_dtype(self, inputs):
        dtype = keras.backend.standardize_dtype(inputs.dtype)
        if not (keras.backend.is_float_dtype(dtype) or keras.backend.is_int_dtype(dtype)):
            raise ValueError(
                "MuLawDecoding: `inputs` must be integer or floating point. "
                f"Received: dtype={dtype}. Give the codes of MuLawEncoding."
            )
