"""Spectral contrast as a layer. Arithmetic: `ops.descriptors`."""

import math

import keras

from kapre_like import _check
from kapre_like.filters.octaves import contrast_octaves
from kapre_like.layers._base.descriptor import SpectrumDescriptor, check_share
from kapre_like.ops.descriptors import contrast


@keras.saving.register_keras_serializable(package="kapre_like")
class SpectralContrast(SpectrumDescriptor):
    """Level difference between peaks and valleys in octave bands of each frame.

    `y[t, b] = 20 * log10(mean(loudest) / mean(faintest))` of the magnitudes `S = sqrt(x)` in
    band `b`, where `loudest` and `faintest` are the share `quantile` of the band's bins, at
    least one bin. The first band ends at `fmin`. Octaves follow, and the last one extends to
    half the sample rate. Means below -100 dB count as -100 dB, so silence returns 0 dB.

    Frames and channels are independent. The output keeps the input's mask. The output is
    float32 under every dtype policy except float64.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size of the transform before this layer. `None` means
            `2 * (freqs - 1)` if that is a power of two. Set any other size.
        fmin: Number > 0, Hz, lower edge of the first octave.
        n_bands: Int > 0, octaves. The last must begin below half the sample rate. `None` means
            all octaves up to it.
        quantile: Number between 0 and 1, share of a band's bins.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point, power >= 0 (`STFT`, then `Power`).

    Output shape:
        `(batch, frames, bands, channels)`, dB, float32. There is one band more than octaves.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input.

    Example:
        >>> power = np.random.default_rng(0).random((2, 126, 257, 1))
        >>> kapre_like.SpectralContrast()(power).shape
        (2, 126, 6, 1)

    Source: D. Jiang et al., Music type classification by spectral contrast feature, 2002;
        librosa 0.11 `feature.spectral_contrast`, which computes `10 * log10` of magnitudes with
        a floor 80 dB below the maximum; `features.descriptors`, `contrast_..._db`.
    """

    def __init__(
        self,
        *,
        sample_rate=16000,
        n_fft=None,
        fmin=200.0,
        n_bands=None,
        quantile=0.02,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._keep_rate(sample_rate, n_fft)
        owner = "SpectralContrast"
        _check.positive(owner, fmin=fmin)
        check_share(owner, quantile=quantile)
        if n_bands is not None:
            _check.positive_int(owner, n_bands=n_bands)
            if n_bands > math.ceil(math.log2(sample_rate / 2 / fmin)):
                rule = f"so small that octaves from fmin={fmin} begin below half the rate"
                _check.fail(owner, "n_bands", rule, n_bands, "Use n_bands=None.")
        self.fmin, self.n_bands, self.quantile = fmin, n_bands, quantile

    def _describe(self, power, n_fft):
        return contrast(power, octaves=self._octaves(n_fft))

    def _count(self, n_fft):
        return len(self._octaves(n_fft))

    def _octaves(self, n_fft):
        return contrast_octaves(self.sample_rate, n_fft, self.fmin, self.n_bands, self.quantile)
