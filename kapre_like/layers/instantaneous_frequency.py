"""Instantaneous frequency of every bin as a layer. Arithmetic: `ops`."""

import keras

from kapre_like import _check
from kapre_like.layers._base.axes import SpectrumLayer
from kapre_like.layers._base.spectrum import check_spectrum, take_spectrum
from kapre_like.ops.polar import instantaneous_frequency
from kapre_like.ops.sizes import channels_last, channels_second


@keras.saving.register_keras_serializable(package="kapre_like")
class InstantaneousFrequency(SpectrumLayer):
    """Instantaneous frequency in Hz of every bin, from the phase change per frame.

    `y[t, k] = sample_rate / (2 * pi) * (a[k] + princ(p[t, k] - p[t - 1, k] - a[k] * hop_length)
    / hop_length)`, where `p` is the phase of the input, `a[k] = 2 * pi * k / n_fft` is the
    bin's own frequency in radians per sample, and `princ` wraps an angle to [-pi, pi]. All bins
    in the main lobe of a steady sine return its frequency, if it is within
    `sample_rate / (2 * hop_length)` of the bin's own.

    The first frame and silent values return the bin's own frequency, `k * sample_rate / n_fft`,
    with gradient 0, because they have no phase change. A frame depends only on itself and the
    frame before it, so padding changes no valid frame. The output keeps the input's mask. The
    arithmetic is float32 under every dtype policy except float64.

    Args:
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size of the transform, in samples.
        hop_length: Int > 0, samples between the frames of the transform. `None` means
            `n_fft // 4`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, n_fft // 2 + 1, channels)` complex, or the same with a last axis of
        2 (real and imaginary part).

    Output shape:
        `(batch, frames, n_fft // 2 + 1, channels)` in Hz, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input is not such a spectrum.

    Example:
        >>> spectrum = kapre_like.STFT(n_fft=512)(np.zeros((2, 16000, 1)))
        >>> kapre_like.InstantaneousFrequency(n_fft=512)(spectrum).shape
        (2, 126, 257, 1)

    Source: J. Flanagan, R. Golden, Phase vocoder, 1966.
    """

    def __init__(self, *, sample_rate=16000, n_fft=2048, hop_length=None, **kwargs):
        super().__init__(**kwargs)
        owner = "InstantaneousFrequency"
        _check.positive(owner, sample_rate=sample_rate)
        _check.positive_int(owner, n_fft=n_fft)
        self._hop_length = max(1, n_fft // 4) if hop_length is None else hop_length
        _check.positive_int(owner, hop_length=self._hop_length)
        self.sample_rate, self.n_fft, self.hop_length = sample_rate, n_fft, hop_length

    def build(self, input_shape):
        shape = tuple(input_shape)
        check_spectrum("InstantaneousFrequency", shape, n_freqs=self.n_fft // 2 + 1)

    def call(self, inputs):
        real, imag = take_spectrum(self, "InstantaneousFrequency", inputs)
        hz = instantaneous_frequency(
            channels_second(real), channels_second(imag), n_fft=self.n_fft,
            hop_length=self._hop_length, sample_rate=self.sample_rate,
        )  # fmt: skip
        return channels_last(hz)
