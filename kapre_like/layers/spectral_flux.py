"""Spectral flux as a layer. Arithmetic: `ops.descriptors`."""

import keras

from kapre_like import _check
from kapre_like.layers._base.descriptor import SpectrumDescriptor
from kapre_like.ops.descriptors import flux


@keras.saving.register_keras_serializable(package="kapre_like")
class SpectralFlux(SpectrumDescriptor):
    """Distance between the magnitude spectra of consecutive frames.

    `y[t] = sqrt(sum_k (S[t, k] - S[t - 1, k]) ** 2)` with the magnitude `S = sqrt(x)`. The
    first frame of a clip returns 0.

    Frames and channels are independent. The output keeps the input's mask. The output is
    float32 under every dtype policy except float64.

    Args:
        rectify: Whether only increases count, as in onset detection.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point, power >= 0 (`STFT`, then `Power`).

    Output shape:
        `(batch, frames, 1, channels)`, in the unit of the magnitude, float32.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input.

    Example:
        >>> power = np.array([[1.0, 0.0], [16.0, 16.0]]).reshape(1, 2, 2, 1)
        >>> keras.ops.convert_to_numpy(kapre_like.SpectralFlux()(power))[0, :, 0, 0].tolist()
        [0.0, 5.0]

    Source: P. Masri, Computer Modelling of Sound for Transformation and Synthesis of Musical
        Signals, 1996.
    """

    def __init__(self, *, rectify=False, **kwargs):
        super().__init__(**kwargs)
        _check.boolean("SpectralFlux", rectify=rectify)
        self.rectify = rectify

    def _describe(self, power, n_fft):  # noqa: ARG002
        return flux(power, rectify=self.rectify)
