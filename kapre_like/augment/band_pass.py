"""Random band-pass filters as a layer. Arithmetic: `ops.effects`."""

import itertools

import keras

from kapre_like import _check
from kapre_like.augment._filters import FilterAugmentation, check_band, check_order
from kapre_like.filters.augmentation import butterworth_poles, kernel_size
from kapre_like.ops.effects import band_pass


@keras.saving.register_keras_serializable(package="kapre_like")
class BandPass(FilterAugmentation):
    """Keeps the frequencies between two random edges of each example.

    The logarithms of both edges are uniform. The filter is a causal digital Butterworth
    filter. The result equals that of `scipy.signal.butter` and `sosfilt` with zero initial
    state. At inference the result is the input.

    `y[n] = sum_k h[k] * x[n - k]`, where `h` is the impulse response of a filter with
    `|H(f)| ** 2 = 1 / (1 + W ** (2 * order))`,
    `W = (w(f) ** 2 - w(low) * w(high)) / (w(f) * (w(high) - w(low)))` and
    `w(f) = tan(pi * f / sample_rate)`.

    Args:
        sample_rate: Int > 0, Hz, of the input.
        min_low_hz: Number > 0, Hz, the lowest lower edge. The gain is -3 dB at the edges.
        max_low_hz: Number >= `min_low_hz`, Hz, the highest lower edge.
        min_high_hz: Number above `max_low_hz`, Hz, the lowest upper edge.
        max_high_hz: Number >= `min_high_hz` and below half the sample rate, Hz, the highest
            upper edge; `None` is 0.45 of the sample rate.
        order: Int in 1 .. 12. Both slopes are `6 * order` dB per octave.
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
        >>> y = kapre_like.augment.BandPass()(x, training=True)
        >>> bool(keras.ops.max(keras.ops.abs(y[:, 8000:])) < 0.001)
        True

    Source: Oppenheim and Schafer, "Discrete-Time Signal Processing", bilinear transformation.
    """

    def __init__(
        self, *, sample_rate=16000, min_low_hz=50.0, max_low_hz=500.0, min_high_hz=2000.0,
        max_high_hz=None, order=4, probability=1.0, seed=None, **kwargs,
    ):  # fmt: skip
        super().__init__(probability=probability, seed=seed, **kwargs)
        check_band("BandPass", sample_rate, min_low_hz=min_low_hz, max_low_hz=max_low_hz)
        self._top_hz = check_band(
            "BandPass", sample_rate, min_high_hz=min_high_hz, max_high_hz=max_high_hz
        )
        if min_high_hz <= max_low_hz:
            _check.fail(
                "BandPass", "min_high_hz", f"above max_low_hz={max_low_hz}", min_high_hz
            )
        check_order("BandPass", order)
        self.sample_rate, self.order = sample_rate, order
        self.min_low_hz, self.max_low_hz = min_low_hz, max_low_hz
        self.min_high_hz, self.max_high_hz = min_high_hz, max_high_hz
        edges = itertools.product((min_low_hz, max_low_hz), (min_high_hz, self._top_hz))
        poles = butterworth_poles(
            "bandpass", order=order, cutoffs=list(edges), sample_rate=sample_rate
        )
        self._taps = kernel_size(poles)

    def draw(self, shape):
        return {
            "low": self.log_uniform(shape[:1], self.min_low_hz, self.max_low_hz),
            "high": self.log_uniform(shape[:1], self.min_high_hz, self._top_hz),
        }

    def kernels(self, draws):
        return band_pass(draws["low"], draws["high"], order=self.order, size=self._taps)
