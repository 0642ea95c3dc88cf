"""Spectral flatness as a layer. Arithmetic: `ops.descriptors`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.descriptor import SpectrumDescriptor
from kapre_like.ops.descriptors import DB_PER_NEPER, flatness


@keras.saving.register_keras_serializable(package="kapre_like")
class SpectralFlatness(SpectrumDescriptor):
    """Ratio of the geometric to the arithmetic mean of each frame's powers.

    `y[t] = 10 * log10(exp(mean_k log(p[t, k])) / mean_k p[t, k])` with `p = max(x, amin)`. It
    is near 0 dB for noise, far below for tones, and 0 dB for silence.

    Frames and channels are independent. The output keeps the input's mask. The output is
    float32 under every dtype policy except float64.

    Args:
        amin: Number > 0. Smaller powers are replaced by it.
        decibel: Whether the output is in dB. Otherwise it is the ratio, from 0 to 1.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point, power >= 0 (`STFT`, then `Power`).

    Output shape:
        `(batch, frames, 1, channels)`, dB, or a ratio without unit, float32.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input.

    Example:
        >>> power = np.array([1.0, 100.0]).reshape(1, 1, 2, 1)
        >>> round(float(kapre_like.SpectralFlatness()(power)[0, 0, 0, 0]), 3)
        -7.033

    Source: librosa 0.11 `feature.spectral_flatness`, the ratio; `features.descriptors`,
        `flatness_db`.
    """

    def __init__(self, *, amin=1e-10, decibel=True, **kwargs):
        super().__init__(**kwargs)
        _check.positive("SpectralFlatness", amin=amin)
        _check.boolean("SpectralFlatness", decibel=decibel)
        self.amin, self.decibel = amin, decibel

    def _describe(self, power, n_fft):  # noqa: ARG002
        nepers = flatness(power, amin=float(self.amin))
        return nepers * DB_PER_NEPER if self.decibel else ops.exp(nepers)
