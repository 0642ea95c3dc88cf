"""Spectral rolloff as a layer. Arithmetic: `ops.descriptors`."""

import keras

from kapre_like.layers._base.descriptor import SpectrumDescriptor, check_share
from kapre_like.ops.descriptors import rolloff


@keras.saving.register_keras_serializable(package="kapre_like")
class SpectralRolloff(SpectrumDescriptor):
    """Frequency below which most of each frame's magnitude lies.

    `y[t] = k * sample_rate / n_fft` with the smallest `k` for which `sum_(j <= k) S[t, j]`
    reaches `roll_percent * sum_j S[t, j]`, where `S = sqrt(x)` is the magnitude. Silence
    returns 0 Hz. The output changes in steps of one bin, so its gradient is 0.

    Frames and channels are independent. The output keeps the input's mask. The output is
    float32 under every dtype policy except float64, because float16 has steps of 8 Hz at 10
    kHz.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size of the transform before this layer. `None` means
            `2 * (freqs - 1)` if that is a power of two. Set any other size.
        roll_percent: Number between 0 and 1, share of the magnitude; the name is librosa's.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point, power >= 0 (`STFT`, then `Power`).

    Output shape:
        `(batch, frames, 1, channels)`, Hz, float32.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input.

    Example:
        >>> power = np.array([0.0, 1.0, 0.0, 1.0, 0.0]).reshape(1, 1, 5, 1)
        >>> float(kapre_like.SpectralRolloff(sample_rate=8000)(power)[0, 0, 0, 0])
        3000.0

    Source: librosa 0.11 `feature.spectral_rolloff`; `features.descriptors`, `rolloff_hz`.
    """

    def __init__(self, *, sample_rate=16000, n_fft=None, roll_percent=0.85, **kwargs):
        super().__init__(**kwargs)
        self._keep_rate(sample_rate, n_fft)
        check_share("SpectralRolloff", roll_percent=roll_percent)
        self.roll_percent = roll_percent

    def _describe(self, power, n_fft):
        return rolloff(
            power, step=float(self.sample_rate) / n_fft, share=float(self.roll_percent)
        )
