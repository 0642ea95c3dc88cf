"""Spectral bandwidth as a layer. Arithmetic: `ops.descriptors`."""

import keras

from kapre_like.layers._base.descriptor import SpectrumDescriptor
from kapre_like.ops.descriptors import bandwidth


@keras.saving.register_keras_serializable(package="kapre_like")
class SpectralBandwidth(SpectrumDescriptor):
    """Standard deviation of each frame's frequencies, weighted by magnitude.

    `y[t] = sqrt(sum_k (f[k] - c[t]) ** 2 * S[t, k] / sum_k S[t, k])`, where `S = sqrt(x)` is
    the magnitude, `f[k] = k * sample_rate / n_fft` the frequency of a bin, and `c` the output
    of `SpectralCentroid`. Silence returns 0 Hz.

    Frames and channels are independent. The output keeps the input's mask. The output is
    float32 under every dtype policy except float64, because float16 has steps of 8 Hz at 10
    kHz.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size of the transform before this layer. `None` means
            `2 * (freqs - 1)` if that is a power of two. Set any other size.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point, power >= 0 (`STFT`, then `Power`).

    Output shape:
        `(batch, frames, 1, channels)`, Hz, float32.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input.

    Example:
        >>> power = np.array([0.0, 1.0, 0.0, 1.0, 0.0]).reshape(1, 1, 5, 1)
        >>> float(kapre_like.SpectralBandwidth(sample_rate=8000)(power)[0, 0, 0, 0])
        1000.0

    Source: librosa 0.11 `feature.spectral_bandwidth`; `features.descriptors`,
        `bandwidth_hz`.
    """

    def __init__(self, *, sample_rate=16000, n_fft=None, **kwargs):
        super().__init__(**kwargs)
        self._keep_rate(sample_rate, n_fft)

    def _describe(self, power, n_fft):
        return bandwidth(power, hz=self._hz(n_fft))
