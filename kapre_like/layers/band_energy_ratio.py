"""Band energy ratio as a layer. Arithmetic: `ops.descriptors`."""

import keras
import numpy as np

from kapre_like import _check
from kapre_like.layers._base.descriptor import SpectrumDescriptor
from kapre_like.ops.descriptors import energy_ratio


@keras.saving.register_keras_serializable(package="kapre_like")
class BandEnergyRatio(SpectrumDescriptor):
    """Ratio of each frame's energy below a frequency to the energy above it.

    `y[t] = 10 * log10(sum_low x[t, k] / sum_high x[t, k])`, where `sum_low` runs over the bins
    below `split` and `sum_high` over the others. Sums below -100 dB count as -100 dB, so
    silence gives 0 dB.

    Frames and channels are independent. The output keeps the input's mask. The output is
    float32 under every dtype policy except float64.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size of the transform before this layer. `None` means
            `2 * (freqs - 1)` if that is a power of two. Set any other size.
        split: Number > 0, Hz, at most half the sample rate. A bin at this frequency counts as
            above.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point, power >= 0 (`STFT`, then `Power`).

    Output shape:
        `(batch, frames, 1, channels)`, dB, float32.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input.

    Example:
        >>> power = np.array([6.0, 4.0, 0.0, 0.0, 1.0]).reshape(1, 1, 5, 1)
        >>> ratio = kapre_like.BandEnergyRatio(sample_rate=8000, split=2000)(power)
        >>> round(float(ratio[0, 0, 0, 0]), 3)
        10.0

    Source: `features.descriptors`, `energy_ratio_db`.
    """

    def __init__(self, *, sample_rate=16000, n_fft=None, split=2000.0, **kwargs):
        super().__init__(**kwargs)
        self._keep_rate(sample_rate, n_fft)
        _check.positive("BandEnergyRatio", split=split)
        if split > sample_rate / 2:
            rule = f"at most half of sample_rate={sample_rate}"
            _check.fail("BandEnergyRatio", "split", rule, split)
        self.split = split

    def _describe(self, power, n_fft):
        return energy_ratio(power, split=int(np.searchsorted(self._hz(n_fft), self.split)))
