"""Random equalization as a layer. Arithmetic: `ops.effects`."""

import keras

from kapre_like import _check
from kapre_like.augment._filters import FilterAugmentation, check_band
from kapre_like.filters.augmentation import kernel_size, peaking_poles
from kapre_like.ops.effects import peaking


@keras.saving.register_keras_serializable(package="kapre_like")
class Equalizer(FilterAugmentation):
    """Amplifies and attenuates some random bands of each example.

    Each band is a peaking filter. The logarithm of its center, its gain in decibels and its
    quality factor are uniform. The filters are causal, with the phase of the recursive filters.
    The result resembles recordings by different microphones. At inference it is the input.

    `y[n] = sum_k h[k] * x[n - k]`, where `h` is the impulse response of the product of all
    bands. The transfer function of a band is `H(z) = B(z, A) / B(z, 1 / A)` with
    `B(z, A) = 1 + a * A - 2 * cos(w0) / z + (1 - a * A) / z ** 2`,
    `w0 = 2 * pi * center / sample_rate`, `a = sin(w0) / (2 * q)` and
    `A = 10 ** (gain_db / 40)`.

    Args:
        sample_rate: Int > 0, Hz, of the input.
        bands: Int > 0, number of filters in series.
        min_center_hz: Number > 0, Hz, the lowest center of a band.
        max_center_hz: Number >= `min_center_hz` and below half the sample rate, Hz; `None`
            is 0.45 of the sample rate.
        min_gain_db: Number, dB, the smallest gain at a center.
        max_gain_db: Number >= `min_gain_db`, dB, the largest.
        min_q: Number > 0, the smallest quality factor: center over bandwidth.
        max_q: Number >= `min_q`, the largest.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples)` or `(batch, samples, channels)`, floating point, with or without a
        Keras mask; or a list `[waveform, length]`.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank, or is
            not floating point.

    Example:
        >>> x = np.ones((1, 16000), "float32")
        >>> y = kapre_like.augment.Equalizer()(x, training=True)
        >>> round(float(y[0, -1]), 3)  # 0 Hz is below all bands
        1.0

    Source: Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients".
    """

    def __init__(
        self, *, sample_rate=16000, bands=3, min_center_hz=60.0, max_center_hz=None,
        min_gain_db=-12.0, max_gain_db=12.0, min_q=0.5, max_q=2.0, probability=1.0, seed=None,
        **kwargs,
    ):  # fmt: skip
        super().__init__(probability=probability, seed=seed, **kwargs)
        owner = "Equalizer"
        self._top_hz = check_band(
            owner, sample_rate, min_center_hz=min_center_hz, max_center_hz=max_center_hz
        )
        _check.positive_int(owner, bands=bands)
        _check.ordered(owner, min_gain_db=min_gain_db, max_gain_db=max_gain_db)
        _check.positive(owner, min_q=min_q)
        _check.ordered(owner, min_q=min_q, max_q=max_q)
        self.sample_rate, self.bands = sample_rate, bands
        self.min_center_hz, self.max_center_hz = min_center_hz, max_center_hz
        self.min_gain_db, self.max_gain_db = min_gain_db, max_gain_db
        self.min_q, self.max_q = min_q, max_q
        poles = peaking_poles(
            centers=[min_center_hz, self._top_hz], gains_db=[min_gain_db, max_gain_db],
            q=max_q, sample_rate=sample_rate,
        )  # fmt: skip
        self._taps = kernel_size(poles)

    def draw(self, shape):
        size = (shape[0], self.bands)
        return {
            "center": self.log_uniform(size, self.min_center_hz, self._top_hz),
            "gain_db": self.uniform(size, self.min_gain_db, self.max_gain_db),
            "q": self.uniform(size, self.min_q, self.max_q),
        }

    def kernels(self, draws):
        return peaking(draws["center"], draws["gain_db"], draws["q"], size=self._taps)
