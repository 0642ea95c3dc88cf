"""Power of a complex spectrum as a layer. Arithmetic: `ops.polar`."""

import keras
from keras import ops

from kapre_like import _check, filters
from kapre_like.filters.fourier import SCALINGS, power_scale
from kapre_like.layers._base.axes import SpectrumLayer
from kapre_like.layers._base.inputs import working_dtype
from kapre_like.layers._base.spectrum import check_spectrum, take_spectrum
from kapre_like.layers._base.stream_stage import EACH_FRAME
from kapre_like.ops.polar import power


@keras.saving.register_keras_serializable(package="kapre_like")
class Power(SpectrumLayer):
    """Squared absolute value of a complex spectrum, plain or in physical units.

    `y[t, k] = (real ** 2 + imag ** 2) * scale[k]`. The scale is 1 if `scaling=None`. Otherwise,
    with the window `w`:

    - `"psd"`, power per Hz: `scale = 2 / (sample_rate * sum(w ** 2))`. The sum over the bins
      times `sample_rate / n_fft` is the mean power of the windowed frame.
    - `"spectrum"`, power: `scale = 2 / sum(w) ** 2`. A sine of amplitude `a` at a bin's center
      has the value `a ** 2 / 2` in that bin.

    The factor 2 adds the negative frequencies. It is 1 at 0 Hz and, for even `n_fft`, at half
    the sample rate. The output keeps the input's mask. The arithmetic is float32 under every
    dtype policy except float64.

    Args:
        scaling: `None`, `"psd"` or `"spectrum"`. `None` ignores the arguments below.
        sample_rate: Number > 0, Hz.
        n_fft: Int > 0, FFT size of the transform, in samples.
        win_length: Int in 1 .. `n_fft`, window length in samples. `None` means `n_fft`.
        window: The window of the transform; see `STFT`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)` complex, or the same with a last axis of 2 (real and
        imaginary part); if `scaling=None`, any other rank too.

    Output shape:
        The shape of the input without the axis of 2, float32, in the squared unit of the input
        (per Hz for `scaling="psd"`).

    Raises:
        ValueError: If an argument is outside its domain, the input is neither complex nor has a
            last axis of 2, or, with a scaling, it does not have `n_fft // 2 + 1` freqs.

    Example:
        >>> float(kapre_like.Power()(np.array([[3 + 4j]], "complex64"))[0, 0])
        25.0

    Source: scipy.signal `periodogram` and `ShortTimeFFT` (`fft_mode="onesided2X"`), one frame
        at a time and without detrending.
    """

    stream_stage = EACH_FRAME

    def __init__(
        self,
        *,
        scaling=None,
        sample_rate=16000,
        n_fft=2048,
        win_length=None,
        window="hann",
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check.one_of("Power", SCALINGS, scaling=scaling)
        _check.positive("Power", sample_rate=sample_rate)
        _check.positive_int("Power", n_fft=n_fft)
        short = n_fft if win_length is None else win_length
        filters.check_window("Power", window, short, n_fft)
        self._scale = None
        if scaling is not None:
            values = filters.window(window, short, n_fft)
            if not (values.any() if scaling == "psd" else abs(values.sum()) > 0):
                _check.fail("Power", "window", "one that does not sum up to 0", window)
            self._scale = power_scale(scaling, sample_rate, values)
        self.scaling, self.sample_rate, self.n_fft = scaling, sample_rate, n_fft
        self.win_length, self.window = win_length, window

    def build(self, input_shape):
        if self._scale is not None:
            check_spectrum("Power", input_shape, n_freqs=len(self._scale))

    def call(self, inputs):
        real, imag = take_spectrum(self, "Power", inputs)
        y = power(real, imag, exponent=2)
        if self._scale is None:
            return y
        return y * ops.convert_to_tensor(self._scale[:, None], dtype=working_dtype(self))
