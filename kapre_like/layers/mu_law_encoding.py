"""Mu-law codes of a waveform as a layer. Arithmetic: `ops.compression`."""

import keras
from keras import ops

from kapre_like.layers._base.inputs import check_floating, working_dtype
from kapre_like.layers._base.mu_law import MuLaw
from kapre_like.ops.compression import mu_law_encode
from kapre_like.ops.masking import zero_invalid


@keras.saving.register_keras_serializable(package="kapre_like")
class MuLawEncoding(MuLaw):
    """Quantizes a waveform to integer codes on a logarithmic scale.

    `y = floor((c + 1) / 2 * mu + 1 / 2)` with `c = sign(x) * log(1 + mu * |x|) / log(1 + mu)`
    and `mu = quantization_channels - 1`. Samples are clipped to [-1, 1], so codes are in
    `0 .. quantization_channels - 1`. Codes have no gradient. `MuLawDecoding` is the inverse.

    Masked samples get the code of silence, and the output keeps the mask. The arithmetic is
    float32 under every dtype policy except float64.

    Args:
        quantization_channels: Int in 2 .. 65536, number of codes.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, ...)`, usually `(batch, samples, channels)`, floating point in [-1, 1].

    Output shape:
        Same as the input, integer codes, int32.

    Raises:
        ValueError: If `quantization_channels` is outside its domain or the input is not
            floating point.

    Example:
        >>> x = np.array([[-1.0, 0.0, 0.01, 1.0]])
        >>> keras.ops.convert_to_numpy(kapre_like.MuLawEncoding()(x)).tolist()
        [[0, 128, 157, 255]]

    Source: ITU-T G.711 in its continuous form; torchaudio 2.11 `functional.mu_law_encoding`.
    """

    def call(self, inputs, mask=None):
        check_floating("MuLawEncoding", inputs)
        x = zero_invalid(ops.cast(inputs, working_dtype(self)), mask=mask)
        x = ops.clip(x, -1.0, 1.0)
        return mu_law_encode(x, quantization_channels=int(self.quantization_channels))

    def _output_dtype(self, inputs):  # noqa: ARG002
        return "int32"
