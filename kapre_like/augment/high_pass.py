"""Random high-pass filters as a layer. Arithmetic: `ops.effects`."""

import keras

from kapre_like.augment._filters import FilterAugmentation, check_band, check_order
from kapre_like.filters.augmentation import butterworth_poles, kernel_size
from kapre_like.ops.effects import high_pass


@keras.saving.register_keras_serializable(package="kapre_like")
class HighPass(FilterAugmentation):
    """Removes the frequencies below a random cutoff of each example.

    Small microphones and loudspeakers do so. The logarithm of the cutoff is uniform. The
    filter is a causal digital Butterworth filter. The result equals that of
    `scipy.signal.butter` and `sosfilt` with zero initial state. At inference the result is the
    input.

    `y[n] = sum_k h[k] * x[n - k]`, where `h` is the impulse response of a filter with
    `|H(f)| ** 2 = 1 / (1 + W ** (2 * order))` and
    `W = tan(pi * cutoff / sample_rate) / tan(pi * f / sample_rate)`.

    Args:
        sample_rate: Int > 0, Hz, of the input.
        min_cutoff_hz: Number > 0, Hz, the lowest cutoff. The gain is -3 dB at the cutoff.
        max_cutoff_hz: Number >= `min_cutoff_hz` and below half the sample rate, Hz, the
            highest cutoff.
        order: Int in 1 .. 12. The slope is `6 * order` dB per octave.
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
        >>> y = kapre_like.augment.HighPass()(x, training=True)
        >>> bool(keras.ops.max(keras.ops.abs(y[:, 8000:])) < 0.001)
        True

    Source: Oppenheim and Schafer, "Discrete-Time Signal Processing", bilinear transformation.
    """

    def __init__(
        self, *, sample_rate=16000, min_cutoff_hz=20.0, max_cutoff_hz=1000.0, order=4,
        probability=1.0, seed=None, **kwargs,
    ):  # fmt: skip
        super().__init__(probability=probability, seed=seed, **kwargs)
        owner = "HighPass"
        check_band(owner, sample_rate, min_cutoff_hz=min_cutoff_hz, max_cutoff_hz=max_cutoff_hz)
        check_order(owner, order)
        self.sample_rate, self.order = sample_rate, order
        self.min_cutoff_hz, self.max_cutoff_hz = min_cutoff_hz, max_cutoff_hz
        poles = butterworth_poles(
            "highpass", order=order, cutoffs=[min_cutoff_hz, max_cutoff_hz],
            sample_rate=sample_rate,
        )  # fmt: skip
        self._taps = kernel_size(poles)

    def draw(self, shape):
        return {"cutoff": self.log_uniform(shape[:1], self.min_cutoff_hz, self.max_cutoff_hz)}

    def kernels(self, draws):
        return high_pass(draws["cutoff"], order=self.order, size=self._taps)
